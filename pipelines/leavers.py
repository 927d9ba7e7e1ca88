"""Pupils who left before enough of the window was seen: what their absence does to the figures, by weighting.

Their outcome is unknown, which is not "no". Each pupil who was seen is weighted by one over the chance of
being seen, so that those like the leavers count for them too. The weighted figures stand beside the plain ones.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from model.additive import AdditiveModel, probability
from model.grid import FloatArray

LEAST = 10
LEAST_CHANCE = 0.05


def ipw_sensitivity(
    matrix: pd.DataFrame, model: AdditiveModel, outcome: str, terms: Sequence[str]
) -> dict[str, Any]:
    """Average precision, AUC, slope, and observed over expected events on the scored rows of `terms`, plain
    and weighted: {seen, left, largest_weight, effective, unweighted, weighted}.

    Fewer than 10 leavers, or one class only, give {"not_possible": why}.
    """
    rows = matrix[matrix["term"].isin(list(terms)) & matrix["scored"].astype(bool)]
    rows = rows[rows[outcome].notna() | rows["censored"]]
    seen = rows[outcome].notna().to_numpy()
    if (~seen).sum() < LEAST:
        return {"not_possible": f"Fewer than {LEAST} pupils left before enough was seen; nothing to weight."}
    X = rows[list(model.names)].to_numpy(dtype=np.float64)
    days = rows["window_days"].to_numpy(dtype=np.float64)
    log_odds = model.log_odds(X, list(rows["school"]), days, list(rows["term"]))
    weights = 1 / np.maximum(chance_seen(rows, log_odds, seen)[seen], LEAST_CHANCE)
    y, eta = rows.loc[seen, outcome].to_numpy(dtype=np.float64), log_odds[seen]
    if not 0 < y.sum() < len(y):
        return {"not_possible": "All who were seen have the same outcome."}
    return {
        "seen": int(seen.sum()),
        "left": int((~seen).sum()),
        "largest_weight": float(weights.max()),
        "effective": float(weights.sum() ** 2 / (weights**2).sum()),
        "unweighted": _figures(y, eta, np.ones(len(y))),
        "weighted": _figures(y, eta, weights),
    }


def chance_seen(rows: pd.DataFrame, log_odds: FloatArray, seen: np.ndarray) -> FloatArray:
    """Chance of being seen to the end, from the figure, year group, absence and earlier suspension, shape (n,)."""
    parts = [log_odds, log_odds**2, rows["suspended_last_year"].to_numpy(dtype=np.float64)]
    if "absence_year" in rows:
        absence = rows["absence_year"].to_numpy(dtype=np.float64)
        parts += [np.nan_to_num(absence), np.isnan(absence)]
    years = pd.get_dummies(rows["nc_year"].astype(str)).to_numpy(dtype=np.float64)
    known = np.column_stack([*parts, years])
    known = (known - known.mean(axis=0)) / np.maximum(known.std(axis=0), 1e-9)
    return np.asarray(LogisticRegression(max_iter=1000).fit(known, seen).predict_proba(known)[:, 1])


def _figures(y: FloatArray, log_odds: FloatArray, weights: FloatArray) -> dict[str, float]:
    slope = LogisticRegression(C=np.inf, max_iter=1000).fit(log_odds[:, None], y, sample_weight=weights)
    return {
        "average_precision": float(average_precision_score(y, log_odds, sample_weight=weights)),
        "auc": float(roc_auc_score(y, log_odds, sample_weight=weights)),
        "calibration_slope": float(slope.coef_[0, 0]),
        "observed_over_expected": float((weights @ y) / (weights @ probability(log_odds))),
    }
