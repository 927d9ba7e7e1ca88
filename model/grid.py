"""The grid: every indicator cut into at most 24 cells and one for "missing".

All candidates learn on the grid and nothing finer, so whatever learned it, a model is one short table per
indicator. Cut points come from the training data; a cell's value is the float32 mean of the training values
in it. No cell holds fewer than `min_rows` training rows, so a table reveals no single pupil.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data_contracts.errors import Refused

MAX_CELLS = 24
TAIL_SHARES = (0.04, 0.02, 0.01, 0.005)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """One indicator's cells: `cuts` (m-1 ascending thresholds; a value equal to a cut lies above it),
    `values` (m float32 cell means) and `rows` (m+1 training rows per cell, the missing cell last)."""

    name: str
    cuts: FloatArray
    values: NDArray[np.float32]
    rows: IntArray
    cap: float | None = None

    @property
    def cells(self) -> int:
        """Cells with a value; the missing cell has this number as its index."""
        return len(self.values)

    def locate(self, column: ArrayLike) -> IntArray:
        """Cell index of each value, shape (n,); NaN goes to the missing cell.

        Raises Refused for an infinite value.
        """
        column = np.asarray(column, dtype=np.float64)
        if np.isinf(column).any():
            raise Refused(
                f"The indicator '{self.name}' holds an infinite value.",
                hint="Look for a division by zero in the extract it is computed from, correct it and try again.",
            )
        missing = np.isnan(column)
        capped = column if self.cap is None else np.minimum(column, self.cap)
        cells = np.searchsorted(self.cuts, np.where(missing, 0.0, capped), side="right")
        return np.where(missing, self.cells, cells).astype(np.int64)


@dataclass(frozen=True)
class Grid:
    """The axes of all indicators, in the order of the columns of X."""

    axes: tuple[Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def starts(self) -> IntArray:
        """Index of each axis's first cell when all cells (missing ones included) stand in one row; length
        k+1."""
        return np.concatenate([[0], np.cumsum([axis.cells + 1 for axis in self.axes])]).astype(np.int64)

    def locate(self, X: ArrayLike) -> IntArray:
        """Cell indices, shape (n, k)."""
        X = _matrix(X)
        if X.shape[1] != len(self.axes):
            raise Refused(f"The model knows {len(self.axes)} indicators; the rows hold {X.shape[1]}.")
        if not len(X):
            return np.empty((0, len(self.axes)), dtype=np.int64)
        return np.column_stack([axis.locate(X[:, j]) for j, axis in enumerate(self.axes)])

    def values(self, cells: IntArray) -> NDArray[np.float32]:
        """The gridded matrix, shape (n, k): each value replaced by its cell's mean, missing ones NaN."""
        columns = [
            np.append(axis.values, np.float32(np.nan))[cells[:, j]] for j, axis in enumerate(self.axes)
        ]
        return np.column_stack(columns).astype(np.float32)


def fit_grid(
    X: ArrayLike,
    names: Sequence[str],
    *,
    caps: Sequence[float | None] | None = None,
    max_cells: int = MAX_CELLS,
    min_rows: int = 10,
) -> Grid:
    """Cut points from training data X (n, k). Raises Refused for infinities and all-missing columns."""
    X = _matrix(X)
    caps = caps if caps is not None else [None] * len(names)
    axes = [
        _fit_axis(X[:, j], name, cap, max_cells, min_rows)
        for j, (name, cap) in enumerate(zip(names, caps, strict=True))
    ]
    return Grid(tuple(axes))


def _matrix(X: ArrayLike) -> FloatArray:
    # Through float32 in training and in use alike, so a value can never change its cell between the two.
    with np.errstate(over="ignore"):
        X = np.asarray(X, dtype=np.float32).astype(np.float64)
    if X.ndim != 2:
        raise Refused(f"Indicators must come as rows and columns, not with {X.ndim} dimension(s).")
    return X


def _fit_axis(column: FloatArray, name: str, cap: float | None, max_cells: int, min_rows: int) -> Axis:
    if np.isinf(column).any():
        raise Refused(
            f"The indicator '{name}' holds an infinite value in the training data.",
            hint="Look for a division by zero in the extract it is computed from, correct it and train again.",
        )
    known = column[~np.isnan(column)]
    if not len(known):
        raise Refused(
            f"The indicator '{name}' is missing for every pupil in the training data.",
            hint="Load the table it comes from, or leave the indicator out in belong.toml.",
        )
    if cap is not None:
        known = np.minimum(known, cap)
    distinct, counts = np.unique(known, return_counts=True)
    ends = _cell_ends(counts, max_cells, min_rows)
    cuts = (distinct[ends[:-1]] + distinct[ends[:-1] + 1]) / 2
    cell_of = np.searchsorted(cuts, known, side="right")
    rows = np.bincount(cell_of, minlength=len(ends))
    sums = np.bincount(cell_of, weights=known, minlength=len(ends))
    rows_with_missing = np.append(rows, len(column) - len(known)).astype(np.int64)
    return Axis(name, cuts, (sums / rows).astype(np.float32), rows_with_missing, cap)


def _cell_ends(counts: IntArray, max_cells: int, min_rows: int) -> IntArray:
    """Indices of the last distinct value of each cell, ascending.

    Equal shares of the rows, but finer in both tails: the pupils a support list is made of lie in the last
    few per cent, and a cell as wide as a twenty-fourth of all pupils could not order them.
    """
    total = int(counts.sum())
    if len(counts) <= max_cells and counts.min() >= min_rows:
        return np.arange(len(counts))
    tails = TAIL_SHARES if max_cells >= 4 * len(TAIL_SHARES) else ()
    spare = max_cells - 2 * len(tails)
    below = np.cumsum(counts)
    # A value that many pupils share (no incident at all) fills one cell; the others share out the rest.
    clipped = np.cumsum(np.minimum(counts, total / max_cells))
    equal = np.searchsorted(clipped, np.linspace(0, 1, spare + 1)[1:-1] * clipped[-1], side="left")
    edges = np.searchsorted(below, np.concatenate([tails, 1 - np.array(tails)]) * total, side="left")
    ends = [int(end) for end in np.unique(np.concatenate([equal, edges])) if end < len(counts) - 1]
    return _merge_small([*ends, len(counts) - 1], below, min_rows)


def _merge_small(ends: list[int], below: IntArray, min_rows: int) -> IntArray:
    """Drop cell ends until every cell holds `min_rows` rows (or one cell is left)."""
    kept: list[int] = []
    start = 0
    for end in ends:
        if below[end] - start >= min_rows:
            kept.append(end)
            start = int(below[end])
    if not kept:
        return np.array([ends[-1]], dtype=np.int64)
    kept[-1] = ends[-1]
    return np.array(kept, dtype=np.int64)
