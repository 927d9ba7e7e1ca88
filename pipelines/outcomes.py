"""The outcomes: a suspension or permanent exclusion that starts in the next term, and any break.

A label closes fifteen school days after its window. Until then, and for a pupil of whom too little was seen,
it is unknown, which is not the same as no.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data_contracts import calendar
from data_contracts.errors import Refused
from pipelines.indicators import days
from pipelines.indicators.marks import coded
from pipelines.indicators.source import NEVER, Source

Array = npt.NDArray[Any]
CLOSES_AFTER = 15
LEAST_SEEN = 0.75
EXAM_YEAR = 11

OUTCOMES = f"""
    s.window_days,
    CASE WHEN NOT s.closed THEN NULL WHEN o.subject IS NOT NULL THEN 1
         WHEN s.days_seen >= {LEAST_SEEN} * s.window_days THEN 0 END AS outcome,
    CASE WHEN NOT s.closed THEN NULL WHEN o.subject IS NOT NULL THEN 1
         WHEN s.days_seen >= s.window_days THEN 0
         WHEN s.next_until IS NOT NULL OR s.mid_year THEN 1 END AS any_break,
    s.closed AND o.subject IS NULL AND s.days_seen < {LEAST_SEEN} * s.window_days AS censored
"""
"""What became of each subject `s`, with `o` from HAPPENED."""

HAPPENED = """
    SELECT DISTINCT subject FROM (
        SELECT s.subject, row_number() OVER (
                   PARTITION BY s.subject, x.start_date, coalesce(x.start_session, 'AM')
                   ORDER BY CASE WHEN x.status_on <= s.closes THEN x.status_on END DESC NULLS LAST,
                            x.term_no DESC, x.category, x.status, x.school) AS place,
               coalesce(x.status IN ('cancelled', 'overturned') AND x.status_on <= s.closes, FALSE) AS undone
        FROM subject s
        JOIN suspensions x ON x.pupil = s.pupil AND x.category <> 'LNCH'
             AND x.start_date BETWEEN s.first_day AND s.last_day AND x.known_on <= s.closes
    ) WHERE place = 1 AND NOT undone
"""
LOST = ("suspended_marks_term", "part_time_term", "elsewhere_term")


def with_further(matrix: pd.DataFrame, least_sessions: int) -> pd.DataFrame:
    """The matrix with two further outcomes beside `outcome` and `any_break`.

    `first_in_year`: the outcome of pupils not suspended in the last year, unknown for the others.
    `lost_sessions`: whether at least that many sessions of the next term, up to its as-of date, were lost by a
    decision of the school (suspended, on a part-time timetable, taught elsewhere); unknown where no later row
    of the pupil is held. `sessions_lost` is their number.
    """
    earlier = matrix["suspended_last_year"].astype(bool)
    lost = sessions_lost(matrix)
    return matrix.assign(
        first_in_year=matrix["outcome"].where(~earlier),
        sessions_lost=lost,
        lost_sessions=(lost >= least_sessions).astype(float).where(lost.notna()),
    )


def sessions_lost(matrix: pd.DataFrame) -> "pd.Series[float]":
    """Sessions of the next term lost by the school's decision, by row; NaN where no next row is held."""
    held = [name for name in LOST if name in matrix]
    if not held:
        return pd.Series(np.nan, index=matrix.index)
    here = matrix["term"].map({term: days.term_no(term) for term in matrix["term"].unique()})
    keys = ["pupil_id", "_no"]
    later = matrix.assign(_no=here - 1, _lost=matrix[held].sum(axis=1, min_count=1).astype(float))
    later = later.groupby(keys)[["_lost"]].max().reset_index()
    found = matrix[["pupil_id"]].assign(_no=here).merge(later, on=keys, how="left")
    return pd.Series(found["_lost"].to_numpy(), index=matrix.index)


def next_term(term: str) -> calendar.Term | None:
    """The term whose events are predicted; None at the end of the calendar."""
    try:
        return calendar.next_term(term)
    except Refused:
        return None


@lru_cache(maxsize=256)
def window(term: str, *, exam_year: bool) -> tuple[date, date, date]:
    """(first day, last day, day the label closes) of the window predicted from a term.

    For Year 11 a summer window ends at study leave, taken to begin with the second half-term.
    """
    following = calendar.next_term(term)
    end = following.half_terms[0][1] if exam_year and following.season == "summer" else following.end
    open_days = calendar.school_days(following.start, end)
    return open_days[0], open_days[-1], _closes(open_days[-1])


def _closes(last: date) -> date:
    try:
        return calendar.add_school_days(last, CLOSES_AFTER)
    except Refused:
        return days.FAR


def window_columns(source: Source, subject: pa.Table) -> dict[str, pa.Array]:
    """Columns of each subject's outcome window: first_day, last_day, closes, window_days (school days),
    mid_year (all missing at the end of the calendar), closed, and days_seen, the school days on a roll in it."""
    (term, terms), (school, schools) = (coded(subject[name]) for name in ("term", "school"))
    exam_year = subject["nc_year"].fill_null(0).to_numpy() == EXAM_YEAR
    table = window_table(terms.to_pylist()).take(pa.array(2 * term + exam_year))
    closed = labels_closed(source, schools.to_pylist(), terms.to_pylist())[school, term]
    first, last = (table[name].cast(pa.int32()).fill_null(0).to_numpy() for name in ("first_day", "last_day"))
    until = np.minimum(subject["next_until"].cast(pa.int32()).fill_null(0).to_numpy(), last)
    seen = np.maximum(_school_days(until) - _school_days(first) + 1, 0)
    columns = {name: table[name] for name in table.column_names}
    return columns | {"closed": pa.array(closed), "days_seen": pa.array(seen)}


def _school_days(day: Array) -> Array:
    """Number of school days up to and including each day (days since 1970); none before the calendar."""
    counted = days.day_arrays().school_day
    place = day - days.day_number(days.FIRST_DAY)
    return np.where((place >= 0) & (place < len(counted)), counted[np.clip(place, 0, len(counted) - 1)], 0)


def window_table(terms: Sequence[str]) -> pa.Table:
    """The windows of each term, other years before the exam year; blank at the end of the calendar."""
    rows: list[tuple[Any, ...]] = []
    for term in terms:
        following = next_term(term)
        for exam_year in (False, True):
            if following is None:
                rows.append((None,) * 5)
                continue
            first, last, closes = window(term, exam_year=exam_year)
            length = len(calendar.school_days(first, last))
            rows.append((first, last, closes, length, following.season != "autumn"))
    kinds = [pa.date32(), pa.date32(), pa.date32(), pa.int32(), pa.bool_()]
    names = ["first_day", "last_day", "closes", "window_days", "mid_year"]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(c, kind) for name, c, kind in zip(names, columns, kinds, strict=True)})


def labels_closed(source: Source, schools: Sequence[str], terms: Sequence[str]) -> Array:
    """True for labels that are closed, by school and term.

    A label is closed once the school's suspensions of the predicted term are in the lake and some load of
    that or a later term came on or after the closing day.
    """
    loaded = source.suspensions_loaded[source.places(schools)]
    since = np.maximum.accumulate(loaded[:, ::-1], axis=1)[:, ::-1]  # and of that or any later term
    closed = np.zeros((len(schools), len(terms)), bool)
    for column, term in enumerate(terms):
        if next_term(term) is not None:
            following = days.term_no(term) + 1
            closes = days.day_number(window(term, exam_year=False)[2])
            closed[:, column] = (loaded[:, following] > NEVER) & (since[:, following] >= closes)
    return closed
