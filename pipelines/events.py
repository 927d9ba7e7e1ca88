"""Dated records in plain data: what a pupil's timeline shows and what stands behind a reason."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from data_contracts import calendar
from data_contracts.codes import code_set, crime_types

EventKind = Literal["attendance_week", "register", "behaviour", "suspension", "sen", "attendance_total"]
Event = Mapping[str, Any]

NAMED_AS_TAKING_PART = frozenset({"fighting", "assault", "bullying", "verbal_abuse", "discrimination"})
"""Types of incident of which taking part is said; of all others only that they were recorded."""
NO_MARK, PRESENT = ".", "/"
"""In a register's lines: nothing was marked, and present in either half of the day."""
NO_ACTION = ("none", "other")
FAR = "9999-12-31"

_SESSIONS = {
    "absent": "missed {n}",
    "late": "late to {n}",
    "suspended": "suspended for {n}",
    "part_time": "on a part-time timetable for {n}",
}
_BESIDE = {
    "incident_target": ("{what}: was recorded as being hurt", "Was recorded as being hurt in an incident"),
    "incident_witness": ("{what}: saw it happen", "Saw an incident happen"),
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

    def plain(self) -> dict[str, Any]:
        """As a timeline keeps it, under its pupil."""
        return {
            "school": self.school, "date": self.date.isoformat(), "kind": self.kind,
            "text_key": self.text_key, "detail": self.detail,
        }  # fmt: skip


def took_part(text_key: str) -> bool:
    """True where an incident counts as the pupil's own: being hurt, or having seen it, counts nowhere."""
    return text_key.startswith("incident") and not text_key.endswith(("target", "witness", "hurt", "seen"))


def half_named(day: date, afternoon: bool) -> str:
    """A half-day as registers name it: '2026-06-03 AM'."""
    return f"{day.isoformat()} {'PM' if afternoon else 'AM'}"


def sentence(text_key: str, detail: Mapping[str, Any]) -> str:
    """The sentence a person reads for one event, without its date."""
    if text_key == "attendance_week":
        return _attendance_week(detail)
    if text_key == "attendance_total":
        return _attendance_total(detail)
    if text_key == "register":
        weeks = len(detail.get("weeks", {}))
        return f"Attendance marks of {weeks} week{'' if weeks == 1 else 's'}."
    if text_key == "positive":
        return f"{_placed(f'Positive record: {_words(detail)}', detail)}."
    if text_key in _BESIDE:
        named, unnamed = _BESIDE[text_key]
        said = _placed(unnamed if _unnamed(detail) else named.format(what=_words(detail)), detail)
        return f"{said}.{_action(detail)}"
    if text_key.startswith("incident"):
        return _incident(detail)
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


def _attendance_total(detail: Mapping[str, Any]) -> str:
    possible, missed = detail["possible"], detail["missed"]
    since = date.fromisoformat(detail["from"])
    sessions = f"{missed} of {possible} session{'' if possible == 1 else 's'}"
    return f"Totals since {since.day} {since:%B %Y}: missed {sessions}."


def _incident(detail: Mapping[str, Any]) -> str:
    """An incident of the pupil's own, by its type. Taking part is said of violence and abuse only.

    A role says nothing here: some MIS write "aggressor" on every negative record.
    """
    lesson, kind = detail.get("lesson"), str(detail.get("type") or "")
    if _unnamed(detail) or not kind:
        said = _placed("An incident was recorded", detail)
    else:
        said = f"{_words(detail)}, {lesson}" if lesson else _words(detail)
        said += ": recorded as taking part" if kind in NAMED_AS_TAKING_PART else ""
    return f"{said}.{_action(detail)}"


def _unnamed(detail: Mapping[str, Any]) -> bool:
    """True where a record's type alleges a crime and so is not named."""
    return bool(detail.get("alleges_crime")) or detail.get("type") in crime_types()


def _words(detail: Mapping[str, Any]) -> str:
    kind, known = str(detail.get("type") or "incident"), code_set("behaviour_types")
    return known[kind].label if kind in known else kind.replace("_", " ").capitalize()


def _placed(said: str, detail: Mapping[str, Any]) -> str:
    return f"{said} in {detail['lesson']}" if detail.get("lesson") else said


def _action(detail: Mapping[str, Any]) -> str:
    """The action that followed, as a sentence of its own."""
    action, known = str(detail.get("action") or "none"), code_set("behaviour_actions")
    if action in NO_ACTION:
        return ""
    return f" {known[action].label if action in known else action.replace('_', ' ').capitalize()}."


def _suspension(text_key: str, detail: Mapping[str, Any]) -> str:
    said, sessions, status = _SUSPENSIONS[text_key], detail.get("sessions"), detail.get("status")
    if text_key == "suspension" and sessions:
        said += f" for {sessions:g} session{'' if sessions == 1 else 's'}"
    return f"{said}, later {status}." if status not in (None, "issued") else f"{said}."


def merged(
    files: Iterable[tuple[str, Sequence[Event]]], sen_extracts: Mapping[str, Collection[str]]
) -> list[dict[str, Any]]:
    """A pupil's events from the timelines of several terms, oldest first; what two files say stands once.

    Each gets `filed`: {term of the file: term in which the school's next SEN extract came}, None where none
    came or where a later file does not speak for an earlier one. `sen_extracts` are the terms by school.
    """
    told: defaultdict[tuple[str, str], list[tuple[Event, dict[str, str | None]]]] = defaultdict(list)
    for term, events in sorted(files, key=lambda file: calendar.term(file[0]).start):
        for event in events:
            known = told[str(event["date"]), event["kind"]]
            filed = next((terms for one, terms in known if one == event), None)
            if filed is None:
                filed = {}
                known.append((event, filed))
            extracts = sen_extracts.get(event["school"], ()) if event["kind"] == "sen" else ()
            filed[term] = _following(term, extracts)
    return [{**event, "filed": filed} for place in sorted(told) for event, filed in told[place]]


def _following(term: str, extracts: Collection[str]) -> str | None:
    """The first of some terms after one."""
    later = [each for each in extracts if calendar.term(term) < calendar.term(each)]
    return min(later, key=calendar.term, default=None)


def for_people(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The events that a person reads one by one: no registers, and each SEN provision once, where it began.

    A provision goes on while no row of it has ended before the next begins; the newest row says what is due.
    """
    told: list[dict[str, Any]] = []
    spells: dict[tuple[str, str], dict[str, Any]] = {}
    for event in sorted(map(dict, events), key=lambda one: str(one["date"])):
        if event["kind"] == "sen":
            begun = (str(event["school"]), str(event["detail"].get("provision")))
            spell = spells.get(begun)
            if spell is not None and str(event["date"]) <= str(spell["detail"].get("end_date") or FAR):
                if _newness(event) >= _newness(spell):
                    spell.update(detail=event["detail"], filed=event.get("filed", {}))
                continue
            spells[begun] = event
        if event["kind"] != "register":
            told.append(event)
    return told


def _newness(event: Event) -> tuple[date, str, str]:
    """The newest file a SEN row stands in, then when it was known: the larger one says what holds."""
    filed = [calendar.term(term).start for term in event.get("filed") or ()]
    review = str(event["detail"].get("review_date") or "")
    return max(filed, default=date.min), str(event["detail"].get("known_on") or ""), review
