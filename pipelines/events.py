"""Dated records in plain data: what a pupil's timeline shows and what stands behind a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

EventKind = Literal["attendance_week", "behaviour", "suspension", "sen"]

_SESSIONS = {
    "absent": "missed {n}",
    "late": "late to {n}",
    "suspended": "suspended for {n}",
    "part_time": "on a part-time timetable for {n}",
}
_INCIDENTS = {
    "incident_involved": "{what} was recorded",
    "incident_hurting": "{what}: was recorded as hurting someone",
    "incident_target": "{what}: was recorded as being hurt",
    "incident_witness": "{what}: saw it happen",
    "positive": "Positive record: {what}",
}
_SUSPENSIONS = {
    "suspension": "Suspended",
    "permanent_exclusion": "Permanently excluded",
    "lunchtime_suspension": "Suspended over lunch",
}
_PROVISIONS = {
    "N": "No special educational needs recorded",
    "K": "SEN support began",
    "E": "Education, health and care plan began",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One dated record of one pupil. `text_key` names the sentence; `detail` holds its plain values."""

    pupil_id: str
    school: str
    date: date
    kind: EventKind
    text_key: str
    detail: dict[str, Any] = field(default_factory=dict)


def took_part(text_key: str) -> bool:
    """Whether an incident counts as the pupil's own: being hurt, or having seen it, counts nowhere."""
    return text_key.startswith("incident") and not text_key.endswith(("target", "witness", "hurt", "seen"))


def sentence(text_key: str, detail: Mapping[str, Any]) -> str:
    """What a person reads for one event, without its date."""
    if text_key == "attendance_week":
        return _attendance_week(detail)
    if text_key in _INCIDENTS:
        return _incident(text_key, detail)
    if text_key in _SUSPENSIONS:
        return _suspension(text_key, detail)
    return f"{_PROVISIONS.get(str(detail.get('provision')), 'SEN record')}."


def _attendance_week(detail: Mapping[str, Any]) -> str:
    parts = [
        text.format(n=f"{detail[name]} session{'' if detail[name] == 1 else 's'}")
        for name, text in _SESSIONS.items()
        if detail.get(name)
    ]
    without = detail.get("unauthorised")
    said = f"This week: {', '.join(parts)}"
    return f"{said} ({without} without leave)." if without else f"{said}."


def _incident(text_key: str, detail: Mapping[str, Any]) -> str:
    what = str(detail.get("type") or "incident").replace("_", " ").capitalize()
    lesson, action = detail.get("lesson"), str(detail.get("action") or "none").replace("_", " ")
    said = _INCIDENTS[text_key].format(what=what)
    said += f" in {lesson}" if lesson else ""
    return f"{said}; followed by: {action}." if action != "none" else f"{said}."


def _suspension(text_key: str, detail: Mapping[str, Any]) -> str:
    said, sessions, status = _SUSPENSIONS[text_key], detail.get("sessions"), detail.get("status")
    if text_key == "suspension" and sessions:
        said += f" for {sessions} session{'' if sessions == 1 else 's'}"
    return f"{said}, later {status}." if status not in (None, "issued") else f"{said}."
