"""Facts that several tables ask for. Each gives True where the row is fine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.context import Context


@dataclass(frozen=True)
class Asked:
    """The rows a fact is about, what else is known, and the column the rule names (if any)."""

    frame: pd.DataFrame
    context: Context
    column: str | None


Fact = Callable[[Asked], np.ndarray]
CLOSED_CODES = ("#", "Z")


def fine(frame: pd.DataFrame) -> np.ndarray:
    return np.ones(len(frame), dtype=bool)


def on_or_before(dates: pd.Series, day: date) -> np.ndarray:
    """True up to and including `day`; a missing date is for another rule."""
    return (dates.isna() | (dates <= pd.Timestamp(day))).to_numpy(dtype=bool)


def in_order(first: pd.Series, second: pd.Series) -> np.ndarray:
    """True where `second` is not before `first`, or either is missing."""
    return (first.isna() | second.isna() | (second >= first)).to_numpy(dtype=bool)


def first_of_each(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """True for the first of rows that agree in `columns`; rows without a pupil are for another rule."""
    return ~frame.duplicated(columns).to_numpy() | frame["upn"].isna().to_numpy()


def _expected_world(upns: pd.Series, context: Context) -> bool | None:
    if context.school is not None:
        return context.school.synthetic
    if context.roll is not None and len(context.roll):
        upns = context.roll["upn"].dropna()
    known = [text for text in upns.unique() if upn.has_form(text)]
    made_up = sum(upn.is_synthetic(text) for text in known)
    return made_up * 2 > len(known) if known else None


def upn_world(asked: Asked) -> np.ndarray:
    """Made-up pupil numbers only in made-up schools, and real ones only in real schools."""
    frame, context = asked.frame, asked.context
    places, distinct = pd.factorize(frame["upn"])
    expected = _expected_world(frame["upn"].dropna(), context)
    if expected is None:
        return fine(frame)
    right = [not upn.has_form(text) or upn.is_synthetic(text) == expected for text in distinct]
    return np.array([*right, True], dtype=bool)[places]


def pupil_said(asked: Asked) -> np.ndarray:
    """`_said` and its like are set by `data_contracts.resolving.resolve`."""
    return (asked.frame["_said"] | asked.frame["_grouped"]).to_numpy(dtype=bool)


def pupil_grouped(asked: Asked) -> np.ndarray:
    """Not one of the rows that a grouped report leaves without their pupil's name."""
    return ~asked.frame["_grouped"].to_numpy(dtype=bool)


def pupil_exists(asked: Asked) -> np.ndarray:
    """Somebody in the pupils extract fits; a row that names nobody is for another rule."""
    return (asked.frame["_found"] | ~asked.frame["_said"]).to_numpy(dtype=bool)


def pupil_certain(asked: Asked) -> np.ndarray:
    return asked.frame["_certain"].to_numpy(dtype=bool)


def pupil_ready(asked: Asked) -> np.ndarray:
    """The pupil's own row is good, so that this one has somewhere to go."""
    return asked.frame["_ready"].to_numpy(dtype=bool)


def _spans(roll: pd.DataFrame) -> list[pd.DataFrame]:
    """Times on roll by UPN: the first span of every pupil, then the second of those who came back …"""
    spans = roll[["upn", "entry_date", "leaving_date"]].dropna(subset="upn")
    turn = spans.groupby("upn").cumcount()
    return [spans[turn == n].set_index("upn") for n in range(int(turn.max()) + 1 if len(turn) else 0)]


def on_roll(asked: Asked) -> np.ndarray:
    """The row's date lies inside a time its pupil was on roll; closed days before joining don't count."""
    frame, context, column = asked.frame, asked.context, asked.column
    if context.roll is None or column is None:
        return fine(frame)
    dates = frame[column].to_numpy()
    places, distinct = pd.factorize(frame["upn"])
    inside = frame[column].isna().to_numpy() | ~(
        frame["_found"] & frame["_ready"] & frame["_certain"]
    ).to_numpy(dtype=bool)
    for span in _spans(context.roll):
        times = span.reindex(distinct)
        start = np.append(times["entry_date"].to_numpy(), np.datetime64("NaT"))[places]
        end = np.append(times["leaving_date"].to_numpy(), np.datetime64("NaT"))[places]
        inside |= (dates >= start) & (np.isnat(end) | (dates <= end))
    if "code" in frame:
        inside |= frame["code"].isin(CLOSED_CODES).to_numpy()
    return inside


def inside_term(asked: Asked) -> np.ndarray:
    """The date lies in the term the files are for (any, when no term was named); closed days don't count."""
    frame, context, column = asked.frame, asked.context, asked.column
    if context.term is None or column is None:
        return fine(frame)
    start, end = pd.Timestamp(context.term.start), pd.Timestamp(context.term.end)
    dates = frame[column]
    inside = (dates.isna() | dates.between(start, end)).to_numpy(dtype=bool)
    return inside | frame["code"].isin(CLOSED_CODES).to_numpy() if "code" in frame else inside


def recorded_not_future(asked: Asked) -> np.ndarray:
    return on_or_before(asked.frame["recorded_on"], asked.context.today)


def end_after_start(asked: Asked) -> np.ndarray:
    return in_order(asked.frame["start_date"], asked.frame["end_date"])


def start_not_far_future(asked: Asked) -> np.ndarray:
    """Suspensions are known two weeks ahead at most; SEN statuses and movements may be planned for a year."""
    frame, context = asked.frame, asked.context
    ahead = 14 if "category" in frame else 366
    return on_or_before(frame["start_date"], context.today + timedelta(days=ahead))


def date_not_future(asked: Asked) -> np.ndarray:
    frame, context = asked.frame, asked.context
    past = on_or_before(frame["date"], context.today)
    return past | frame["code"].isin(CLOSED_CODES).to_numpy() if "code" in frame else past


FACTS: dict[str, Fact] = {
    "upn_world": upn_world,
    "pupil_said": pupil_said,
    "pupil_grouped": pupil_grouped,
    "pupil_exists": pupil_exists,
    "pupil_certain": pupil_certain,
    "pupil_ready": pupil_ready,
    "on_roll": on_roll,
    "inside_term": inside_term,
    "recorded_not_future": recorded_not_future,
    "end_after_start": end_after_start,
    "start_not_far_future": start_not_far_future,
    "date_not_future": date_not_future,
}
