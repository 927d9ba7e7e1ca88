"""Attendance as one row per subject: counters by window, runs of absence, sessions possible here.

Counts are kept by pupil, half-term and the date they were known by, so every window seen from every as-of
date is a sum over a small table of half-terms × pupils. Rows not known by an as-of date are not in it yet:
dates are taken in order and each adds what became known since the one before.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.indicators import days, marks
from pipelines.indicators.measure import WINDOWS_COUNTED

Array = npt.NDArray[Any]
RUNS = ("longest_run_term", "absence_spells_term")


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


def columns_in(values: Iterable[str]) -> set[tuple[str, str]]:
    """The (counter, window) pairs that computations speak of, as in `absent_term`."""
    pattern = re.compile(rf"\b({'|'.join(marks.COUNTS)})_({'|'.join(WINDOWS_COUNTED)})\b")
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
    }


def attendance(
    possible: pa.Table, runs: pa.Table, who: Subjects, rows: Sequence[days.AsOf], wanted: set[tuple[str, str]]
) -> tuple[pa.Table, pa.Table]:
    """(one row per subject, one row per subject and half-term of the year).

    The first has subject, possible_here, each wanted counter_window, and what `runs_of` says; the second
    subject, absent and counted.
    """
    order = sorted(rows, key=lambda row: row.as_of)
    counters = sorted({counter for counter, _ in wanted} | {"absent", "counted"})
    kept = _Kept(possible, order, counters, who.pupils)
    here = _Here(possible, who)
    columns = {f"{c}_{w}": np.zeros(len(who.pupil), np.int32) for c, w in sorted(wanted)}
    columns["possible_here"] = np.zeros(len(who.pupil), np.int64)
    halves: list[list[Array]] = []
    for row in order:
        at, windows = who.at(row), half_terms_in(row)
        kept.know(row)
        columns["possible_here"][at] = here.at(row, at)
        for counter, window in wanted:
            columns[f"{counter}_{window}"][at] = kept.total(counter, windows[window], who.pupil[at])
        for number in windows["year"]:
            halves.append(
                [at, *(kept.total(name, [number], who.pupil[at]) for name in ("absent", "counted"))]
            )
    named = {name: pa.array(values) for name, values in columns.items()}
    named |= {name: pa.array(runs[name].to_numpy()[_run_place(who, rows)]) for name in RUNS}
    long = [np.concatenate(part) if part else np.empty(0, np.int64) for part in zip(*halves, strict=True)]
    by_half = pa.table(dict(zip(("subject", "absent", "counted"), map(pa.array, long), strict=True)))
    return pa.table({"subject": pa.array(np.arange(len(who.pupil), dtype=np.int32)), **named}), by_half


class _Kept:
    """Counters by half-term and pupil, as far as they were known on the last date asked for."""

    def __init__(self, possible: pa.Table, order: Sequence[days.AsOf], counters: Sequence[str], pupils: int):
        windows = [half_terms_in(row) for row in order]
        needed = [number for each in windows for numbers in each.values() for number in numbers]
        self.first, last = min(needed, default=0), max(needed, default=0)
        half_term = possible["half_term"].to_numpy()
        inside = np.flatnonzero((half_term >= self.first) & (half_term <= last))
        self._place = (half_term[inside] - self.first) * np.int64(pupils) + possible["pupil"].to_numpy()[
            inside
        ]
        self._known = possible["known_by"].cast(pa.int32()).to_numpy()[inside]
        self._values = {name: possible[name].to_numpy()[inside] for name in counters}
        shape = (last - self.first + 1, pupils)
        self._tables = {name: np.zeros(shape, np.int32) for name in counters}
        self._until = -1 << 31

    def know(self, row: days.AsOf) -> None:
        """Add what became known since the date before."""
        until = days.day_number(row.as_of)
        new = np.flatnonzero((self._known > self._until) & (self._known <= until))
        for name, table in self._tables.items():
            np.add.at(table.reshape(-1), self._place[new], self._values[name][new])
        self._until = until

    def total(self, counter: str, half_terms: Sequence[int], pupil: Array) -> Array:
        """Each pupil's sum of a counter over some half-terms."""
        table = self._tables[counter]
        if not half_terms:
            return np.zeros(len(pupil), np.int32)
        whole: Array = table[[number - self.first for number in half_terms]].sum(axis=0, dtype=np.int32)
        return whole[pupil]


class _Here:
    """Possible sessions of each pupil at each school, as far as known; the dates come in order."""

    def __init__(self, possible: pa.Table, who: Subjects):
        school, schools = marks.coded(possible["school"])
        code = {name: number for number, name in enumerate(schools.to_pylist())}
        width = len(code) + 1
        pair = possible["pupil"].to_numpy().astype(np.int64) * width + school
        self._pairs, self._place = np.unique(pair, return_inverse=True)
        own = np.array([code.get(name, width - 1) for name in who.schools], np.int64)
        mine = who.pupil.astype(np.int64) * width + own[who.school] if len(own) else np.empty(0, np.int64)
        self._own = np.searchsorted(self._pairs, mine)
        self._met = np.append(self._pairs, -1)[self._own] == mine
        self._known = possible["known_by"].cast(pa.int32()).to_numpy()
        self._half_term = possible["half_term"].to_numpy()
        self._values = possible["possible"].to_numpy()
        self._total = np.zeros(len(self._pairs) + 1, np.int64)
        self._done = np.zeros(len(pair), bool)

    def at(self, row: days.AsOf, subjects: Array) -> Array:
        """The sessions possible at the subject's own school up to an as-of date."""
        known = (self._known <= days.day_number(row.as_of)) & (self._half_term <= row.half_term)
        new = np.flatnonzero(known & ~self._done)
        np.add.at(self._total, self._place[new], self._values[new])
        self._done[new] = True
        return np.where(self._met[subjects], self._total[self._own[subjects]], 0)


def _run_place(who: Subjects, rows: Sequence[days.AsOf]) -> Array:
    """Where in the table of `runs_of` each subject's row stands."""
    place = {row.term_no: number for number, row in enumerate(rows)}
    order = np.array([place.get(number, 0) for number in range(max(place, default=0) + 1)])
    return order[who.term_no] * np.int64(who.pupils) + who.pupil


def runs_of(exceptions: pa.Table, rows: Sequence[days.AsOf], pupils: int) -> pa.Table:
    """Runs of sessions missed one after another in each as-of date's term: a row per date and pupil.

    A run goes on over sessions that don't count: a mark's place is its session number less the number of such
    sessions before it, and absences in a row have places in a row. Runs at two schools are two runs.
    """
    group, place, absent, term = _told(exceptions, rows, pupils)
    neutral = np.cumsum(~absent)
    starts = np.r_[True, group[1:] != group[:-1]] if len(group) else np.empty(0, bool)
    before = (neutral - ~absent)[starts][np.cumsum(starts) - 1] if len(group) else neutral
    at = np.flatnonzero(absent)
    group, term, place = group[at], term[at], (place - (neutral - before))[at]
    opens = np.flatnonzero(np.r_[True, (group[1:] != group[:-1]) | (place[1:] != place[:-1] + 1)][: len(at)])
    length = np.diff(np.r_[opens, len(at)])
    longest, spells = (np.zeros(len(rows) * pupils, np.int32) for _ in RUNS)
    np.maximum.at(longest, term[opens], length.astype(np.int32))
    np.add.at(spells, term[opens], np.int32(1))
    return pa.table(dict(zip(RUNS, (longest, spells), strict=True)))


def _told(exceptions: pa.Table, rows: Sequence[days.AsOf], pupils: int) -> tuple[Array, Array, Array, Array]:
    """(pupil at a school in a term, session number, absent, date and pupil) of marks that shape runs, in order."""
    first = days.day_number(days.FIRST_DAY)
    term_no = exceptions["term_no"].to_numpy()
    number = np.full(max([*term_no.tolist()[:1], term_no.max(initial=0), *(r.term_no for r in rows)]) + 1, -1)
    until = np.full(len(number), -1 << 31)
    for place, row in enumerate(rows):
        number[row.term_no], until[row.term_no] = place, days.day_number(row.as_of)
    date = exceptions["date"].cast(pa.int32()).to_numpy()
    known = exceptions["known_on"].cast(pa.int32()).fill_null(0).to_numpy()
    absent, neutral = marks.absent_or_neutral(exceptions["code"], date - first)
    kept = np.flatnonzero((absent | neutral) & (np.maximum(date, known) <= until[term_no]))
    school, schools = marks.coded(exceptions["school"])
    session, sessions = marks.coded(exceptions["session"])
    afternoon = np.array([text == "PM" for text in sessions.to_pylist()], bool)
    term = number[term_no[kept]] * np.int64(pupils) + exceptions["pupil"].to_numpy()[kept]
    group = term * (len(schools) + 1) + school[kept]
    place = 2 * days.day_arrays().school_day[date[kept] - first] + afternoon[session[kept]]
    span = np.int64(2 * days.day_arrays().school_day[-1] + 2)
    order = np.argsort(group * span + place, kind="stable")
    return group[order], place[order].astype(np.int64), absent[kept][order], term[order]


def covered(
    rolls: pa.Table, feeds: Mapping[str, set[tuple[str, str]]], who: Subjects, rows: Sequence[days.AsOf]
) -> pa.Table:
    """For which windows a pupil was on a roll whose school's table is in the lake.

    One row per subject: `FEED_in_term`, `FEED_in_last_term`, `FEED_in_year`, `FEED_in_last_year`, `FEED_ever`.
    """
    school, schools = marks.coded(rolls["school"])
    term, terms = marks.coded(rolls["term"])
    numbers = np.array([days.term_no(each) for each in terms.to_pylist()], np.int64)
    year = days.years_of_terms()
    columns: dict[str, Array] = {}
    for feed, held in feeds.items():
        pairs = np.array([[(s, t) in held for t in terms.to_pylist()] for s in schools.to_pylist()], bool)
        table = np.zeros((len(year), who.pupils), bool)
        if len(school):
            on = pairs[school, term]
            table[numbers[term[on]], rolls["pupil"].to_numpy()[on]] = True
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
    named = {name: pa.array(values) for name, values in columns.items()}
    return pa.table({"subject": pa.array(np.arange(len(who.pupil), dtype=np.int32)), **named})
