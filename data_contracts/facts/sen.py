"""Facts about SEN statuses and needs. Each gives True where the row is fine."""

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.facts.shared import Asked, Fact, fine


def provision_or_need(asked: Asked) -> np.ndarray:
    return (asked.frame["provision"].notna() | asked.frame["need_type"].notna()).to_numpy(dtype=bool)


def provision_valid_on_date(asked: Asked) -> np.ndarray:
    """K and E began in September 2014."""
    frame = asked.frame
    known = code_set("sen_provisions").frame().set_index("code").reindex(frame["provision"])
    return ~(frame["start_date"].to_numpy() < known["valid_from"].to_numpy())


def need_fits_provision(asked: Asked) -> np.ndarray:
    return ~(asked.frame["need_type"].eq("NSA") & asked.frame["provision"].isin(("E", "N"))).to_numpy(
        dtype=bool
    )


def start_present(asked: Asked) -> np.ndarray:
    """A status needs a start; so does a need, unless it stands beside its status (the census gives no dates)."""
    frame = asked.frame
    unreadable = frame.get("_unreadable_start_date", pd.Series(False, index=frame.index))
    return (frame["start_date"].notna() | unreadable.fillna(False).astype(bool)).to_numpy(dtype=bool)


def sen_periods_apart(asked: Asked) -> np.ndarray:
    """Different statuses of a pupil follow each other; several needs under one status may overlap."""
    frame = asked.frame
    right = fine(frame)
    spans = frame.dropna(subset=["upn", "provision", "start_date"])[
        ["upn", "provision", "start_date", "end_date"]
    ]
    spans = spans.assign(end=spans["end_date"].fillna(pd.Timestamp("2099-12-31"))).reset_index()
    shared = spans.groupby("upn")["provision"].transform("nunique") > 1
    pairs = spans[shared].merge(spans[shared], on="upn")
    clash = pairs[
        (pairs["provision_x"] != pairs["provision_y"])
        & (pairs["start_date_x"] < pairs["end_y"])
        & (pairs["start_date_y"] < pairs["end_x"])
    ]
    right[clash["index_x"].unique()] = False
    return right


FACTS: dict[str, Fact] = {
    "provision_or_need": provision_or_need,
    "provision_valid_on_date": provision_valid_on_date,
    "need_fits_provision": need_fits_provision,
    "start_present": start_present,
    "sen_periods_apart": sen_periods_apart,
}
