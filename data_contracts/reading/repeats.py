"""Rows that tell of one event twice, where no incident number tells them apart: each event is counted once."""

import pandas as pd

_GRAVEST = ("suspension", "internal_suspension", "removal", "detention", "contact_home", "other", "none")
_BESIDE = frozenset({"action", "recorded_on"})  # what may differ between two rows of one event
_WHOM = ("upn", "admission_number", "mis_id", "surname", "forename", "full_name")


def once_each(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """(each event once, lines of the rows that told of one again).

    Two rows are one event where all but what was done about it is the same: reports with several actions repeat
    the incident. The first row stays, with the gravest of its actions and the earliest day it was recorded.
    """
    told = [str(name) for name in frame if not str(name).startswith("_") and name not in _BESIDE]
    if not {"date", "local_type"} <= set(told) or not set(_WHOM) & set(told):
        return frame, []
    numbered = frame["incident_id"].notna() if "incident_id" in frame else pd.Series(False, index=frame.index)
    somebody = frame[[name for name in _WHOM if name in frame]].notna().any(axis=1)
    certain = ~numbered & somebody & frame["date"].notna() & frame["local_type"].notna()
    by_whom = _written_by(frame)
    again = frame.assign(_by_whom=by_whom).duplicated([*told, "_by_whom"]) & certain
    if not again.any():
        return frame, []
    events = frame.assign(_by_whom=by_whom).groupby([*told, "_by_whom"], dropna=False, sort=False)
    if "action" in frame:
        rank = frame["action"].map({action: place for place, action in enumerate(_GRAVEST)})
        gravest = rank.groupby(events.ngroup()).transform("min")
        frame = frame.assign(
            action=frame["action"].where(gravest.isna() | ~certain, gravest.map(dict(enumerate(_GRAVEST))))
        )
    if "recorded_on" in frame:
        earliest = frame["recorded_on"].groupby(events.ngroup()).transform("min")
        frame = frame.assign(recorded_on=frame["recorded_on"].where(~certain, earliest))
    lines = [int(line) for line in frame.loc[again, "_line"]]
    return frame[~again].reset_index(drop=True), lines


def _written_by(frame: pd.DataFrame) -> pd.Series:
    """Who recorded a row, where no time is given: two colleagues then recorded two incidents. In the same minute
    they recorded one."""
    if "_recorder" not in frame:
        return pd.Series(-1, index=frame.index)
    timed = frame["time"].notna() if "time" in frame else pd.Series(False, index=frame.index)
    return frame["_recorder"].where(~timed, -1)


def once_across(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """(rows of several files with each event once, (file, line) of those that another file tells already).

    Reports of overlapping dates tell the days they share twice. `frame` has its pupils resolved.
    """
    if frame["_file"].nunique() < 2:
        return frame, []
    skipped = {*_BESIDE, *_WHOM} - {"upn"} | {"dob"}
    told = [str(name) for name in frame if not str(name).startswith("_") and str(name) not in skipped]
    certain = frame["incident_id"].isna() & frame["upn"].notna() & frame["date"].notna()
    file = frame["_file"].astype("str")
    first = file.groupby([frame[name] for name in told], dropna=False, sort=False).transform("first")
    again = certain & (first != file)
    if not again.any():
        return frame, []
    places = [
        (str(name), int(line)) for name, line in zip(file[again], frame.loc[again, "_line"], strict=True)
    ]
    return frame[~again].reset_index(drop=True), places
