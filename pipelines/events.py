"""Dated records in plain data: what a pupil's timeline shows and what stands behind a reason."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

EventKind = Literal["attendance_week", "behaviour", "suspension", "sen"]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One dated record of one pupil. `text_key` names the sentence; `detail` holds its plain values."""

    pupil_id: str
    school: str
    date: date
    kind: EventKind
    text_key: str
    detail: dict[str, Any] = field(default_factory=dict)
