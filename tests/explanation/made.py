"""Records made by hand for tests of what is said: a pupil's marks, incidents, suspensions at one as-of date."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from data_contracts import calendar
from pipelines.explanation.rows import Incident, Mark, Place, Records, SenRow, Suspension
from pipelines.explanation.stories import Pupil

SCHOOL, TERM = "999001", "2026-summer"
AS_OF = calendar.as_of(TERM)
CATEGORIES = {
    "/": ("present", True), "L": ("late", True), "I": ("authorised", True), "O": ("unauthorised", True),
    "E": ("suspended", True), "C2": ("part_time", True), "B": ("approved_activity", True),
    "K": ("approved_activity", True), "D": ("not_possible", False), "X": ("not_possible", False),
    "Y1": ("not_possible", False), "Q": ("not_possible", False), "#": ("administrative", False),
}  # fmt: skip


def mark(on: date, half: str, code: str) -> Mark:
    """One mark, known on its day."""
    category, possible = CATEGORIES[code]
    absent = category in ("authorised", "unauthorised")
    counted = absent or (category in ("present", "late", "approved_activity") and code not in ("B", "K"))
    return Mark(f"mark:{on}:{half}", on, half, code, category, possible, counted, absent, on, SCHOOL, TERM)  # type: ignore[arg-type]


def incident(on: date, n: int = 0, **more: Any) -> Incident:
    """One incident that the pupil took part in."""
    known: dict[str, Any] = {
        "time": None, "type": "disruption", "lesson": None, "location": None, "action": None, "severity": 1,
        "points": None, "role": "aggressor", "positive": False, "took_part": True, "counted": True, **more,
    }  # fmt: skip
    return Incident(id=f"incident:{on}:{n}", on=on, known_on=on, school=SCHOOL, **known)


def suspension(on: date, sessions: int = 2, **more: Any) -> Suspension:
    """One suspension that stands."""
    known: dict[str, Any] = {
        "category": "SUSP",
        "status": "issued",
        "status_on": None,
        "counted": True,
        **more,
    }
    return Suspension(
        id=f"suspension:{on}", on=on, start_session="AM", sessions=sessions, known_on=on, reasons=(),
        school=SCHOOL, **known,
    )  # fmt: skip


def sen(provision: str, start: date, review: date | None = None, **more: Any) -> SenRow:
    """One SEN row in force."""
    known: dict[str, Any] = {"assessed": True, "term": TERM, "standing": True, "end": None, **more}
    return SenRow(
        id=f"sen:{provision}:{start}:{review}", provision=provision, start=start, review=review,
        known_on=start, school=SCHOOL, **known,
    )  # fmt: skip


def full(term: str, missed: Iterable[date] = (), code: str = "I", until: date | None = None) -> list[Mark]:
    """A term of marks: present, but for whole days missed with a code."""
    known = calendar.term(term)
    away = set(missed)
    days = calendar.school_days(known.start, min(known.end, until or AS_OF))
    return [mark(day, half, code if day in away else "/") for day in days for half in ("AM", "PM")]


def records(
    marks: Sequence[Mark] | None = (),
    incidents: Sequence[Incident] = (),
    suspensions: Sequence[Suspension] = (),
    rows: Sequence[SenRow] = (),
    roll: Sequence[Place] = (),
) -> Records:
    """A pupil's records at the as-of date of the term."""
    known = None if marks is None else tuple(sorted(marks, key=lambda one: (one.on, one.half)))
    return Records(AS_OF, TERM, known, tuple(incidents), tuple(suspensions), tuple(rows), tuple(roll), SCHOOL)


def pupil(*held: str, year_group: dict[str, Any] | None = None) -> Pupil:
    """A pupil of Year 8 whose school has loaded these tables for all terms."""
    return Pupil("8", lambda table, _term: table in held, year_group or {})


def school_days(term: str, count: int) -> list[date]:
    """The first school days of a term."""
    known = calendar.term(term)
    return calendar.school_days(known.start, known.end)[:count]


WEEK = timedelta(days=7)
