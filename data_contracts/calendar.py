"""School terms in England, 2019/20 to 2026/27: half-terms, school days and as-of dates.

The dates are those of a usual local authority calendar; training days (the first two weekdays of the
autumn term, the first of the spring and summer terms, the last of the year) and bank holidays are closed.
"""

import csv
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

import pandas as pd

from data_contracts.errors import Refused

SESSIONS_PER_DAY = 2
SEASONS = ("spring", "summer", "autumn")  # in the order they fall inside one calendar year
_TRAINING_DAYS = {1: "first two", 3: "first", 5: "first", 6: "last"}


@dataclass(frozen=True)
class Term:
    """One school term; `half_terms` holds its two (first day, last day) pairs, training days included."""

    id: str
    start: date
    end: date
    half_terms: tuple[tuple[date, date], ...]
    year: str

    @property
    def season(self) -> str:
        return self.id[5:]

    def __lt__(self, other: "Term") -> bool:
        return self.start < other.start


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("data_contracts").joinpath("codes", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _load_terms() -> tuple[Term, ...]:
    spans: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for row in _rows("half_terms.csv"):
        span = (date.fromisoformat(row["start"]), date.fromisoformat(row["end"]))
        spans.setdefault((row["year"], row["term"]), []).append(span)
    terms = [
        Term(f"{halves[0][0].year}-{season}", halves[0][0], halves[-1][1], tuple(halves), year)
        for (year, season), halves in spans.items()
    ]
    return tuple(sorted(terms))


TERMS: tuple[Term, ...] = _load_terms()
_BY_ID = {term.id: term for term in TERMS}
_POSITION = {term.id: position for position, term in enumerate(TERMS)}


def term(term_id: str) -> Term:
    """The term named `term_id` ('2026-summer'); Refused when the calendar doesn't hold it."""
    found = _BY_ID.get(term_id)
    if found is None:
        raise Refused(
            f"'{term_id}' is not a term this calendar knows.",
            hint=f"Write it like 2026-summer, between {TERMS[0].id} and {TERMS[-1].id}.",
        )
    return found


def term_of(day: date) -> Term | None:
    """The term a day lies in, half-term breaks included; None in the holidays between terms."""
    position = bisect_right([t.start for t in TERMS], day) - 1
    if position < 0 or day > TERMS[position].end:
        return None
    return TERMS[position]


def _neighbour(term_id: str, step: int) -> Term:
    position = _POSITION[term(term_id).id] + step
    if not 0 <= position < len(TERMS):
        raise Refused(f"The calendar holds no term {'after' if step > 0 else 'before'} {term_id}.")
    return TERMS[position]


def next_term(term_id: str) -> Term:
    """The term after; Refused at the end of the calendar."""
    return _neighbour(term_id, 1)


def previous_term(term_id: str) -> Term:
    """The term before; Refused at the start of the calendar."""
    return _neighbour(term_id, -1)


def terms_between(first: str, last: str) -> list[Term]:
    """All terms from `first` to `last`, both included, in order; empty the other way round."""
    return list(TERMS[_POSITION[term(first).id] : _POSITION[term(last).id] + 1])


def _weekdays(start: date, end: date, closed: set[date]) -> list[date]:
    days = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in closed]


def _open_days(number: int, start: date, end: date, closed: set[date]) -> list[date]:
    days = _weekdays(start, end, closed)
    training = _TRAINING_DAYS.get(number)
    if training == "first two":
        return days[2:]
    if training == "first":
        return days[1:]
    return days[:-1] if training == "last" else days


@cache
def bank_holidays() -> frozenset[date]:
    return frozenset(date.fromisoformat(row["date"]) for row in _rows("bank_holidays.csv"))


@cache
def _half_term_days() -> tuple[tuple[Term, int, tuple[date, ...]], ...]:
    closed = set(bank_holidays())
    first_half = {"autumn": 1, "spring": 3, "summer": 5}
    return tuple(
        (t, first_half[t.season] + i, tuple(_open_days(first_half[t.season] + i, start, end, closed)))
        for t in TERMS
        for i, (start, end) in enumerate(t.half_terms)
    )


@cache
def _all_days() -> tuple[date, ...]:
    return tuple(day for _, _, days in _half_term_days() for day in days)


def school_days(start: date, end: date) -> list[date]:
    """The days school was open to pupils from `start` to `end`, both included."""
    days = _all_days()
    return list(days[bisect_left(days, start) : bisect_right(days, end)])


def is_school_day(day: date) -> bool:
    days = _all_days()
    position = bisect_left(days, day)
    return position < len(days) and days[position] == day


def add_school_days(day: date, count: int) -> date:
    """`count` school days after `day` (before it when negative); a holiday counts from the day before it."""
    days = _all_days()
    position = bisect_right(days, day) - 1 + count
    if not 0 <= position < len(days):
        raise Refused(f"{count} school days from {day.isoformat()} lies outside the calendar.")
    return days[position]


def as_of(term_id: str, school_days_before_end: int = 10) -> date:
    """The day a term's prediction is made: so many school days of the term still follow it."""
    last = school_days(term(term_id).start, term(term_id).end)[-1]
    return add_school_days(last, -school_days_before_end)


def term_possible_sessions(term_id: str) -> int:
    """Sessions a pupil on roll all term could attend: two for every school day."""
    return SESSIONS_PER_DAY * len(school_days(term(term_id).start, term(term_id).end))


def calendar_frame() -> pd.DataFrame:
    """One row per school day: date, term, half_term (1-6), year, weekday (0 = Monday), school_day (0…)."""
    rows = [(day, t.id, half, t.year, day.weekday()) for t, half, days in _half_term_days() for day in days]
    frame = pd.DataFrame(rows, columns=["date", "term", "half_term", "year", "weekday"])
    frame["date"] = pd.to_datetime(frame["date"])
    frame["school_day"] = range(len(frame))
    return frame
