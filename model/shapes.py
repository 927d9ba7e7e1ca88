"""From a learner to shape tables, and the order the signs of the catalogue ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.additive import AdditiveModel, lookup
from model.grid import FloatArray, Grid, IntArray

Decision = Callable[[NDArray[np.float32]], FloatArray]
DECIMALS = 12  # of the stored table: far below 1e-9, far above the last bits a CPU may differ in


@dataclass(frozen=True)
class Table:
    """A learner in tabulated form: an intercept and one shape per axis, the missing cell last."""

    intercept: float
    shapes: tuple[FloatArray, ...]

    def log_odds(self, cells: IntArray) -> FloatArray:
        return lookup(cells, self.intercept, self.shapes)


def tabulate(grid: Grid, decision: Decision) -> Table:
    """The table of an additive `decision` (gridded matrix → log-odds): every cell of every axis in turn.

    All cells are asked for in one call: row 0 is the reference (every indicator in its first cell), each
    further row moves one indicator to one other cell.
    """
    k = len(grid.axes)
    moves = [(j, cell) for j, axis in enumerate(grid.axes) for cell in range(axis.cells + 1)]
    cells = np.zeros((len(moves) + 1, k), dtype=np.int64)
    for row, (j, cell) in enumerate(moves, start=1):
        cells[row, j] = cell
    answers = np.asarray(decision(grid.values(cells)), dtype=np.float64)
    edges = grid.starts + 1
    shapes = tuple(answers[edges[j] : edges[j + 1]] - answers[0] for j in range(k))
    return Table(float(answers[0]), shapes)


def settle(grid: Grid, table: Table) -> Table:
    """The table as it is stored: centred, rounded, and with a neutral cell where training had none missing.

    A learner's answer for "missing" is meaningless where it never saw one, so that cell says the mean.
    """
    shapes, intercept = [], table.intercept
    for axis, shape in zip(grid.axes, table.shapes, strict=True):
        mean = _mean(shape, axis.rows)
        centred = (
            np.where(np.arange(len(shape)) == axis.cells, _missing(shape, axis.rows, mean), shape) - mean
        )
        shapes.append(centred.round(DECIMALS) + 0.0)
        intercept += mean
    return Table(round(intercept, DECIMALS), tuple(shapes))


def served(grid: Grid, table: Table, *, window_days: float | None = None) -> AdditiveModel:
    """The table as an uncalibrated additive model without school offsets."""
    means = np.array([_mean(s, a.rows) for s, a in zip(table.shapes, grid.axes, strict=True)])
    return AdditiveModel(grid, table.shapes, means, table.intercept, window_days=window_days)


def mean_table(tables: Sequence[Table], weights: Sequence[float]) -> Table:
    """The weighted mean on the log-odds: additive because its parts are, monotone where they all are.

    Raises ValueError for a negative weight or weights that do not sum to 1.
    """
    if min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
        raise ValueError("weights of a mean must be non-negative and sum to 1")
    pairs = list(zip(weights, tables, strict=True))
    shapes = tuple(
        np.sum([w * table.shapes[j] for w, table in pairs], axis=0) for j in range(len(tables[0].shapes))
    )
    return Table(float(sum(w * table.intercept for w, table in pairs)), shapes)


def broken_signs(grid: Grid, table: Table, directions: Sequence[int], tolerance: float = 1e-9) -> list[str]:
    """Names of the indicators whose shape moves against its direction; missing cells are free."""
    return [
        axis.name
        for axis, shape, sign in zip(grid.axes, table.shapes, directions, strict=True)
        if sign and (np.diff(shape[:-1]) * sign < -tolerance).any()
    ]


def with_signs(grid: Grid, table: Table, directions: Sequence[int]) -> Table:
    """The nearest table (least squares over the training rows) whose shapes obey the directions."""
    shapes = [
        shape if not sign else np.append(_monotone(shape[:-1], axis.rows[:-1], sign), shape[-1])
        for axis, shape, sign in zip(grid.axes, table.shapes, directions, strict=True)
    ]
    return Table(table.intercept, tuple(shapes))


def _monotone(values: FloatArray, rows: IntArray, sign: int) -> FloatArray:
    """Pool adjacent violators: rising for sign +1, falling for −1."""
    blocks: list[list[float]] = []  # mean, weight, length
    for value, weight in zip(values * sign, np.maximum(rows, 1), strict=True):
        blocks.append([float(value), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, length = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * heavy) / (before[1] + heavy)
            before[1] += heavy
            before[2] += length
    return sign * np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])


def _mean(shape: FloatArray, rows: IntArray) -> float:
    return float(np.dot(shape, rows) / rows.sum())


def _missing(shape: FloatArray, rows: IntArray, mean: float) -> float:
    return float(shape[-1]) if rows[-1] else mean
