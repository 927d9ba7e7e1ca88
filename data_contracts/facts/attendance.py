"""Facts about marks. Each gives True where the row is fine."""

import numpy as np
import pandas as pd

from data_contracts.calendar import calendar_frame
from data_contracts.codes import attendance_codes
from data_contracts.facts.shared import CLOSED_CODES, Asked, Fact, fine

_DAYS_ALLOWED_AFTER = 7  # a permanent exclusion's marks run to the fifth school day


def code_valid_on_date(asked: Asked) -> np.ndarray:
    """The code was in use that day; codes nobody knows are for another rule."""
    frame = asked.frame
    codes = attendance_codes().set_index("code")
    places, distinct = pd.factorize(frame["code"])
    known = codes.reindex(distinct)
    start = np.append(known["valid_from"].to_numpy(), np.datetime64("NaT"))[places]
    end = np.append(known["valid_to"].to_numpy(), np.datetime64("NaT"))[places]
    dates = frame["date"].to_numpy()
    return ~((dates < start) | (dates > end))


def school_day(asked: Asked) -> np.ndarray:
    """On a school day of the usual calendar; marks that say closed or missing need none."""
    frame = asked.frame
    open_days = calendar_frame()["date"].to_numpy()
    places, distinct = pd.factorize(frame["date"])
    is_open = np.append(np.isin(np.asarray(distinct, dtype="datetime64[us]"), open_days), True)[places]
    return is_open | frame["code"].isin((*CLOSED_CODES, "-")).to_numpy()


def _session_keys(frame: pd.DataFrame) -> np.ndarray:
    """One number per pupil and session; -1 where either is not known."""
    pupils, _ = pd.factorize(frame["upn"])
    days = frame["date"].to_numpy().astype("datetime64[D]").astype("int64")
    afternoon = (frame["session"] == "PM").to_numpy(dtype=bool)
    keys = (pupils.astype("int64") << 32) | ((days & 0x3FFFFFFF) << 1) | afternoon
    missing = (pupils < 0) | frame["date"].isna().to_numpy() | ~frame["session"].isin(("AM", "PM")).to_numpy()
    return np.where(missing, -1, keys)


def session_unique(asked: Asked) -> np.ndarray:
    """Of marks that repeat each other the first is fine; where they differ none is."""
    frame = asked.frame
    keys = pd.Series(_session_keys(frame))
    repeated = keys.duplicated(keep=False) & (keys >= 0)
    right = ~(keys.duplicated() & (keys >= 0)).to_numpy()
    if repeated.any():
        differing = frame["code"][repeated].groupby(keys[repeated]).transform("nunique") > 1
        right[differing.index[differing].to_numpy()] = False
    return right


def suspended_marks_explained(asked: Asked) -> np.ndarray:
    """Every E lies inside a suspension of that pupil (a day either side for starts in mid-session)."""
    frame, context = asked.frame, asked.context
    suspensions = context.tables.get("suspensions")
    marks = frame.loc[frame["code"] == "E", ["upn", "date"]]
    right = fine(frame)
    if suspensions is None or marks.empty:
        return right
    length = pd.to_timedelta(
        suspensions["sessions"].fillna(10).clip(upper=90) * 0.7 + _DAYS_ALLOWED_AFTER, "D"
    )
    spans = pd.DataFrame({
        "upn": suspensions["upn"],
        "first": suspensions["start_date"] - pd.Timedelta(days=1),
        "last": suspensions["end_date"].fillna(suspensions["start_date"] + length) + pd.Timedelta(days=1),
    })  # fmt: skip
    pairs = marks.reset_index().merge(spans.dropna(subset="upn"), on="upn")
    covered = pairs.loc[(pairs["date"] >= pairs["first"]) & (pairs["date"] <= pairs["last"]), "index"]
    right[marks.index[~marks.index.isin(covered)].to_numpy()] = False
    return right


FACTS: dict[str, Fact] = {
    "code_valid_on_date": code_valid_on_date,
    "school_day": school_day,
    "session_unique": session_unique,
    "suspended_marks_explained": suspended_marks_explained,
}
