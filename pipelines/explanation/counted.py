"""The counted rows of one value in plain data, with the numbers beside them that it takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from data_contracts.codes import crime_types
from pipelines.events import sentence
from pipelines.explanation.rows import Incident, Mark, Place, Records, SenRow, Suspension
from pipelines.indicators import days

Row = dict[str, Any]
Noun = tuple[str, str]

SESSIONS: Noun = ("session", "sessions")
INCIDENTS: Noun = ("incident", "incidents")
RECORDS: Noun = ("record", "records")
SUSPENSIONS: Noun = ("suspension", "suspensions")

_MARKED = {
    "E": "Suspended",
    "C2": "Part-time timetable",
    "U": "Arrived after the register closed",
    "N": "Absent, no reason known yet",
    "O": "Absent without an accepted reason",
    "G": "On holiday in term time",
    "B": "Taught elsewhere",
    "K": "Taught elsewhere",
    "D": "At the other school where the pupil is registered",
}
_CATEGORIES = {
    "present": "Present",
    "late": "Late, before the register closed",
    "approved_activity": "On an approved activity",
    "authorised": "Absent with leave",
    "unauthorised": "Absent without leave",
}
_PROVISIONS = {"K": "SEN support", "E": "Education, health and care plan", "N": "No SEN"}
_KEYS = {"SUSP": "suspension", "PERM": "permanent_exclusion", "LNCH": "lunchtime_suspension"}


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of one window, newest first, with what a share, spread or comparison takes beside them.

    `of`: the denominator, or what other pupils have. `groups`: how many sessions each group had. `least`: below
    how many there is no value, or from how many per cent a group counts. `value`: what these rows add up to.
    """

    rows: tuple[Row, ...]
    value: float | None
    noun: Noun = INCIDENTS
    of: float | None = None
    least: int | None = None
    groups: Mapping[str, int] = field(default_factory=dict)
    before: "Counted | None" = None
    said: str = ""

    def sentence(self, said: str) -> "Counted":
        """The same with a sentence of its own."""
        return replace(self, said=said)


Build = Callable[[Records, float | None], Counted | None]
"""From a pupil's records and the value the engine gave; None where the rows were not kept."""


def number(count: float, noun: Noun) -> str:
    """'1 session', '9 sessions'; 'no sessions'."""
    return f"{count:g} {noun[0] if count == 1 else noun[1]}" if count else f"no {noun[1]}"


def newest_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row["date"], row.get("time") or "", row["id"]), reverse=True))


def share_of(rows: int, of: int, least: int = 1) -> float | None:
    """Per cent; None below the least there must be."""
    return 100.0 * rows / of if of >= least else None


def school_days_ago(records: Records, day: date) -> int:
    """Number of school days between a day and the as-of date."""
    return days.school_day(records.as_of) - days.school_day(day)


def mark_row(mark: Mark, **more: Any) -> Row:
    """A mark without its code: some say what a family believes or why it travels, or that a pupil is ill."""
    what = _MARKED.get(mark.code) or _CATEGORIES.get(mark.category, "Not expected in school")
    half = "morning" if mark.half == "AM" else "afternoon"
    row = {"id": mark.id, "date": mark.on.isoformat(), "kind": "mark", "words": f"{what} ({half})."}
    return {**row, "time": mark.half, "category": mark.category, "absent": mark.absent, **more}


def incident_row(incident: Incident, **more: Any) -> Row:
    """An incident; a type that alleges a crime is not named."""
    told = {"type": incident.type, "lesson": incident.lesson, "action": incident.action}
    words = sentence("positive" if incident.positive else "incident_involved", told)
    if incident.type in crime_types():
        told["type"] = None
    row = {"id": incident.id, "date": incident.on.isoformat(), "kind": "behaviour", "words": words}
    values = {"severity": incident.severity, "points": incident.points, "positive": incident.positive}
    return {**row, "time": incident.time, **told, **values, **more}


def suspension_row(one: Suspension, **more: Any) -> Row:
    detail = {"sessions": one.sessions, "status": one.status}
    words = sentence(_KEYS.get(one.category, "suspension"), detail)
    row = {"id": one.id, "date": one.on.isoformat(), "kind": "suspension", "words": words}
    return {**row, "time": one.start_session, "category": one.category, **detail, **more}


def sen_row(one: SenRow, **more: Any) -> Row:
    """A SEN row; which need it names is held nowhere."""
    words = f"{_PROVISIONS.get(one.provision, 'SEN record')} since {day_words(one.start)}"
    words += f", until {day_words(one.end)}" if one.end else ""
    words += f"; review date {day_words(one.review)}." if one.review else "."
    row = {"id": one.id, "date": one.start.isoformat(), "kind": "sen", "words": words}
    dates = {"end": one.end and one.end.isoformat(), "review": one.review and one.review.isoformat()}
    values = {"provision": one.provision, "standing": one.standing, "assessed": one.assessed}
    return {**row, **dates, **values, **more}


def place_row(place: Place, began: date, **more: Any) -> Row:
    year = f" in year {place.nc_year}" if place.nc_year else ""
    words = f"On the roll{year} in the {place.term[5:]} term {place.term[:4]}"
    words += f", joined {day_words(place.entry)}." if place.entry else "."
    row = {"id": place.id, "date": (place.entry or began).isoformat(), "kind": "roll", "words": words}
    entry = place.entry and place.entry.isoformat()
    return {
        **row,
        "school": place.school,
        "term": place.term,
        "nc_year": place.nc_year,
        "entry": entry,
        **more,
    }


def day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def unnamed_types(incidents: Sequence[Incident]) -> dict[str, str]:
    """A stand-in for each type that alleges a crime, so that kinds can be counted and none is named."""
    met = sorted({one.type for one in incidents if one.type in crime_types()} - {None})
    return {str(kind): f"not named {place}" for place, kind in enumerate(met, 1)}
