"""Facts about sessions counted per code. Each gives True where the row is fine."""

import numpy as np

from data_contracts.codes import attendance_codes
from data_contracts.facts.shared import Asked, Fact, in_order, on_or_before

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


FACTS: dict[str, Fact] = {
    "period_in_order": period_in_order,
    "period_not_future": period_not_future,
    "code_valid_in_period": code_valid_in_period,
    "sessions_whole": sessions_whole,
    "sessions_add_up": sessions_add_up,
}
