"""Bases that span the shape of one indicator over its cells, for the penalised logistic candidates.

A basis is a matrix (cells + 1, p): row c holds the basis values of cell c, the last row the missing cell.
A sign is held by the sign of coefficients: each basis function rises over the cells (or is 0 or 1 for
"missing"), so non-negative coefficients give a rising shape.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from model.grid import Axis, FloatArray

SPLINE_DEGREE = 2
SPLINE_KNOTS = 6


@dataclass(frozen=True)
class Basis:
    """`matrix` (cells + 1, p) and, per column, whether it rises with the value (and so carries the sign)."""

    matrix: FloatArray
    rising: tuple[bool, ...]


def linear_basis(axis: Axis) -> Basis:
    """One standardised value and one "missing" column."""
    return _with_missing(_standard(axis, axis.values.astype(np.float64))[:, None], axis)


def spline_basis(axis: Axis) -> Basis:
    """I-splines over the ranks of the cells: sums of B-splines, each rising from 0 to 1, and the line."""
    if axis.cells <= 3:
        return linear_basis(axis)
    position = _rank_position(axis)
    inner = np.linspace(0, 1, SPLINE_KNOTS)[1:-1]
    knots = np.concatenate([np.zeros(SPLINE_DEGREE + 1), inner, np.ones(SPLINE_DEGREE + 1)])
    splines = BSpline.design_matrix(np.clip(position, 0, 1), knots, SPLINE_DEGREE).toarray()
    rising = np.cumsum(splines[:, ::-1], axis=1)[:, ::-1][:, 1:]
    line = _standard(axis, axis.values.astype(np.float64))[:, None]
    return _with_missing(np.hstack([line, rising]), axis)


def step_basis(axis: Axis) -> Basis:
    """One step between every two neighbouring cells: an L1 penalty on the steps merges cells."""
    steps = (np.arange(axis.cells)[:, None] > np.arange(max(axis.cells - 1, 1))[None, :]).astype(np.float64)
    return _with_missing(steps if axis.cells > 1 else np.zeros((1, 1)), axis)


def _with_missing(known: FloatArray, axis: Axis) -> Basis:
    """Append the missing cell: at the training mean of every column, with its own free column."""
    rows = axis.rows[:-1]
    centred = known - (rows @ known) / rows.sum()
    matrix = np.zeros((axis.cells + 1, known.shape[1] + 1))
    matrix[:-1, :-1] = centred
    matrix[-1, -1] = 1.0
    return Basis(matrix, (True,) * known.shape[1] + (False,))


def _standard(axis: Axis, values: FloatArray) -> FloatArray:
    rows = axis.rows[:-1]
    mean = np.average(values, weights=rows)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=rows))
    return (values - mean) / spread if spread > 0 else np.zeros_like(values)


def _rank_position(axis: Axis) -> FloatArray:
    """The position of each cell between 0 and 1: half its rank among the cells, half its value."""
    rank = np.arange(axis.cells) / (axis.cells - 1)
    values = axis.values.astype(np.float64)
    return (rank + (values - values[0]) / (values[-1] - values[0])) / 2
