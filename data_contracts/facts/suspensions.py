"""Facts about suspensions and permanent exclusions. Each gives True where the row is fine."""

import numpy as np
import pandas as pd

from data_contracts.calendar import calendar_frame
from data_contracts.codes import code_set
from data_contracts.facts.shared import Asked, Fact, fine, first_of_each

YEAR_CAP = 90  # sessions: 45 school days
MARKED_SESSIONS = 10  # from the sixth day on other provision is due, and the mark changes
_STANDING = ("issued", "overturned")


def reason_given(asked: Asked) -> np.ndarray:
    return asked.frame[["reason1", "reason2", "reason3"]].notna().any(axis=1).to_numpy()


def reason_valid_on_date(asked: Asked) -> np.ndarray:
    """Each reason was in use that day; reasons nobody knows are for another rule."""
    frame = asked.frame
    reasons = code_set("exclusion_reasons").frame().set_index("code")
    right = fine(frame)
    dates = frame["start_date"].to_numpy()
    for name in ("reason1", "reason2", "reason3"):
        known = reasons.reindex(frame[name])
        right &= ~((dates < known["valid_from"].to_numpy()) | (dates > known["valid_to"].to_numpy()))
    return right


def sessions_above_zero(asked: Asked) -> np.ndarray:
    """A permanent exclusion has no length; a cancelled suspension may have none."""
    frame = asked.frame
    free = frame["category"].ne("SUSP") | frame["status"].eq("cancelled")
    return (
        (frame["sessions"] > 0) | (free & (frame["sessions"].isna() | (frame["sessions"] >= 0)))
    ).to_numpy(dtype=bool)


def sessions_below_cap(asked: Asked) -> np.ndarray:
    return ~((asked.frame["sessions"] > YEAR_CAP) & asked.frame["category"].ne("PERM")).to_numpy(dtype=bool)


def _school_year(dates: pd.Series) -> pd.Series:
    return dates.dt.year - (dates.dt.month < 9).astype(int)


def year_below_cap(asked: Asked) -> np.ndarray:
    """All suspensions of the pupil in the school year together."""
    frame = asked.frame
    counted = frame["sessions"].where(frame["category"].eq("SUSP") & frame["status"].ne("cancelled"), 0)
    total = counted.fillna(0).groupby([frame["upn"], _school_year(frame["start_date"])]).transform("sum")
    return ~((total > YEAR_CAP) & (counted > 0)).to_numpy(dtype=bool)


def length_fits_dates(asked: Asked) -> np.ndarray:
    """Two sessions for every school day from the first to the last, less at most one at either end."""
    frame = asked.frame
    days = calendar_frame()["date"].to_numpy()
    first = np.searchsorted(days, frame["start_date"].to_numpy(), side="left")
    last = np.searchsorted(days, frame["end_date"].to_numpy(), side="right")
    most = 2 * (last - first)
    sessions = frame["sessions"]
    fits = (sessions <= most) & (sessions >= most - 2)
    outside = (frame["start_date"] < days[0]) | (frame["end_date"] > days[-1])
    unknown = frame["end_date"].isna() | frame["start_date"].isna() | sessions.isna()
    skip = unknown | outside | frame["category"].ne("SUSP")
    return (skip | fits).to_numpy(dtype=bool)


def suspension_once(asked: Asked) -> np.ndarray:
    """Overlapping census returns hold a suspension twice; the first stands."""
    frame = asked.frame
    day = ["upn", "category", "start_date"]
    same_session = first_of_each(frame, [*day, "start_session"])
    unsure = frame["start_session"].isna().groupby([frame[name] for name in day]).transform("any")
    repeated = ~same_session | (~first_of_each(frame, day) & unsure.fillna(False).to_numpy(dtype=bool))
    return ~repeated | frame["start_date"].isna().to_numpy()


def suspensions_apart(asked: Asked) -> np.ndarray:
    """Suspensions of a pupil do not overlap (one that ends in the morning may be followed that afternoon)."""
    frame = asked.frame
    right = fine(frame)
    spans = frame[frame["category"].eq("SUSP") & frame["status"].isin(_STANDING)]
    spans = spans.dropna(subset=["upn", "start_date", "end_date"]).sort_values(["upn", "start_date"])
    same = spans["upn"].eq(spans["upn"].shift())
    overlap = same & (spans["start_date"] < spans["end_date"].shift())
    right[spans.index[overlap & ~spans.duplicated(["upn", "start_date"])].to_numpy()] = False
    return right


def _expected_marks(row: pd.Series, marks: pd.DataFrame) -> tuple[int, int]:
    """(sessions that should be marked E, those that are), over the marks this pupil has from the start on."""
    after = marks[(marks["date"] > row["start_date"]) | (
        (marks["date"] == row["start_date"]) & ((marks["session"] == "PM") | (row["start_session"] != "PM"))
    )]  # fmt: skip
    lasts = MARKED_SESSIONS if pd.isna(row["sessions"]) else min(MARKED_SESSIONS, int(row["sessions"]))
    due = after.sort_values(["date", "session"]).head(lasts)
    return len(due), int(due["code"].eq("E").sum())


def marks_fit_suspension(asked: Asked) -> np.ndarray:
    """The register shows the suspension, give or take one session; other provision (B, D, K) counts too."""
    frame, context = asked.frame, asked.context
    marks = context.tables.get("attendance")
    right = fine(frame)
    if marks is None or not {"upn", "date", "session", "code"} <= set(marks):
        return right
    standing = frame["category"].isin(("SUSP", "PERM")) & frame["status"].isin(_STANDING)
    looked_at = frame[standing & frame["upn"].notna() & frame["start_date"].notna()]
    marks = marks[marks["upn"].isin(set(looked_at["upn"])) & ~marks["code"].isin(("#", "-", "Z"))]
    marks = marks.assign(code=marks["code"].replace({"B": "E", "D": "E", "K": "E"}))
    by_pupil = dict(iter(marks.groupby("upn")))
    for place, row in looked_at.iterrows():
        if row["upn"] in by_pupil:
            due, marked = _expected_marks(row, by_pupil[row["upn"]])
            right[int(str(place))] = marked >= due - 1
    return right


FACTS: dict[str, Fact] = {
    "reason_given": reason_given,
    "reason_valid_on_date": reason_valid_on_date,
    "sessions_above_zero": sessions_above_zero,
    "sessions_below_cap": sessions_below_cap,
    "year_below_cap": year_below_cap,
    "length_fits_dates": length_fits_dates,
    "suspension_once": suspension_once,
    "suspensions_apart": suspensions_apart,
    "marks_fit_suspension": marks_fit_suspension,
}
