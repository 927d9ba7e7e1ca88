"""Calendar facts as small tables for queries: they live here and never in an engine's date functions.

Every calendar day belongs to the term and half-term that began last, so a weekend or a holiday counts with
the term before it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts import calendar

FAR = date(9999, 12, 31)
FAR_TERM = 10_000
EDGES = (1, 5)  # Monday and Friday
FIRST_DAY = date(2000, 1, 3)  # a Monday before any pupil's first SEN record or entry


@dataclass(frozen=True, slots=True)
class AsOf:
    """One prediction date and its place in the calendar. Numbers count terms, half-terms and years."""

    term: str
    as_of: date
    term_no: int
    half_term: int
    year_no: int


@lru_cache(maxsize=1)
def _terms() -> tuple[calendar.Term, ...]:
    return tuple(sorted(calendar.TERMS, key=lambda term: term.start))


@lru_cache(maxsize=1)
def _half_term_starts() -> list[tuple[date, int, int]]:
    """(first day, number, term number) of every half-term; the number is 6 × year number + 1 to 6."""
    years = sorted({term.year for term in _terms()})
    first = {year: 6 * number + 1 for number, year in enumerate(years)}
    met: dict[str, int] = {}
    starts = []
    for term_no, term in enumerate(_terms()):
        for start, _end in term.half_terms:
            number = first[term.year] + met.get(term.year, 0)
            met[term.year] = met.get(term.year, 0) + 1
            starts.append((start, number, term_no))
    return starts


@lru_cache(maxsize=1)
def _school_days() -> list[date]:
    return list(calendar.school_days(_terms()[0].start, _terms()[-1].end))


@cache
def term_no(term: str) -> int:
    """A term's place in the calendar, counted from 0."""
    return [each.id for each in _terms()].index(calendar.term(term).id)


def term_after(term: str) -> str:
    """The id of the term after one, or the same at the end of the calendar."""
    return _terms()[min(term_no(term) + 1, len(_terms()) - 1)].id


def school_day(day: date) -> int:
    """Number of school days from the calendar's beginning up to and including a day."""
    return bisect_right(_school_days(), day)


def half_term(day: date) -> tuple[int, int, int]:
    """(half-term number, term number, year number) of a day; (0, -1, -1) before the calendar begins."""
    starts = _half_term_starts()
    place = bisect_right(starts, day, key=lambda row: row[0]) - 1
    if place < 0:
        return 0, -1, -1
    return starts[place][1], starts[place][2], (starts[place][1] - 1) // 6


@lru_cache(maxsize=1)
def standard_cuts() -> tuple[date, ...]:
    """The as-of date of every term, in order: the days by which counts are kept."""
    return tuple(sorted(calendar.as_of(term.id) for term in _terms()))


def as_of_row(term: str, on: date | None = None) -> AsOf:
    """The as-of row of a term, on its usual date or another."""
    day = on or calendar.as_of(term)
    number, _, year = half_term(day)
    return AsOf(term, day, term_no(term), number, year)


def as_of_table(rows: Sequence[AsOf]) -> pa.Table:
    """As-of rows as a table: term, as_of, term_no, half_term, year_no, as_of_school_day."""
    return pa.table(
        {
            "term": pa.array([row.term for row in rows], pa.string()),
            "as_of": pa.array([row.as_of for row in rows], pa.date32()),
            "term_no": pa.array([row.term_no for row in rows], pa.int32()),
            "half_term": pa.array([row.half_term for row in rows], pa.int32()),
            "year_no": pa.array([row.year_no for row in rows], pa.int32()),
            "as_of_school_day": pa.array([school_day(row.as_of) for row in rows], pa.int32()),
        }
    )


@lru_cache(maxsize=8)
def day_table(cuts: tuple[date, ...] | None = None) -> pa.Table:
    """Every day from 2000 to a year after the calendar, and what the calendar says of it.

    Columns: day, half_term, term_no, year_no, school_day (count so far), weekday (Monday 1),
    week (a running number), known_by.
    """
    chosen = standard_cuts() if cuts is None else tuple(sorted(cuts))
    first, last = day_number(FIRST_DAY), day_number(_terms()[-1].end) + 366
    number = np.arange(first, last + 1)
    starts = _half_term_starts()
    place = np.searchsorted([day_number(row[0]) for row in starts], number, side="right")
    half = np.array([0, *(row[1] for row in starts)])[place]
    by = np.array([*map(day_number, chosen), day_number(FAR)])
    return pa.table(
        {
            "day": _dates(number),
            "half_term": pa.array(half.astype(np.int32)),
            "term_no": pa.array(np.array([-1, *(row[2] for row in starts)], np.int32)[place]),
            "year_no": pa.array(np.where(place, (half - 1) // 6, -1).astype(np.int32)),
            "school_day": _counted(number),
            "weekday": pa.array(((number - first) % 7 + 1).astype(np.int32)),  # FIRST_DAY is a Monday
            "week": pa.array(((number - first) // 7).astype(np.int32)),
            "known_by": _dates(by[np.searchsorted(by, number)]),
        }
    )


def _counted(number: npt.NDArray[Any]) -> pa.Array:
    """Number of school days by each day."""
    open_days = [day_number(day) for day in _school_days()]
    return pa.array(np.searchsorted(open_days, number, side="right").astype(np.int32))


def _dates(number: npt.NDArray[Any]) -> pa.Array:
    return pa.array(number.astype(np.int32)).cast(pa.date32())


@dataclass(frozen=True, slots=True)
class DayArrays:
    """The day table by day number (counted from FIRST_DAY), for work on arrays.

    `known_by` is a date as days since 1970; `edge` is 1 on Mondays and Fridays.
    """

    half_term: npt.NDArray[np.int32]
    school_day: npt.NDArray[np.int32]
    week: npt.NDArray[np.int32]
    known_by: npt.NDArray[np.int32]
    edge: npt.NDArray[np.int64]


@lru_cache(maxsize=8)
def day_arrays(cuts: tuple[date, ...] | None = None) -> DayArrays:
    """The calendar's facts about every day, as arrays."""
    table = day_table() if cuts is None else day_table(cuts)
    return DayArrays(
        table["half_term"].to_numpy(),
        table["school_day"].to_numpy(),
        table["week"].to_numpy(),
        table["known_by"].cast(pa.int32()).to_numpy(),
        np.isin(table["weekday"].to_numpy(), EDGES).astype(np.int64),
    )


@lru_cache(maxsize=1)
def half_term_places() -> list[tuple[int, int]]:
    """(number, term number) of every half-term, in order."""
    return [(number, term) for _, number, term in _half_term_starts()]


@lru_cache(maxsize=1)
def years_of_terms() -> npt.NDArray[np.int64]:
    """The year number of every term, by term number."""
    return np.array([half_term(term.start)[2] for term in _terms()])


@lru_cache(maxsize=1)
def first_school_days() -> npt.NDArray[np.int64]:
    """The running number of each year's first school day, by year number."""
    year = years_of_terms()
    starts = [school_day(term.start) for term in _terms()]
    first = np.full(year.max() + 1, starts[-1])
    np.minimum.at(first, year, starts)
    return first


def day_number(day: date) -> int:
    """A date as days since 1970, as parquet and Arrow keep it."""
    return (day - date(1970, 1, 1)).days


@lru_cache(maxsize=1)
def term_table() -> pa.Table:
    """Terms by number: term, term_no, year_no, first_day, last_day."""
    rows = [(term.id, number, half_term(term.start)[2]) for number, term in enumerate(_terms())]
    return pa.table(
        {
            "term": pa.array([row[0] for row in rows], pa.string()),
            "term_no": pa.array([row[1] for row in rows], pa.int32()),
            "year_no": pa.array([row[2] for row in rows], pa.int32()),
            "first_day": pa.array([term.start for term in _terms()], pa.date32()),
            "last_day": pa.array([term.end for term in _terms()], pa.date32()),
        }
    )


def term_at(day: date) -> str:
    """The id of the term that began last; the first term for days before the calendar."""
    return _terms()[max(half_term(day)[1], 0)].id
