"""Explainable boosting without pairs (interpret-core) on the grid."""

import warnings
from collections.abc import Sequence
from typing import Any

from model.grid import FloatArray, Grid, IntArray


def fit_ebm(
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    directions: Sequence[int],
    *,
    seed: int,
    bags: int = 4,
    rate: float = 0.02,
    leaf: int = 10,
) -> Any:
    """The fitted machine; its `decision_function` on the gridded matrix is additive and keeps the signs."""
    from interpret.glassbox import ExplainableBoostingClassifier

    machine = ExplainableBoostingClassifier(
        feature_names=list(grid.names),
        feature_types=["continuous"] * len(grid.axes),
        interactions=0,
        max_bins=64,
        outer_bags=bags,
        learning_rate=rate,
        min_samples_leaf=leaf,
        monotone_constraints=[int(sign) for sign in directions],
        n_jobs=1,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected")
        return machine.fit(grid.values(cells), y.astype(int))
