"""Fit one candidate by name and hand back its table, already in the signs' order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_contracts.errors import Refused
from model.calibration import check_both_classes
from model.candidates.boosting import fit_booster
from model.candidates.ebm import fit_ebm
from model.candidates.logistic import BASES, Penalty, fit_logistic
from model.candidates.scorecard import fit_scorecard
from model.grid import FloatArray, Grid, IntArray
from model.shapes import Table, broken_signs, mean_table, settle, tabulate, with_signs

PENALTIES = {"linear": Penalty(l2=20.0), "splines": Penalty(l2=20.0), "bins": Penalty(l1=0.06, l2=0.05)}
LEARNERS: dict[str, Callable[..., Any]] = {"booster": fit_booster, "ebm": fit_ebm}
NAMES = (*BASES, *LEARNERS, "scorecard")
LEARNED = 1e-9


@dataclass(frozen=True)
class Fitted:
    """A candidate: its table as served, and for learners of their own kind the learner and its raw table.

    `mended` names the indicators whose learned shape broke its sign and was put in order.
    """

    name: str
    table: Table
    learner: Any = None
    learned: Table | None = None
    mended: tuple[str, ...] = ()


def fit_candidate(
    name: str,
    grid: Grid,
    cells: IntArray,
    y: FloatArray,
    directions: Sequence[int],
    *,
    offset: FloatArray | None = None,
    seed: int = 0,
    settings: dict[str, Any] | None = None,
) -> Fitted:
    """Train candidate `name` on gridded rows. `offset` (n,) is added log-odds the learner need not explain.

    Raises Refused for an unknown name, for one class only, and where a table fails to repeat its learner.
    """
    check_both_classes(y, "training rows")
    offset = np.zeros(len(y)) if offset is None else offset
    settings = settings or {}
    if name in BASES:
        penalty = Penalty(**settings) if settings else PENALTIES[name]
        table = fit_logistic(grid, cells, y, offset, directions, basis=BASES[name], penalty=penalty)
        return _in_order(name, grid, table, directions)
    if name == "scorecard":
        table = fit_scorecard(grid, cells, y, offset, directions, **settings)
        return _in_order(name, grid, table, directions)
    if name in LEARNERS:
        learner = LEARNERS[name](grid, cells, y, directions, seed=seed, **settings)
        learned = tabulate(grid, learner.decision_function)
        check_table(name, learned, learner.decision_function(grid.values(cells)), cells)
        return _in_order(name, grid, learned, directions, learner)
    raise Refused(f"There is no candidate called '{name}'.", hint=f"Choose among {', '.join(NAMES)}.")


def check_table(name: str, table: Table, decision: FloatArray, cells: IntArray) -> None:
    """Raises Refused unless the table repeats the learner's log-odds on its training rows to 1e-9."""
    gap = float(np.abs(table.log_odds(cells) - decision).max())
    if not gap <= LEARNED:
        raise Refused(f"The table of '{name}' differs from its learner by {gap:.2g}: it is not additive.")


def mean_of(grid: Grid, parts: Sequence[Fitted], weights: Sequence[float] | None = None) -> Fitted:
    """The non-negative mean of candidates on the log-odds; equal weights unless given."""
    weights = weights if weights is not None else [1 / len(parts)] * len(parts)
    return Fitted("mean", settle(grid, mean_table([part.table for part in parts], weights)))


def _in_order(
    name: str, grid: Grid, learned: Table, directions: Sequence[int], learner: Any = None
) -> Fitted:
    mended = tuple(broken_signs(grid, learned, directions))
    table = with_signs(grid, learned, directions) if mended else learned
    return Fitted(name, settle(grid, table), learner, learned if learner is not None else None, mended)
