"""Attendance as one row per subject: counters by window, runs of absence, sessions possible here."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.indicators import days, marks
from pipelines.indicators.windows import Pairs, Subjects, Tallies, half_terms_in, required_columns

Array = npt.NDArray[Any]
RUNS = ("longest_run_term", "absence_spells_term")


def attendance(
    possible: pa.Table, runs: pa.Table, who: Subjects, rows: Sequence[days.AsOf], expressions: Iterable[str]
) -> dict[str, Array]:
    """Attendance columns per subject: `possible_here`, the run lengths of `runs_of`, and all that `expressions` use.

    Used are each COUNTER_WINDOW, and half_terms_missed_P: the number of half-terms of the year in which P % of
    sessions or more were missed.
    """
    used = " ".join(expressions)
    wanted = required_columns([used], marks.COUNTS)
    levels = sorted({int(percent) for percent in re.findall(r"\bhalf_terms_missed_(\d+)\b", used)})
    kept = _tallies(possible, rows, {counter for counter, _ in wanted} | {"absent", "counted"}, who.pupils)
    names = [*(f"{c}_{w}" for c, w in sorted(wanted)), *(f"half_terms_missed_{level}" for level in levels)]
    columns = {name: np.zeros(len(who.pupil), np.int32) for name in names}
    for row in sorted(rows, key=lambda row: row.as_of):
        at, windows = who.at(row), half_terms_in(row)
        kept.advance_to(row)
        for counter, window in wanted:
            columns[f"{counter}_{window}"][at] = kept.over(counter, windows[window], who.pupil[at])
        for number in windows["year"]:
            absent, counted = (kept.over(name, [number], who.pupil[at]) for name in ("absent", "counted"))
            for level in levels:
                columns[f"half_terms_missed_{level}"][at] += (counted > 0) & (100 * absent >= level * counted)
    columns["possible_here"] = _possible_here(possible, who, rows)
    return columns | {name: runs[name].to_numpy()[_run_rows(who, rows)] for name in RUNS}


def _tallies(possible: pa.Table, rows: Sequence[days.AsOf], counters: set[str], pupils: int) -> Tallies:
    """The counters of the half-terms that any window can reach."""
    windows = [half_terms_in(row) for row in rows]
    needed = [
        number for each in windows for name, numbers in each.items() if name != "ever" for number in numbers
    ]
    half_term = possible["half_term"].to_numpy()
    inside = np.flatnonzero((half_term >= min(needed, default=0)) & (half_term <= max(needed, default=0)))
    known = possible["known_by"].cast(pa.int32()).to_numpy()[inside]
    values = {name: possible[name].to_numpy()[inside] for name in sorted(counters)}
    return Tallies(half_term[inside], possible["pupil"].to_numpy()[inside], known, pupils, values)


def _possible_here(possible: pa.Table, who: Subjects, rows: Sequence[days.AsOf]) -> Array:
    """The sessions possible at each subject's own school up to its as-of date."""
    pairs = Pairs(possible["pupil"].to_numpy(), possible["school"], who)
    known, half_term = possible["known_by"].cast(pa.int32()).to_numpy(), possible["half_term"].to_numpy()
    values, found = possible["possible"].to_numpy(), np.zeros(len(who.pupil), np.int64)
    total, done = np.zeros(pairs.count, np.int64), np.zeros(len(known), bool)
    for row in sorted(rows, key=lambda row: row.as_of):
        here = (known <= days.day_number(row.as_of)) & (half_term <= row.half_term)
        new, at = np.flatnonzero(here & ~done), who.at(row)
        total += np.bincount(pairs.place[new], values[new], pairs.count).astype(np.int64)
        done[new] = True
        found[at] = total[pairs.own[at]]
    return found


def _run_rows(who: Subjects, rows: Sequence[days.AsOf]) -> Array:
    """Row index of each subject in the table of `runs_of`."""
    place = {row.term_no: number for number, row in enumerate(rows)}
    order = np.array([place.get(number, 0) for number in range(max(place, default=0) + 1)])
    return order[who.term_no] * np.int64(who.pupils) + who.pupil


def runs_of(exceptions: pa.Table, rows: Sequence[days.AsOf], pupils: int) -> pa.Table:
    """Runs of sessions missed one after another in each as-of date's term: a row per date and pupil.

    A run continues over sessions that don't count. Runs at two schools are two runs.
    """
    group, session, absent, cell = _run_marks(exceptions, rows, pupils)
    # A session that doesn't count closes up: every absence is moved back by the number of such sessions before
    # it in its group, so that absences of one run have positions one after another (sessions 4, [5], 6 -> 4, 5).
    neutral = np.cumsum(~absent)  # up to and including each row, over all groups
    starts = np.r_[True, group[1:] != group[:-1]] if len(group) else np.empty(0, bool)
    before = (neutral - ~absent)[starts][np.cumsum(starts) - 1] if len(group) else neutral  # before its group
    at = np.flatnonzero(absent)
    group, cell, position = group[at], cell[at], (session - (neutral - before))[at]
    # A run opens at the first absence of a group and wherever positions leave a gap.
    opens = np.flatnonzero(
        np.r_[True, (group[1:] != group[:-1]) | (position[1:] != position[:-1] + 1)][: len(at)]
    )
    length = np.diff(np.r_[opens, len(at)])
    longest, spells = (np.zeros(len(rows) * pupils, np.int32) for _ in RUNS)
    np.maximum.at(longest, cell[opens], length.astype(np.int32))
    np.add.at(spells, cell[opens], np.int32(1))
    return pa.table(dict(zip(RUNS, (longest, spells), strict=True)))


def _run_marks(
    exceptions: pa.Table, rows: Sequence[days.AsOf], pupils: int
) -> tuple[Array, Array, Array, Array]:
    """(group, session, absent, cell) of the marks that shape runs, one row each, sorted by group and session.

    `group`: a pupil at one school in one term. `session`: twice the school day's number, plus 1 for PM. `absent`:
    False for a session that doesn't count. `cell`: index into the as-of rows × pupils of `runs_of`.
    """
    first = days.day_number(days.FIRST_DAY)
    term_no = exceptions["term_no"].to_numpy()
    # By term number: index of the term's as-of row, and the last day known by it (long ago for other terms).
    index = np.full(max(term_no.max(initial=0), *(row.term_no for row in rows)) + 1, -1)
    until = np.full(len(index), -1 << 31)
    for i, row in enumerate(rows):
        index[row.term_no], until[row.term_no] = i, days.day_number(row.as_of)
    date = exceptions["date"].cast(pa.int32()).to_numpy()
    known = exceptions["known_on"].cast(pa.int32()).fill_null(0).to_numpy()
    absent, neutral = marks.absent_or_neutral(exceptions["code"], date - first)
    kept = np.flatnonzero((absent | neutral) & (np.maximum(date, known) <= until[term_no]))
    school, schools = marks.coded(exceptions["school"])
    half, halves = marks.coded(exceptions["session"])
    afternoon = np.array([text == "PM" for text in halves.to_pylist()], bool)
    cell = index[term_no[kept]] * np.int64(pupils) + exceptions["pupil"].to_numpy()[kept]
    group = cell * (len(schools) + 1) + school[kept]
    session = 2 * days.day_arrays().school_day[date[kept] - first] + afternoon[half[kept]]
    span = np.int64(2 * days.day_arrays().school_day[-1] + 2)  # above every session number
    order = np.argsort(group * span + session, kind="stable")
    return group[order], session[order].astype(np.int64), absent[kept][order], cell[order]
