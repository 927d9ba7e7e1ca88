"""After the buckets: what compares pupils with each other, who is scored, and the matrix's final form."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipelines import populations
from pipelines.indicators import days
from pipelines.indicators.marks import coded
from pipelines.indicators.measure import Measure
from pipelines.lake import LakeView

WHO = ["pupil_id", "school", "term", "as_of", "phase", "nc_year", "registration_group"]
FACTS = ["possible_sessions", "suspended_last_year", "scored", "abstain_reason", "trainable", "outcome",
         "any_break", "censored", "window_days"]  # fmt: skip


def finish(
    values: pa.Table, view: LakeView, rows: Sequence[days.AsOf], chosen: Sequence[Measure]
) -> pd.DataFrame:
    """The matrix of `engine.build` from the raw values of all buckets."""
    frame = in_order(values, rows).to_pandas()
    for measure in chosen:
        if measure.after:
            frame[measure.name] = against_year_group(frame, measure.name, measure.after)
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    frame["abstain_reason"] = populations.decide(frame, terms_held(frame, view), behaviour_held(frame))
    frame["scored"] = frame["abstain_reason"].isna()
    frame["outcome"] = frame["outcome"].astype(float)
    frame["any_break"] = frame["any_break"].astype(float)
    frame["censored"] = frame["censored"].fillna(False).astype(bool)
    frame["trainable"] = populations.trainable(frame["abstain_reason"], frame["term"], frame["outcome"])
    frame["phase"] = populations.phase_of(frame["phase"], frame["nc_year"])
    frame["window_days"] = frame["window_days"].fillna(0).astype(int)
    names = [measure.name for measure in chosen]
    frame[names] = frame[names].astype(np.float32)
    return frame[[*WHO, *names, *FACTS]]


def against_year_group(frame: pd.DataFrame, name: str, how: str) -> pd.Series:
    """A value seen against its school, term and year group: above their mean, or the share of them below."""
    groups = frame.groupby(["school", "term", "nc_year"], dropna=False)[name]
    if how == "above_mean":
        return frame[name] - groups.transform("mean")
    below = groups.rank(method="min") - 1
    return 100.0 * below / (groups.transform("count") - 1).clip(lower=1)


def in_order(values: pa.Table, rows: Sequence[days.AsOf]) -> pa.Table:
    """The rows by school, term and pupil, with pupil ids as plain text."""
    place = {row.term: row.term_no for row in rows}
    ranks = [
        _ranks(values[name], key) for name, key in (("pupil_id", str), ("term", place.get), ("school", str))
    ]
    ordered = values.take(pa.array(np.lexsort(ranks)))
    at = ordered.column_names.index("pupil_id")
    return ordered.set_column(at, "pupil_id", ordered["pupil_id"].cast(pa.string()))


def _ranks(column: pa.ChunkedArray, key: Callable[[str], Any]) -> np.ndarray:
    """The place of each row's value among the column's values."""
    index, texts = coded(column)
    order = sorted(range(len(texts)), key=[key(text) for text in texts.to_pylist()].__getitem__)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[index]


def terms_held(frame: pd.DataFrame, view: LakeView) -> pd.Series:
    """How many terms of marks are held of each row's school, up to and with the row's term."""
    held: dict[str, list[int]] = {}
    for school, term in view.loaded("attendance_possible"):
        held.setdefault(school, []).append(days.term_no(term))
    pairs = frame.groupby(["school", "term"], sort=False).ngroup()
    first = frame.loc[~pairs.duplicated(), ["school", "term"]]
    counts = [
        sum(number <= days.term_no(term) for number in held.get(school, []))
        for school, term in zip(first["school"], first["term"], strict=True)
    ]
    return pd.Series(np.array(counts, int)[pairs.to_numpy()], index=frame.index)


def behaviour_held(frame: pd.DataFrame) -> pd.Series:
    """Whether each row's school had recorded any behaviour of the term by its as-of date."""
    return frame.groupby(["school", "term"])["records_term"].transform("sum") > 0
