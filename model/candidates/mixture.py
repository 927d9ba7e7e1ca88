"""Candidates together: each fitted once, and their non-negative mean on the log-odds.

The mean is equal by default. With `folds` the weights lean towards the candidates that predict held-out rows
best: a logistic fit of the outcome on the candidates' out-of-fold log-odds, with weights ≥ 0 that sum to 1
and are pulled towards equal ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from model.additive import probability
from model.candidates.fit import Fitted, fit_candidate, mean_of
from model.grid import FloatArray, Grid, IntArray
from model.shapes import Table

PULL = 0.002  # per row: how much log-loss an unequal weight must save


@dataclass(frozen=True)
class Mixture:
    """The fitted candidates, the weights of their mean and the mean itself."""

    parts: tuple[Fitted, ...]
    weights: tuple[float, ...]
    mean: Fitted

    @property
    def table(self) -> Table:
        return self.mean.table


def fit_mixture(
    names: Sequence[str],
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    directions: Sequence[int],
    *,
    offset: FloatArray | None = None,
    seed: int = 0,
    folds: IntArray | None = None,
    weights: Sequence[float] | None = None,
    say: Callable[[str], None] | None = None,
) -> Mixture:
    """Fit every candidate and their mean. `folds` (n,) numbers the part each row is held out in; with
    `weights` (a refit of a promoted mixture) or without folds nothing is held out."""
    parts = []
    for name in names:
        if say:
            say(name)
        parts.append(fit_candidate(name, grid, cells, y, directions, offset=offset, seed=seed))
    if weights is None and folds is not None and len(parts) > 1:
        held_out = out_of_fold(names, grid, cells, y, directions, folds, offset=offset, seed=seed)
        weights = stack(held_out, y)
    weights = tuple(weights) if weights is not None else (1 / len(parts),) * len(parts)
    return Mixture(tuple(parts), weights, mean_of(grid, parts, weights))


def out_of_fold(
    names: Sequence[str],
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    directions: Sequence[int],
    folds: IntArray,
    *,
    offset: FloatArray | None = None,
    seed: int = 0,
) -> FloatArray:
    """Log-odds of every candidate for rows it did not learn from, shape (n, candidates)."""
    held_out = np.empty((len(y), len(names)))
    for fold in np.unique(folds):
        out = folds == fold
        kept = None if offset is None else offset[~out]
        for j, name in enumerate(names):
            part = fit_candidate(name, grid, cells[~out], y[~out], directions, offset=kept, seed=seed)
            held_out[out, j] = part.table.log_odds(cells[out])
    return held_out


def stack(held_out: FloatArray, y: FloatArray, pull: float = PULL) -> tuple[float, ...]:
    """Weights ≥ 0 that sum to 1, pulled towards equal ones; a common slope and shift are free."""
    n, m = held_out.shape
    equal = np.full(m, 1 / m)

    def value(theta: FloatArray) -> tuple[float, FloatArray]:
        eta = theta[0] + held_out @ theta[1:]
        gap = probability(eta) - y
        total = theta[1:].sum()
        uneven = theta[1:] - total * equal
        loss = (np.logaddexp(0, eta) - y * eta).mean() + pull * m * (uneven @ uneven)
        slope = held_out.T @ gap / n + 2 * pull * m * (uneven - (uneven @ equal))
        return float(loss), np.concatenate([[gap.mean()], slope])

    bounds = [(None, None)] + [(0.0, None)] * m
    found = minimize(value, np.append(0.0, equal), jac=True, method="L-BFGS-B", bounds=bounds)
    raw = np.maximum(found.x[1:], 0.0)
    if not raw.sum() > 0:
        return tuple(equal.tolist())
    shares = (raw / raw.sum()).round(3)
    shares[np.argmax(shares)] += 1 - shares.sum()
    return tuple(float(share) for share in shares)
