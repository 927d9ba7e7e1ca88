"""A points card a person can add up: few indicators, whole points, one unit of log-odds per point."""

from collections.abc import Sequence

import numpy as np

from model.calibration import serving_affine
from model.candidates.bases import step_basis
from model.candidates.logistic import Penalty, fit_logistic
from model.grid import FloatArray, Grid, IntArray
from model.shapes import Table

MOST_POINTS = 10


def fit_scorecard(
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    offset: FloatArray,
    directions: Sequence[int],
    *,
    indicators: int = 12,
    l1: float = 0.12,
) -> Table:
    """Whole points per cell: the steps of an L1 fit, kept for the `indicators` that matter most, rounded so
    that the largest step from lowest to highest is 10 points, then one slope for all of them."""
    steps = fit_logistic(
        grid, cells, y, offset, directions, basis=step_basis, penalty=Penalty(l1=l1, l2=0.05)
    )
    spreads = [
        float(np.sqrt(np.average((shape - np.average(shape, weights=axis.rows)) ** 2, weights=axis.rows)))
        for axis, shape in zip(grid.axes, steps.shapes, strict=True)
    ]
    kept = set(np.argsort(spreads)[::-1][:indicators].tolist())
    widest = max(float(np.ptp(steps.shapes[j])) for j in kept) or 1.0
    points = tuple(
        np.round((shape - shape[:-1].min()) * MOST_POINTS / widest) if j in kept else np.zeros_like(shape)
        for j, shape in enumerate(steps.shapes)
    )
    total = Table(0.0, points).log_odds(cells)
    if np.ptp(total) == 0:
        return Table(float(steps.log_odds(cells).mean()), points)
    line = serving_affine(total, y, offset)
    return Table(line.shift, tuple(line.slope * shape for shape in points))
