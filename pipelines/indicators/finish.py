"""After the buckets: what compares pupils with each other, who is scored, and the matrix's final form."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipelines import populations
from pipelines.indicators import days
from pipelines.indicators.feature import Feature
from pipelines.indicators.marks import coded
from pipelines.indicators.source import Source

Array = npt.NDArray[Any]
WHO = ["pupil_id", "school", "term", "as_of", "phase", "nc_year", "registration_group"]
OTHER_COLUMNS = ["possible_sessions", "suspended_last_year", "scored", "abstain_reason", "trainable", "outcome",
         "any_break", "censored", "window_days"]  # fmt: skip


def finish(values: pa.Table, source: Source, chosen: Sequence[Feature]) -> pd.DataFrame:
    """The matrix of `engine.build` from the raw values of all buckets."""
    order, setting = in_order(values)
    told = values.select([n for n in values.column_names if n not in {m.name for m in chosen}])
    frame = plain(told.take(pa.array(order))).to_pandas()
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    held = pd.Series(terms_loaded(frame, setting, source)[setting])
    recorded = pd.Series((np.bincount(setting, weights=frame["records_term"]) > 0)[setting])
    frame["abstain_reason"] = populations.decide(frame, held, recorded)
    frame["scored"] = frame["abstain_reason"].isna()
    frame["outcome"] = frame["outcome"].astype(float)
    frame["any_break"] = frame["any_break"].astype(float)
    frame["censored"] = frame["censored"].fillna(False).astype(bool)
    frame["trainable"] = populations.trainable(frame["abstain_reason"], frame["term"], frame["outcome"])
    frame["phase"] = populations.phase_of(frame["phase"], frame["nc_year"])
    frame["window_days"] = frame["window_days"].fillna(0).astype(int)
    figures = _figures(values, order, setting * 100 + frame["nc_year"].fillna(99).to_numpy(int), chosen)
    return pd.concat([frame[WHO], figures, frame[OTHER_COLUMNS]], axis=1)


def _figures(values: pa.Table, order: Array, year_group: Array, chosen: Sequence[Feature]) -> pd.DataFrame:
    """Every indicator in order as float32, seen against the year group of a setting where it asks for that."""
    matrix = np.empty((len(chosen), len(order)), np.float32)
    for place, feature in enumerate(chosen):
        matrix[place] = values[feature.name].to_numpy()[order]
        if feature.after:
            matrix[place] = against_year_group(pd.Series(matrix[place]), year_group, feature.after)
    return pd.DataFrame(matrix.T, columns=[feature.name for feature in chosen], copy=False)


def against_year_group(values: "pd.Series[float]", year_group: Array, how: str) -> "pd.Series[float]":
    """A value seen against its school, term and year group: above their mean, or the share of them below."""
    groups = values.groupby(year_group)
    if how == "above_mean":
        return values - groups.transform("mean")
    below = groups.rank(method="min") - 1
    return 100.0 * below / (groups.transform("count") - 1).clip(lower=1)


def in_order(values: pa.Table) -> tuple[Array, Array]:
    """(order of the rows by school, term and pupil, number of each ordered row's school and term)."""
    pupil, term, school = (
        _ranks(values[name], key)
        for name, key in (("pupil_id", str), ("term", days.term_no), ("school", str))
    )
    setting = school * (term.max(initial=0) + 1) + term
    order = np.lexsort((pupil, setting))
    return order, np.unique(setting[order], return_inverse=True)[1]


def _ranks(column: pa.ChunkedArray, key: Callable[[str], Any]) -> Array:
    """The place of each row's value among the column's values."""
    index, texts = coded(column)
    order = sorted(range(len(texts)), key=[key(text) for text in texts.to_pylist()].__getitem__)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ranks: Array = rank[index]
    return ranks


def plain(table: pa.Table) -> pa.Table:
    """The table with its texts written out."""
    plain = [pa.string() if pa.types.is_dictionary(kind) else kind for kind in table.schema.types]
    return table.cast(pa.schema(zip(table.column_names, plain, strict=True)))


def terms_loaded(frame: pd.DataFrame, setting: Array, source: Source) -> Array:
    """Number of terms of marks loaded for each setting's school, up to and with its term."""
    first = frame.loc[np.r_[True, setting[1:] != setting[:-1]][: len(setting)], ["school", "term"]]
    terms = np.array([days.term_no(term) for term in first["term"]], np.int64)
    held = np.cumsum(source.feeds["attendance"], axis=1)
    counts: Array = held[source.places(first["school"].to_list()), terms]
    return counts
