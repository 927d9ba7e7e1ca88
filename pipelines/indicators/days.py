"""Calendar facts as small tables for queries: they live here and never in an engine's date functions.

Every calendar day belongs to the term and half-term that began last, so a weekend or a holiday counts with
the term before it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd
import pyarrow as pa

from data_contracts import calendar

FAR = date(9999, 12, 31)
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


def term_no(term: str) -> int:
    """A term's place in the calendar, counted from 0."""
    return [each.id for each in _terms()].index(calendar.term(term).id)


def school_day(day: date) -> int:
    """How many school days there have been up to and including a day, since the calendar began."""
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


def cut_after(day: date, cuts: Sequence[date]) -> date:
    """The first of the ordered `cuts` on or after a day; far in the future where there is none."""
    place = bisect_left(cuts, day)
    return cuts[place] if place < len(cuts) else FAR


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
    first, last = FIRST_DAY, _terms()[-1].end + timedelta(days=366)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    places = [half_term(day) for day in days]
    return pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "half_term": pa.array([place[0] for place in places], pa.int32()),
            "term_no": pa.array([place[1] for place in places], pa.int32()),
            "year_no": pa.array([place[2] for place in places], pa.int32()),
            "school_day": pa.array([school_day(day) for day in days], pa.int32()),
            "weekday": pa.array([day.isoweekday() for day in days], pa.int32()),
            "week": pa.array([(day - days[0]).days // 7 for day in days], pa.int32()),
            "known_by": pa.array([cut_after(day, chosen) for day in days], pa.date32()),
        }
    )


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


def lagged(values: pd.Series, lag: int) -> pd.Series:
    """Each date moved on by a number of school days (datetime64 in, datetime64 out; missing stays).

    Outside the calendar a school week counts as seven days.
    """
    moved = {day: pd.Timestamp(_moved(day.date(), lag)) for day in values.dropna().unique()}
    return pd.to_datetime(values.map(moved))


def _moved(day: date, lag: int) -> date:
    known = _school_days()
    if known[0] <= day <= known[-1 - lag]:
        return calendar.add_school_days(day, lag) if lag else day
    return day + timedelta(days=lag * 7 // 5)


def term_at(day: date) -> str:
    """The id of the term that began last; the first term for days before the calendar."""
    return _terms()[max(half_term(day)[1], 0)].id
