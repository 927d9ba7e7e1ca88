"""A small gridded data set with missing values, a signed, an unsigned and a yes-or-no indicator."""

from typing import NamedTuple

import numpy as np
import pytest

from model.grid import FloatArray, Grid, IntArray, fit_grid


class Simulated(NamedTuple):
    X: FloatArray
    y: FloatArray
    grid: Grid
    cells: IntArray
    directions: list[int]


def simulated(seed: int = 0, n: int = 3000) -> Simulated:
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [
            rng.gamma(1, 3, n),
            rng.normal(0, 1, n),
            rng.integers(0, 2, n),
            rng.poisson(0.3, n),
            rng.normal(0, 1, n),
        ]
    )
    X[rng.random(n) < 0.1, 1] = np.nan
    eta = -2.5 + 0.25 * np.minimum(X[:, 0], 8) + np.nan_to_num(X[:, 1]) ** 2 / 2 + 0.6 * X[:, 3]
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    grid = fit_grid(X, ["count", "curved", "yes", "few", "noise"])
    return Simulated(X, y, grid, grid.locate(X), [1, 0, -1, 1, 1])


@pytest.fixture(scope="session")
def data() -> Simulated:
    return simulated()
