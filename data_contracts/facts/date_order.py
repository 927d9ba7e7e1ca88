"""Whether a file's dates were written month first, though each of them could be a day first."""

from datetime import date

import numpy as np
import pandas as pd

from data_contracts.calendar import TERMS, Term, calendar_frame
from data_contracts.facts.shared import Asked, Fact, fine

_LAST_OF_BOTH = 12  # a day up to the twelfth could be a month
_FEW, _FEW_FIT, _MOST_FIT = 2, 0.5, 0.9
_SEVERAL, _FIT, _CLEARLY = 4, 0.8, 0.25
_ENOUGH_FOR_A_TERM = 6


def _fitting(days: np.ndarray, term: Term | None, today: date) -> float:
    """How many of `days` (datetime64[D]) are school days, up to today, of the term where one is known;
    outside the calendar any weekday may be a school day."""
    calendar = calendar_frame()["date"].to_numpy().astype("datetime64[D]")
    inside = (days >= calendar[0]) & (days <= calendar[-1])
    right = np.where(inside, np.isin(days, calendar), (days.view("int64") + 3) % 7 < 5)
    right &= days <= np.datetime64(today)
    if term is not None:
        right &= (days >= np.datetime64(term.start)) & (days <= np.datetime64(term.end))
    return float(right.mean())


def _one_term(days: np.ndarray) -> Term | None:
    """The term in which all of `days` lie, None where there is none or they are few."""
    if len(days) < _ENOUGH_FOR_A_TERM:
        return None
    first, last = days.min(), days.max()
    return next((t for t in TERMS if np.datetime64(t.start) <= first and last <= np.datetime64(t.end)), None)


def month_first(dates: pd.Series, term: Term | None, today: date) -> bool:
    """Whether the dates make sense only with day and month exchanged: read as they stand clearly more of them
    are outside the term, in the future, at weekends or in holidays."""
    days = pd.DatetimeIndex(dates.dropna().unique())
    if len(days) < _FEW or (days.day > _LAST_OF_BOTH).any():
        return False
    stand = days.to_numpy().astype("datetime64[D]")
    exchanged = np.array([f"{d.year:04d}-{d.day:02d}-{d.month:02d}" for d in days], dtype="datetime64[D]")
    if _one_term(stand) is None:
        term = term or _one_term(exchanged)
    now, then = _fitting(stand, term, today), _fitting(exchanged, term, today)
    if now <= _FEW_FIT and then >= _MOST_FIT:
        return True
    return len(days) >= _SEVERAL and then >= _FIT and now <= then - _CLEARLY


def dates_day_first(asked: Asked) -> np.ndarray:
    """False for every row of a file whose dates were written month first."""
    frame, context = asked.frame, asked.context
    dates = frame[str(asked.column)]
    if "_file" not in frame:
        turned = month_first(dates, context.term, context.today)
        return ~fine(frame) if turned else fine(frame)
    files = {
        file
        for file, group in dates.groupby(frame["_file"], observed=True)
        if month_first(group, context.term, context.today)
    }
    return ~frame["_file"].isin(files).to_numpy()


FACTS: dict[str, Fact] = {"dates_day_first": dates_day_first}
