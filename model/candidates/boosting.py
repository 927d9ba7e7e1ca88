"""Boosting that cannot interact and keeps the signs: scikit-learn's histogram booster on the grid."""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from model.grid import FloatArray, Grid, IntArray


def fit_booster(
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    directions: Sequence[int],
    *,
    seed: int,
    rounds: int = 150,
    rate: float = 0.08,
    leaves: int = 4,
    l2: float = 10.0,
) -> HistGradientBoostingClassifier:
    """The fitted booster; its `decision_function` on the gridded matrix is additive and keeps the signs."""
    booster = HistGradientBoostingClassifier(
        learning_rate=rate,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        min_samples_leaf=20,
        l2_regularization=l2,
        interaction_cst="no_interactions",
        monotonic_cst=np.asarray(directions, dtype=np.int8),
        early_stopping=False,
        random_state=seed,
    )
    # One thread: tables this small gain nothing from two, and wait for each other on a busy machine.
    with threadpool_limits(limits=1):
        return booster.fit(grid.values(cells), y.astype(int))
