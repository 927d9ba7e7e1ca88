"""Penalised logistic regression on the grid: one solver, three candidates, signs held by bounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import block_diag, csr_matrix

from model.additive import probability
from model.candidates.bases import Basis, linear_basis, spline_basis, step_basis
from model.grid import Axis, FloatArray, Grid, IntArray
from model.shapes import Table

ITERATIONS = 300


@dataclass(frozen=True)
class Penalty:
    """`l2` on half the squared coefficients, in units of one training row; `l1` on their absolute values, in
    units of the square root of the number of rows, with which the noise in a coefficient's slope grows."""

    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True)
class Design:
    """Rows as one-hot cells (sparse) and the block-diagonal basis over all cells."""

    cells: csr_matrix
    basis: csr_matrix
    rising: tuple[bool, ...]
    axis_of: IntArray

    def bounds(self, directions: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest allowed value of each coefficient."""
        signs = np.array([directions[j] for j in self.axis_of]) * np.array(self.rising, dtype=int)
        return np.where(signs > 0, 0.0, -np.inf), np.where(signs < 0, 0.0, np.inf)


def design(grid: Grid, cells: IntArray, basis_of: Callable[[Axis], Basis]) -> Design:
    bases = [basis_of(axis) for axis in grid.axes]
    starts = grid.starts
    widths = [basis.matrix.shape[1] for basis in bases]
    block = csr_matrix(block_diag([basis.matrix for basis in bases]))
    n, k = cells.shape
    hot = csr_matrix(
        (np.ones(n * k), (cells + starts[:-1]).ravel(), np.arange(0, n * k + 1, k)), shape=(n, starts[-1])
    )
    rising = tuple(flag for basis in bases for flag in basis.rising)
    return Design(hot, block, rising, np.repeat(np.arange(k), widths))


def solve(
    made: Design, y: FloatArray, offset: FloatArray, penalty: Penalty, directions: Sequence[int]
) -> tuple[float, FloatArray]:
    """Intercept and coefficients that minimise the penalised deviance within the signs' bounds.

    Each coefficient is split into its positive and negative part, both ≥ 0, so that the L1 penalty is
    smooth and a sign is a bound of 0 on one of the parts.
    """
    low, high = made.bounds(directions)
    p = made.basis.shape[1]
    hot, basis = made.cells, made.basis
    l1 = penalty.l1 * np.sqrt(len(y))

    def value(theta: FloatArray) -> tuple[float, FloatArray]:
        beta = theta[1 : p + 1] - theta[p + 1 :]
        eta = offset + theta[0] + hot @ (basis @ beta)
        gap = probability(eta) - y
        loss = np.logaddexp(0.0, eta).sum() - y @ eta
        loss += l1 * theta[1:].sum() + 0.5 * penalty.l2 * (beta @ beta)
        slope = basis.T @ (hot.T @ gap) + penalty.l2 * beta
        return float(loss), np.concatenate([[gap.sum()], slope + l1, -slope + l1])

    start = np.zeros(2 * p + 1)
    start[0] = np.log(y.mean() / (1 - y.mean()))
    up = [(0.0, None if top > 0 else 0.0) for top in high]
    down = [(0.0, None if bottom < 0 else 0.0) for bottom in low]
    found = minimize(
        value, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *up, *down],
        options={"maxiter": ITERATIONS, "maxcor": 20, "ftol": 1e-9, "gtol": 1e-5 * len(y)},
    )  # fmt: skip
    return float(found.x[0]), found.x[1 : p + 1] - found.x[p + 1 :]


def fit_logistic(
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    offset: FloatArray,
    directions: Sequence[int],
    *,
    basis: Callable[[Axis], Basis],
    penalty: Penalty,
) -> Table:
    """One penalised logistic candidate, already in table form."""
    made = design(grid, cells, basis)
    intercept, beta = solve(made, y, offset, penalty, directions)
    starts = grid.starts
    whole = made.basis @ beta
    return Table(intercept, tuple(whole[starts[j] : starts[j + 1]] for j in range(len(grid.axes))))


BASES: dict[str, Callable[[Axis], Basis]] = {
    "linear": linear_basis,
    "splines": spline_basis,
    "bins": step_basis,
}
