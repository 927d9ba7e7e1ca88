"""The days of the made history: one row per school day, with what the simulation must know about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from data_contracts import calendar
from data_contracts.calendar import TERMS, Term
from data_contracts.errors import Refused

CODE_CHANGE = date(2024, 8, 19)
"""From this day the national attendance codes of 2024 hold."""
EIDS = (
    (2019, 6, 4),
    (2020, 5, 25),
    (2021, 5, 13),
    (2022, 5, 2),
    (2023, 4, 21),
    (2023, 6, 28),
    (2024, 6, 17),
    (2025, 3, 31),
    (2025, 6, 6),
    (2026, 3, 20),
    (2027, 3, 9),
    (2027, 5, 17),
)


@dataclass(frozen=True)
class Days:
    """School days of whole school years in order; every array has one entry per school day."""

    terms: tuple[Term, ...]
    dates: tuple[date, ...]
    term: np.ndarray
    """Index into ``terms``."""
    year: np.ndarray
    """Calendar year in which the day's school year began."""
    weekday: np.ndarray

    @property
    def count(self) -> int:
        return len(self.dates)

    @cached_property
    def datetimes(self) -> np.ndarray:
        """The days as datetime64[D]."""
        return np.array(self.dates, dtype="datetime64[D]")

    @cached_property
    def new_codes(self) -> np.ndarray:
        return np.array([day >= CODE_CHANGE for day in self.dates])

    @cached_property
    def eid(self) -> np.ndarray:
        holy = {date(*parts) for parts in EIDS}
        return np.array([day in holy for day in self.dates])

    @cached_property
    def season(self) -> np.ndarray:
        """0 autumn, 1 spring, 2 summer."""
        names = ("autumn", "spring", "summer")
        return np.array([names.index(self.terms[index].season) for index in self.term])

    def span(self, term_index: int) -> tuple[int, int]:
        """First day index of a term and the index after its last."""
        inside = np.flatnonzero(self.term == term_index)
        return int(inside[0]), int(inside[-1]) + 1

    def at(self, day: date) -> int:
        """Index of the first school day on or after ``day`` (``count`` when none)."""
        return int(np.searchsorted(self.datetimes, np.datetime64(day)))

    def as_of(self, term_index: int) -> int:
        """Day index of the term's as-of date."""
        return self.at(calendar.as_of(self.terms[term_index].id))

    def training_days(self, term_index: int) -> list[date]:
        """Weekdays inside the term's half-terms when the school is closed for staff training."""
        open_days, holidays = set(self.dates), calendar.bank_holidays()
        closed = []
        for start, end in self.terms[term_index].half_terms:
            for offset in range((end - start).days + 1):
                day = start + timedelta(days=offset)
                if day.weekday() < 5 and day not in open_days and day not in holidays:
                    closed.append(day)
        return closed


def last_friday_in_june(year: int) -> date:
    """The day on which Year 11 pupils may leave."""
    end = date(year, 6, 30)
    return end - timedelta(days=(end.weekday() - 4) % 7)


def history_days(years: int, last_year: str) -> Days:
    """School days of ``years`` school years to ``last_year`` ('2025/26'); Refused outside the calendar."""
    known = sorted({term.year for term in TERMS})
    if last_year not in known or years < 1 or known.index(last_year) + 1 < years:
        raise Refused(
            f"The calendar holds no {years} school years ending with {last_year}.",
            hint=f"It knows {known[0]} to {known[-1]}.",
        )
    wanted = known[known.index(last_year) + 1 - years : known.index(last_year) + 1]
    terms = tuple(term for term in TERMS if term.year in wanted)
    dates: list[date] = []
    index: list[int] = []
    for number, term in enumerate(terms):
        found = calendar.school_days(term.start, term.end)
        dates += found
        index += [number] * len(found)
    return Days(
        terms=terms,
        dates=tuple(dates),
        term=np.array(index),
        year=np.array([int(terms[number].year[:4]) for number in index]),
        weekday=np.array([day.weekday() for day in dates]),
    )
