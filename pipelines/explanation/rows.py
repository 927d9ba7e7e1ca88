"""Typed rows that values are made of, and all that was known of a pupil on a day."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, Literal, Protocol, runtime_checkable

from data_contracts import calendar
from pipelines.indicators import days

Half = Literal["AM", "PM"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark. A code that was not in use on its day has the category '' and counts nowhere."""

    id: str
    on: date
    half: Half
    code: str
    category: str
    possible: bool
    counted: bool
    absent: bool
    known_on: date
    school: str
    term: str


@dataclass(frozen=True, slots=True)
class Incident:
    """The first record of one incident. `counted`: the pupil took part and it did not end in a suspension."""

    id: str
    on: date
    time: str | None
    type: str | None
    lesson: str | None
    location: str | None
    action: str | None
    severity: int | None
    points: float | None
    role: str
    positive: bool
    took_part: bool
    counted: bool
    known_on: date
    school: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """One suspension as it stood. `counted` is False once it was cancelled or overturned."""

    id: str
    on: date
    start_session: str
    category: str
    sessions: int | None
    status: str | None
    status_on: date | None
    known_on: date
    reasons: tuple[str, ...]
    counted: bool
    school: str


@dataclass(frozen=True, slots=True)
class SenRow:
    """One row of the school's SEN extract in force. `assessed` None: not said, as in older timelines."""

    id: str
    provision: str
    start: date
    end: date | None
    review: date | None
    assessed: bool | None
    known_on: date
    term: str
    standing: bool
    school: str


@dataclass(frozen=True, slots=True)
class Place:
    """A pupil's place on a school's roll in a term."""

    id: str
    school: str
    term: str
    nc_year: str | None
    entry: date | None
    leaving: date | None


@runtime_checkable
class OnRoll(Protocol):
    """The columns read of a roll's row."""

    school: Any
    term: Any
    nc_year: Any
    entry_date: Any
    leaving_date: Any


@dataclass(frozen=True, slots=True)
class Records:
    """The records known of one pupil at an as-of date. `marks` None: not kept; `roll` empty: not given.

    `school` is where the pupil is looked at: others' rows on a roll are earlier schools.
    """

    as_of: date
    term: str
    marks: tuple[Mark, ...] | None
    incidents: tuple[Incident, ...]
    suspensions: tuple[Suspension, ...]
    sen: tuple[SenRow, ...]
    roll: tuple[Place, ...] = ()
    school: str = ""

    def inside(self, window: str) -> "Records":
        """The records of one window seen from the as-of date; SEN rows by their start."""
        here = in_window(self.as_of, window)
        return replace(
            self,
            marks=None if self.marks is None else tuple(one for one in self.marks if here(one.on)),
            incidents=tuple(one for one in self.incidents if here(one.on)),
            suspensions=tuple(one for one in self.suspensions if here(one.on)),
            sen=tuple(one for one in self.sen if here(one.start)),
        )

    def standing_sen(self) -> SenRow | None:
        """The row that says what holds now: of the newest extract, and there the one known last."""
        standing = [one for one in self.sen if one.standing]
        return max(standing, key=_newness, default=None)

    def place(self) -> Place | None:
        """The pupil's own place on the roll of the term."""
        mine = [one for one in self.roll if one.term == self.term and self.school in ("", one.school)]
        return max(mine, key=lambda one: one.entry or date.min, default=None)


def _newness(row: SenRow) -> tuple[date, date, date, date]:
    return calendar.term(row.term).start, row.known_on, row.start, row.review or date.min


@cache
def _at(day: date) -> tuple[int, int, int]:
    """Half-term, term and year of a day as running numbers."""
    return days.half_term(day)


def in_window(as_of: date, window: str) -> Callable[[date], bool]:
    """True where a day lies in a window seen from an as-of date; a holiday belongs to the half-term before
    it."""
    half, term, year = _at(as_of)
    tests: dict[str, Callable[[tuple[int, int, int]], bool]] = {
        "half_term": lambda at: at[0] == half,
        "last_half_term": lambda at: at[0] == half - 1,
        "term": lambda at: at[1] == term,
        "last_term": lambda at: at[1] == term - 1,
        "year": lambda at: at[2] == year,
        "last_year": lambda at: at[2] == year - 1,
        "ever": lambda at: at[0] <= half,
    }
    test = tests[window]
    return lambda day: test(_at(day)) and (window == "ever" or _at(day)[0] > 0)
