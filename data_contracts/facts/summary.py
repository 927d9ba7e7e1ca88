"""Facts about sessions counted per code. Each gives True where the row is fine."""

import numpy as np
import pandas as pd

from data_contracts.calendar import TERMS, calendar_frame
from data_contracts.codes import attendance_codes
from data_contracts.facts.shared import Asked, Fact, fine, in_order, on_or_before

_POSSIBLE = {"present", "late", "approved_activity", "authorised", "unauthorised", "suspended", "part_time"}
_HERE = {"present", "late", "approved_activity"}
_KEYS = ["upn", "period_start", "period_end"]


def period_in_order(asked: Asked) -> np.ndarray:
    return in_order(asked.frame["period_start"], asked.frame["period_end"])


def period_not_future(asked: Asked) -> np.ndarray:
    return on_or_before(asked.frame["period_start"], asked.context.today)


def code_valid_in_period(asked: Asked) -> np.ndarray:
    """The code was in use on at least one day of the period."""
    frame = asked.frame
    codes = attendance_codes().set_index("code").reindex(frame["code"])
    ended = codes["valid_to"].to_numpy() < frame["period_start"].to_numpy()
    not_begun = codes["valid_from"].to_numpy() > frame["period_end"].to_numpy()
    return ~(ended | not_begun)


def sessions_whole(asked: Asked) -> np.ndarray:
    return (asked.frame["sessions"].isna() | (asked.frame["sessions"] % 1 == 0)).to_numpy(dtype=bool)


def sessions_add_up(asked: Asked) -> np.ndarray:
    """Counts of possible sessions come to the stated possible ones. Where only absences are counted
    (census returns to 2019/20) they may come to less; 'present' may already hold late and off-site."""
    frame = asked.frame
    counted = frame["sessions"].where(frame["category"].isin(_POSSIBLE), 0).fillna(0)
    extra = frame["sessions"].where(frame["category"].isin(_HERE - {"present"}), 0).fillna(0)
    groups = [frame[name] for name in _KEYS]
    total = counted.groupby(groups, dropna=False).transform("sum")
    total_extra = extra.groupby(groups, dropna=False).transform("sum")
    here = frame["category"].eq("present").groupby(groups, dropna=False).transform("any")
    by_code = frame["code"].notna()
    exact = (total == frame["possible"]) | (~by_code & (total - total_extra == frame["possible"]))
    fits = exact.where(here, total <= frame["possible"])
    said_before = frame.duplicated(_KEYS)  # one problem for each pupil and period is enough
    return (frame["possible"].isna() | frame["upn"].isna() | fits | said_before).to_numpy(dtype=bool)


_CLOSED = ("administrative", "missing")
_OWN_DAYS = 5  # a school's own days that differ from the usual calendar's


def _most_sessions(frame: pd.DataFrame) -> pd.Series:
    """The most sessions a row's period can hold: two for every weekday; where the period is the term itself, two
    for every school day and a few more. Of a return nothing is said: its period is worked out, not given."""
    start, end = frame["period_start"], frame["period_end"]
    known = (start.notna() & end.notna()).to_numpy()
    first = start.where(known, _ANY_DAY).to_numpy().astype("datetime64[D]")
    after = end.where(known, _ANY_DAY).to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
    most = pd.Series(2.0 * np.busday_count(first, after), index=frame.index)
    if "_of_term" in frame:
        days = calendar_frame()["date"].to_numpy().astype("datetime64[D]")
        school = np.searchsorted(days, after) - np.searchsorted(days, first)
        most = most.mask(frame["_of_term"].fillna(False).astype(bool), 2.0 * (school + _OWN_DAYS))
    if "_of_return" in frame:
        known = known & frame["_of_return"].isna().to_numpy()
    return most.where(known)


_ANY_DAY = pd.Timestamp("2000-01-03")


def totals_fit_period(asked: Asked) -> np.ndarray:
    """No more sessions than the period holds: totals of a year that were sent for one term."""
    frame = asked.frame
    counted = frame["sessions"].where(frame["code"].notna() & ~frame["category"].isin(_CLOSED), 0).fillna(0)
    total = counted.groupby([frame[name] for name in _KEYS], dropna=False).transform("sum")
    most = pd.concat([total, frame["sessions"], frame["possible"]], axis=1).max(axis=1)
    most = most.where(frame["upn"].notna(), frame["sessions"])
    return ~(most > _most_sessions(frame)).to_numpy(dtype=bool)


def period_inside_term(asked: Asked) -> np.ndarray:
    """The period does not reach into another term than the one the files are for."""
    frame, term = asked.frame, asked.context.term
    if term is None:
        return fine(frame)
    before = [t.end for t in TERMS if t.end < term.start]
    after = [t.start for t in TERMS if t.start > term.end]
    early = frame["period_start"] <= pd.Timestamp(before[-1]) if before else pd.Series(False, frame.index)
    late = frame["period_end"] >= pd.Timestamp(after[0]) if after else pd.Series(False, frame.index)
    return ~(early | late).to_numpy(dtype=bool)


FACTS: dict[str, Fact] = {
    "period_in_order": period_in_order,
    "period_not_future": period_not_future,
    "code_valid_in_period": code_valid_in_period,
    "sessions_whole": sessions_whole,
    "sessions_add_up": sessions_add_up,
    "totals_fit_period": totals_fit_period,
    "period_inside_term": period_inside_term,
}
