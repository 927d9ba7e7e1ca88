"""Candidates together: each fitted once, and their non-negative mean on the log-odds.

The mean is equal by default. Weights learned from held-out rows were tried on two real data sets, one with rare
outcomes: four times the work moved the average precision by .0004 at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.candidates.fit import Fitted, fit_candidate, mean_of
from model.grid import FloatArray, Grid, IntArray
from model.shapes import Table


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
    weights: Sequence[float] | None = None,
    say: Callable[[str], None] | None = None,
) -> Mixture:
    """Fit every candidate and their mean, equal unless `weights` (≥ 0, sum 1) say otherwise."""
    parts = []
    for name in names:
        if say:
            say(name)
        parts.append(fit_candidate(name, grid, cells, y, directions, offset=offset, seed=seed))
    weights = tuple(weights) if weights is not None else (1 / len(parts),) * len(parts)
    return Mixture(tuple(parts), weights, mean_of(grid, parts, weights))
