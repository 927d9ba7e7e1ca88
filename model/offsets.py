"""A shrunken offset per school: the part of the risk that lies with where a pupil is, not with the pupil.

Random intercepts by empirical Bayes: the spread between schools (tau²) is estimated from the schools, and
each school's own rate moves it from 0 only as far as its events carry. A school never seen gets 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from model.additive import probability
from model.calibration import fit_shift
from model.grid import FloatArray, IntArray

ROUNDS = 50
LEAST_VARIANCE = 1e-4


@dataclass(frozen=True)
class Offsets:
    """`values` per school in log-odds, centred on the rows they came from; `tau2` their spread (variance)."""

    values: Mapping[str, float]
    tau2: float


def fit_offsets(log_odds: ArrayLike, y: ArrayLike, school: Sequence[str]) -> Offsets:
    """Offsets given each row's log-odds without them; all arrays (n,). One school alone gets 0."""
    eta, y = np.asarray(log_odds, dtype=np.float64), np.asarray(y, dtype=np.float64)
    names, index = np.unique(np.asarray(school, dtype=object).astype(str), return_inverse=True)
    if len(names) < 2:
        return Offsets({str(name): 0.0 for name in names}, 0.0)
    offset, tau2 = np.zeros(len(names)), 0.25
    for _ in range(ROUNDS):
        eta_level = eta + fit_shift(eta + offset[index], y)
        offset, variance = _modes(eta_level, y, index, offset, tau2)
        spread = max(float(np.mean(offset**2 + variance)), LEAST_VARIANCE)
        settled, tau2 = abs(spread - tau2) < 1e-6, spread
        if settled:
            break
    centred = offset - np.bincount(index) @ offset / len(index)
    return Offsets({str(name): float(value) for name, value in zip(names, centred, strict=True)}, tau2)


def _modes(
    eta: FloatArray, y: FloatArray, index: IntArray, start: FloatArray, tau2: float
) -> tuple[FloatArray, FloatArray]:
    """Most likely offset of each school under a normal prior, and its posterior variance."""
    offset = start.copy()
    for _ in range(20):
        p = probability(eta + offset[index])
        slope = np.bincount(index, weights=y - p) - offset / tau2
        bend = np.bincount(index, weights=p * (1 - p)) + 1 / tau2
        step = np.clip(slope / bend, -1.0, 1.0)
        offset += step
        if abs(step).max() < 1e-9:
            break
    return offset, 1 / bend
