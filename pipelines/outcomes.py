"""What is predicted: a suspension or permanent exclusion that starts in the next term, and any break.

A label closes fifteen school days after its window. Until then, and for a pupil of whom too little was seen,
it is unknown, which is not the same as no.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts import calendar
from data_contracts.errors import Refused
from pipelines.indicators import days
from pipelines.lake import LakeFile, LakeView

CLOSES_AFTER = 15
LEAST_SEEN = 0.75
EXAM_YEAR = 11

OUTCOMES = f"""
    WITH framed AS (
        SELECT s.subject, s.pupil, w.first_day, w.last_day,
               CASE WHEN s.next_until IS NOT NULL THEN least(s.next_until, w.last_day) END AS seen_to,
               w.closes, w.window_days, w.mid_year, coalesce(l.closed, FALSE) AS closed
        FROM subject s
        JOIN windows w ON w.term = s.term AND w.exam_year = coalesce(s.nc_year = {EXAM_YEAR}, FALSE)
        LEFT JOIN labels l ON l.term = s.term AND l.school = s.school
    ), dated AS (
        SELECT f.subject, x.category, row_number() OVER (
                   PARTITION BY f.subject, x.start_date, coalesce(x.start_session, 'AM')
                   ORDER BY CASE WHEN x.status_on <= f.closes THEN x.status_on END DESC NULLS LAST,
                            x.term_no DESC, x.category, x.status, x.school) AS place,
               coalesce(x.status IN ('cancelled', 'overturned') AND x.status_on <= f.closes, FALSE) AS undone
        FROM framed f
        JOIN suspensions x ON x.pupil = f.pupil AND x.category <> 'LNCH'
             AND x.start_date BETWEEN f.first_day AND f.last_day AND x.known_on <= f.closes
    ), happened AS (
        SELECT subject, count(*) > 0 AS yes FROM dated WHERE place = 1 AND NOT undone GROUP BY subject
    ), seen AS (
        SELECT f.*, coalesce(h.yes, FALSE) AS yes, f.seen_to IS NOT NULL AS came_back,
               greatest(coalesce(e.school_day, 0) - b.school_day + 1, 0) AS days_seen
        FROM framed f
        LEFT JOIN happened h ON h.subject = f.subject
        LEFT JOIN days e ON e.day = f.seen_to
        JOIN days b ON b.day = f.first_day
    )
    SELECT subject, window_days,
           CASE WHEN NOT closed THEN NULL WHEN yes THEN 1
                WHEN days_seen >= {LEAST_SEEN} * window_days THEN 0 END AS outcome,
           CASE WHEN NOT closed THEN NULL WHEN yes THEN 1 WHEN days_seen >= window_days THEN 0
                WHEN came_back OR mid_year THEN 1 END AS any_break,
           closed AND NOT yes AND days_seen < {LEAST_SEEN} * window_days AS censored
    FROM seen
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


def window_table(terms: Iterable[str]) -> pa.Table:
    """Windows by term and exam year: first_day, last_day, closes, window_days (school days), mid_year."""
    rows = []
    for term in terms:
        following = next_term(term)
        for exam_year in (False, True) if following else ():
            first, last, closes = window(term, exam_year=exam_year)
            length = len(calendar.school_days(first, last))
            mid_year = following is not None and following.season != "autumn"
            rows.append((term, exam_year, first, last, closes, length, mid_year))
    kinds = [pa.string(), pa.bool_(), pa.date32(), pa.date32(), pa.date32(), pa.int32(), pa.bool_()]
    names = ["term", "exam_year", "first_day", "last_day", "closes", "window_days", "mid_year"]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(c, kind) for name, c, kind in zip(names, columns, kinds, strict=True)})


def label_table(view: LakeView, terms: Iterable[str]) -> pa.Table:
    """Which labels are closed: school, term, closed.

    A label is closed once the school's suspensions of the predicted term are in the lake and some load of
    that or a later term came on or after the closing day.
    """
    loads: dict[str, list[LakeFile]] = {file.school: [] for file in view.files}
    for file in view.files:
        if file.table == "suspensions":
            loads[file.school].append(file)
    wanted = list(terms)
    rows = [(school, term, _closed(loads[school], term)) for school in sorted(loads) for term in wanted]
    return pa.table(
        {
            "school": pa.array([row[0] for row in rows], pa.string()),
            "term": pa.array([row[1] for row in rows], pa.string()),
            "closed": pa.array([row[2] for row in rows], pa.bool_()),
        }
    )


def _closed(files: Iterable[LakeFile], term: str) -> bool:
    """Whether one school's files of suspensions close a term's labels."""
    following = next_term(term)
    if following is None:
        return False
    loads = [file for file in files if days.term_no(file.term) > days.term_no(term)]
    closes = window(term, exam_year=False)[2]
    return any(f.term == following.id for f in loads) and max(f.first_loaded for f in loads) >= closes
