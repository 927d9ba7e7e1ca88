"""The subjects: every pupil on a roll at an as-of date, as far as the roll was known by then."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipelines.indicators import days
from pipelines.indicators.marks import coded

Array = npt.NDArray[Any]
ROLL_COLUMNS = ("school", "term", "registration_group", "enrol_status", "phase", "entry_date", "leaving_date")
SETTLED_AFTER = 20  # school days of a year; who comes later has joined in mid-year
LONG_AGO, FAR = -1 << 31, days.day_number(days.FAR)


def subject_table(rolls: pa.Table, rows: Sequence[days.AsOf], schools: Collection[str] | None) -> pa.Table:
    """One row per pupil, school (all or some) and as-of date, numbered by term, school and pupil.

    Columns: subject, pupil, the roll's own (ROLL_COLUMNS), nc_year (0 is Reception), those of `days.as_of_table`,
    school_days_here, joined_in_year, earlier_schools, and next_until: the day until which the pupil is
    on a roll of the next term (missing where on none). Where a roll names a pupil twice, the later entry stands.
    """
    school = _in_order(rolls["school"])
    pupil, term_no = rolls["pupil"].to_numpy(), rolls["term_no"].to_numpy()
    wanted = np.array([schools is None or name in schools for name in school[1]], bool)
    at, row = _placed(rolls, school[0], rows, wanted)
    told = rolls.select([*ROLL_COLUMNS, "nc_year", "term_no"]).take(pa.array(at))
    dates = days.as_of_table(rows).drop_columns(["term", "term_no"]).take(pa.array(row))
    moves = _earlier_schools(pupil * np.int64(len(school[1])) + school[0], pupil, term_no, at)
    columns = {
        "subject": np.arange(len(at), dtype=np.int32), "pupil": pupil[at], "earlier_schools": moves,
        **_since_entry(told["entry_date"], dates), "next_until": _next_until(rolls, pupil, term_no, at),
        "nc_year": _year_groups(told["nc_year"]),
    }  # fmt: skip
    table = told.drop_columns(["nc_year"])
    for name, values in [*zip(dates.column_names, dates.columns, strict=True), *columns.items()]:
        table = table.append_column(name, values if isinstance(values, pa.ChunkedArray) else pa.array(values))
    return table


def _placed(rolls: pa.Table, school: Array, rows: Sequence[days.AsOf], wanted: Array) -> tuple[Array, Array]:
    """(row of the roll, index of the as-of row) of every subject in order."""
    term_no, pupil = rolls["term_no"].to_numpy(), rolls["pupil"].to_numpy()
    place = np.full(max(term_no.max(initial=0), *(row.term_no for row in rows)) + 1, -1)
    place[[row.term_no for row in rows]] = np.arange(len(rows))
    as_of = np.array([*(days.day_number(row.as_of) for row in rows), LONG_AGO])[place[term_no]]
    entry, leaving = _dates(rolls["entry_date"], LONG_AGO), _dates(rolls["leaving_date"], FAR)
    here = (_dates(rolls["known_on"], FAR) <= as_of) & (entry <= as_of) & (leaving > as_of) & wanted[school]
    at = np.flatnonzero(here)
    group = _in_order(rolls["registration_group"])[0][at]
    left = _dates(rolls["leaving_date"], LONG_AGO)[at]
    key = (term_no[at] * np.int64(len(wanted)) + school[at]) * (pupil.max(initial=0) + 1) + pupil[at]
    order = np.lexsort((group, -left.astype(np.int64), -entry[at].astype(np.int64), key))
    key = key[order]
    at = at[order[np.r_[True, key[1:] != key[:-1]][: len(key)]]]
    return at, place[term_no[at]]


def _earlier_schools(pair: Array, pupil: Array, term_no: Array, at: Array) -> Array:
    """Number of other schools each subject was on a roll of in an earlier term.

    `pair`, `pupil` and `term_no` are per roll row, `pair` a number for pupil × school; `at` are the subjects' rows.
    """
    number, pairs = pd.factorize(pair)  # number: index of each row's pair among the distinct ones
    first, whose = np.full(len(pairs), 1 << 30), np.zeros(len(pairs), np.int64)
    np.minimum.at(first, number, term_no)  # per pair: its first term,
    whose[number] = pupil  # and its pupil
    # One sorted key per pair, pupil first and then the first term: the pairs a pupil began before a term lie
    # between two bounds, so two binary searches count them for all subjects at once.
    width = np.int64(term_no.max(initial=0) + 2)
    begun = np.sort(whose * width + first)
    start = pupil[at] * width
    before = np.searchsorted(begun, start + term_no[at]) - np.searchsorted(begun, start)
    earlier: Array = before - (first[number[at]] < term_no[at])  # the subject's own school is not another
    return earlier


def _since_entry(entry: pa.ChunkedArray, dates: pa.Table) -> Mapping[str, pa.Array]:
    """School days since a pupil came, and whether that was in mid-year (missing where unknown)."""
    calendar, day = (
        days.day_arrays(),
        _dates(entry, LONG_AGO).astype(np.int64) - days.day_number(days.FIRST_DAY),
    )
    inside = (day >= 0) & (day < len(calendar.half_term))
    day = np.where(inside, day, 0)
    come = np.where(inside, calendar.school_day[day], 0)
    year = dates["year_no"].to_numpy()
    late = come > days.first_school_days()[year] + SETTLED_AFTER
    joined = ((calendar.half_term[day] - 1) // 6 == year) & late
    return {
        "school_days_here": pa.array(dates["as_of_school_day"].to_numpy() - come),
        "joined_in_year": pa.array(joined.astype(np.int32), mask=~inside),
    }


def _next_until(rolls: pa.Table, pupil: Array, term_no: Array, at: Array) -> pa.Array:
    """The last day on any roll of the term after each subject's."""
    width = np.int64(pupil.max(initial=0) + 1)
    until = np.full((term_no.max(initial=0) + 2) * width, LONG_AGO)
    np.maximum.at(until, term_no * width + pupil, _dates(rolls["leaving_date"], FAR))
    found = until[(term_no[at] + 1) * width + pupil[at]].astype(np.int32)
    return pa.array(found, mask=found == LONG_AGO).cast(pa.date32())


def _year_groups(years: pa.ChunkedArray) -> pa.Array:
    index, names = coded(years)
    numbers = [0 if name == "R" else int(name) if name.isdigit() else None for name in names.to_pylist()]
    return pa.array(numbers, pa.int32()).take(pa.array(index))


def _dates(column: pa.ChunkedArray, missing: int) -> Array:
    """Days since 1970."""
    numbers: Array = column.cast(pa.int32()).fill_null(missing).to_numpy()
    return numbers


def _in_order(column: pa.ChunkedArray) -> tuple[Array, list[str]]:
    """(each text's place in order, the texts in order); a missing one comes last."""
    index, names = coded(column)
    texts = names.to_pylist()
    order = sorted(range(len(texts)), key=lambda n: (not texts[n], texts[n]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return (rank[index] if len(index) else np.empty(0, np.int64)), [texts[n] for n in order]
