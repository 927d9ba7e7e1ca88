"""The black boxes, each with settings that do well on tables of this size; they see raw values, not the grid."""

from collections.abc import Callable
from typing import Any

import numpy as np


def ebm_with_pairs(seed: int) -> Any:
    from interpret.glassbox import ExplainableBoostingClassifier

    return ExplainableBoostingClassifier(interactions=10, outer_bags=8, random_state=seed, n_jobs=2)


def lightgbm(seed: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=300, learning_rate=0.03, num_leaves=15, min_child_samples=20, subsample=0.8,
        subsample_freq=1, colsample_bytree=0.7, reg_lambda=1.0, random_state=seed, n_jobs=2, verbose=-1,
    )  # fmt: skip


def xgboost(seed: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=300, learning_rate=0.04, max_depth=4, min_child_weight=5, subsample=0.8,
        colsample_bytree=0.7, reg_lambda=1.0, random_state=seed, n_jobs=2, eval_metric="logloss",
    )  # fmt: skip


def random_forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=400, min_samples_leaf=5, max_features="sqrt", random_state=seed, n_jobs=2
    )


def boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=300, max_leaf_nodes=15, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=True, n_iter_no_change=20, validation_fraction=0.1, random_state=seed,
    )  # fmt: skip


RIVALS: dict[str, Callable[[int], Any]] = {
    "EBM with pairs": ebm_with_pairs,
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
    "random forest": random_forest,
    "unconstrained HGB": boosting,
}


def predict(name: str, X: np.ndarray, y: np.ndarray, later: np.ndarray, seed: int) -> np.ndarray:
    """Probability of the outcome for `later` rows by rival `name` fitted to (X, y)."""
    rival = RIVALS[name](seed)
    return np.asarray(rival.fit(X.astype(np.float32), y.astype(int)).predict_proba(later.astype(np.float32)))[
        :, 1
    ]
