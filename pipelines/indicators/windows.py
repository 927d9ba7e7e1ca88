"""Subjects and their windows: what happened in a half-term, term or year, as far as it was known.

A subject is a pupil at an as-of date. What can be added up is added up once by half-term and pupil, and every
window seen from every as-of date is a sum over a few half-terms. Rows not known by an as-of date are not in
yet: dates are taken in order, and each adds what became known since the one before.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipelines.indicators import days, marks
from pipelines.indicators.source import Source

Array = npt.NDArray[Any]
WINDOWS = ("half_term", "last_half_term", "term", "last_term", "year", "last_year", "ever")


@dataclass(frozen=True, slots=True)
class Subjects:
    """Pupils at as-of dates, in the order of their number: pupil, school and term_no of each."""

    pupil: Array
    school: Array
    term_no: Array
    schools: Sequence[str]
    pupils: int

    @classmethod
    def of(cls, table: pa.Table, pupils: int) -> "Subjects":
        """From a table with pupil, school and term_no in order of subject; `pupils` is how many there are."""
        school, schools = marks.coded(table.column("school"))
        return cls(
            table["pupil"].to_numpy(), school, table["term_no"].to_numpy(), schools.to_pylist(), pupils
        )

    def at(self, row: days.AsOf) -> Array:
        """The numbers of the subjects of one as-of date."""
        return np.flatnonzero(self.term_no == row.term_no)


def required_columns(values: Iterable[str], counters: Iterable[str]) -> set[tuple[str, str]]:
    """The (counter, window) pairs that computations speak of, as in `absent_term`."""
    pattern = re.compile(rf"\b({'|'.join(counters)})_({'|'.join(WINDOWS)})\b")
    return {(counter, window) for value in values for counter, window in pattern.findall(value)}


def half_terms_in(row: days.AsOf) -> Mapping[str, list[int]]:
    """The half-terms of each window seen from an as-of date; none lies after it."""
    past = [(number, term) for number, term in days.half_term_places() if number <= row.half_term]
    year = {number: (number - 1) // 6 for number, _ in past}
    return {
        "half_term": [number for number, _ in past if number == row.half_term],
        "last_half_term": [number for number, _ in past if number == row.half_term - 1],
        "term": [number for number, term in past if term == row.term_no],
        "last_term": [number for number, term in past if term == row.term_no - 1],
        "year": [number for number, _ in past if year[number] == row.year_no],
        "last_year": [number for number, _ in past if year[number] == row.year_no - 1],
        "ever": [0, *(number for number, _ in past)],
    }


class Tallies:
    """Numbers by half-term and pupil, as far as they were known on the last date asked for.

    `half_term`, `pupil` and `known` (days since 1970) say where and from when each row counts; `sums` are
    added up, of `most` the largest is kept (0 where there is none).
    """

    def __init__(
        self, half_term: Array, pupil: Array, known: Array, pupils: int,
        sums: Mapping[str, Array], most: Mapping[str, Array] | None = None,
    ):  # fmt: skip
        self._first = int(half_term.min(initial=1 << 30))
        height = max(int(half_term.max(initial=0)) - self._first + 1, 0)
        # Index of each row's cell in a (half-terms, pupils) table laid out flat; one such table per counter.
        self._cell = (half_term - self._first) * np.int64(pupils) + pupil
        self._known, self._until = known, -1 << 31
        self._values = {**sums, **(most or {})}
        self._most = frozenset(most or {})
        self._tables = {name: np.zeros((height, pupils), np.int32) for name in self._values}

    def advance_to(self, row: days.AsOf) -> None:
        """Add what became known since the date before."""
        until = days.day_number(row.as_of)
        new = np.flatnonzero((self._known > self._until) & (self._known <= until))
        cell = self._cell[new]
        for name, table in self._tables.items():
            values, flat = self._values[name][new], table.reshape(-1)
            if name in self._most:
                np.maximum.at(flat, cell, values.astype(np.int32))
            elif len(new):
                flat += np.bincount(cell, values, len(flat)).astype(np.int32)
        self._until = until

    def over(self, name: str, half_terms: Sequence[int], pupil: Array) -> Array:
        """Each pupil's sum (or largest) over some half-terms."""
        table = self._tables[name]
        inside = [number - self._first for number in half_terms if 0 <= number - self._first < len(table)]
        if not inside:
            return np.zeros(len(pupil), np.int32)
        fold = np.maximum if name in self._most else np.add
        whole: Array = fold.reduce(table[inside], axis=0, dtype=np.int32)
        return whole[pupil]


class Pairs:
    """Pupils at schools: which pair each row belongs to, and which is each subject's own."""

    def __init__(self, pupil: Array, school: pa.ChunkedArray, who: Subjects):
        code, names = marks.coded(school)
        number = {name: n for n, name in enumerate(names.to_pylist())}
        width = len(number) + 1
        # A pair is pupil × width + school; `width - 1` stands for a school that no row names.
        pair = pupil.astype(np.int64) * width + code
        starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]][: len(pair)])  # rows come pupil by pupil
        places, pairs = pd.factorize(pair[starts])
        self.place = np.repeat(
            places, np.diff(np.r_[starts, len(pair)])
        )  # per row: index among distinct pairs
        own = np.array([number.get(name, width - 1) for name in who.schools], np.int64)
        mine = who.pupil.astype(np.int64) * width + (own[who.school] if len(own) else 0)
        found = pd.Index(pairs).get_indexer(pd.Index(mine))
        self.own = np.where(found < 0, len(pairs), found)
        self.count = len(pairs) + 1  # the last stands for subjects without rows at their own school


def covered(rolls: pa.Table, source: Source, who: Subjects, rows: Sequence[days.AsOf]) -> dict[str, Array]:
    """True per subject where in a window the pupil was on a roll whose school's table is in the lake.

    One value per subject: `FEED_in_term`, `FEED_in_last_term`, `FEED_in_year`, `FEED_in_last_year`, `FEED_ever`.
    """
    code, schools = marks.coded(rolls["school"])
    place, term = source.places(schools.to_pylist()), rolls["term_no"].to_numpy()
    year = days.years_of_terms()
    columns: dict[str, Array] = {}
    for feed, held in source.feeds.items():
        table = np.zeros((len(year), who.pupils), bool)  # (terms, pupils): on a roll with the table loaded
        on = held[place[code], term] if len(code) else np.empty(0, bool)
        table[term[on], rolls["pupil"].to_numpy()[on]] = True
        for row in rows:
            at, past = who.at(row), np.arange(len(year)) <= row.term_no
            windows = {
                "in_term": np.arange(len(year)) == row.term_no,
                "in_last_term": np.arange(len(year)) == row.term_no - 1,
                "in_year": past & (year == row.year_no),
                "in_last_year": past & (year == row.year_no - 1),
                "ever": past,
            }
            for window, inside in windows.items():
                values = columns.setdefault(f"{feed}_{window}", np.zeros(len(who.pupil), bool))
                values[at] = table[inside].any(axis=0)[who.pupil[at]]
    return columns
