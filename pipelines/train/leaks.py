"""Leakage checks: the AUC of each indicator alone, and indicators that change without later records."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from model.metrics import auc
from pipelines.indicators import days, engine
from pipelines.lake import LakeView
from pipelines.rows import Rows


def single_feature_auc(train: Rows) -> dict[str, float]:
    """AUC of each indicator by itself, whichever way it points, from 0.5 to 1.

    A missing value stands in the middle. Hardly anything a school writes down tells the next term by itself;
    a column that does was filled in afterwards.
    """
    y = train.y
    found = {}
    for name in train.names:
        column = train.frame[name].to_numpy(dtype=np.float64)
        told = auc(y, np.where(np.isnan(column), np.nanmedian(column), column))
        found[name] = max(told, 1 - told)
    return found


def not_point_in_time(
    view: LakeView, matrix: pd.DataFrame, term: str, names: Sequence[str], schools: Collection[str] | None
) -> dict[str, float]:
    """The indicators whose values at `term` in `matrix` differ from those built without any later term's
    records, each with the share of pupils for whom it does; none where all facts are cut by the day they became
    known."""
    earlier = tuple(file for file in view.files if days.term_no(file.term) <= days.term_no(term))
    keys = ["pupil_id", "school"]
    cut = engine.build(replace(view, files=earlier), [term], schools=schools)
    rows = matrix[matrix["term"] == term]
    both = rows[keys].merge(cut[keys])
    a, b = (both.merge(one, on=keys) for one in (rows, cut))
    shares = {name: _differ(a[name], b[name]) for name in names}
    return {name: share for name, share in shares.items() if share}


def _differ(a: pd.Series, b: pd.Series) -> float:
    x, y = a.to_numpy(np.float64), b.to_numpy(np.float64)
    return float(np.mean(~((x == y) | (np.isnan(x) & np.isnan(y))))) if len(x) else 0.0
