"""The day a row became known to the school: as recorded, else the event's date plus the contract's lag."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from data_contracts import calendar
from data_contracts.calendar import calendar_frame
from data_contracts.contract import load_contract


def add_school_days(dates: pd.Series, count: int) -> pd.Series:
    """`count` school days after each date; a day in the holidays counts from the school day before it.

    Outside the calendar, seven days stand for five school days.
    """
    days = calendar_frame()["date"].to_numpy().astype("datetime64[us]")
    values = dates.to_numpy().astype("datetime64[us]")
    place = np.searchsorted(days, values, side="right") - 1 + count
    inside = (values >= days[0]) & (place < len(days))
    moved = np.where(
        inside,
        days[np.clip(place, 0, len(days) - 1)],
        values + np.timedelta64(-(-count * 7 // 5), "D"),
    )
    return pd.Series(np.where(np.isnat(values), values, moved), index=dates.index)


@cache
def usually_known(table: str, day: date) -> date:
    """When a row of this day is taken to have become known, where nobody recorded it."""
    return school_days_after(day, load_contract(table).known_on.lag_school_days)


@cache
def school_days_after(day: date, count: int) -> date:
    """`add_school_days` for one day."""
    first, last = calendar.TERMS[0].start, calendar.TERMS[-1].end
    if not count:
        return day
    if day >= calendar.school_days(first, last)[0] and len(calendar.school_days(day, last)) > count:
        return calendar.add_school_days(day, count)
    moved = add_school_days(pd.Series([pd.Timestamp(day)]), count)
    return date.fromordinal(pd.Timestamp(moved.iloc[0]).toordinal())


def with_known_on(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with `known_on` (datetime64) and `known_assumed` (bool), by the contract's declaration.

    A suspension whose status came later became known when it was recorded; its status has its own day.
    """
    rule = load_contract(table).known_on
    event = frame[rule.event]
    if rule.lag_school_days:
        event = add_school_days(event, rule.lag_school_days)
    if rule.recorded is None:
        return frame.assign(known_on=event, known_assumed=True)
    recorded = frame[rule.recorded]
    return frame.assign(known_on=recorded.fillna(event), known_assumed=recorded.isna())


def share_assumed(good: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, int]]:
    """table → {rows, assumed}: for how many rows the day they became known is assumed."""
    return {
        table: {"rows": len(frame), "assumed": int(with_known_on(table, frame)["known_assumed"].sum())}
        for table, frame in good.items()
        if table != "pupils" and len(frame)
    }
