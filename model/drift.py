"""Has the world moved since training? Inputs, figures and the outcome's rate, compared with then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from model.additive import AdditiveModel, probability
from model.grid import FloatArray, IntArray
from model.similar import jeffreys

FLOOR = 1e-3
FIFTHS = 5


@dataclass(frozen=True)
class Bounds:
    """Stability index from which to warn and to stop; the ratio of observed to expected events (or its
    inverse) from which to stop."""

    warn: float
    stop: float
    rate: float


def stability(then: ArrayLike, now: ArrayLike) -> float:
    """Population stability index between two sets of counts over the same cells; 0 where nothing moved."""
    a, b = np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)
    a, b = np.maximum(a / a.sum(), FLOOR), np.maximum(b / b.sum(), FLOOR)
    return float(((b - a) * np.log(b / a)).sum())


def excess(then: ArrayLike, now: ArrayLike) -> float:
    """The stability index less what chance alone would give between two samples of these sizes, at least 0."""
    a, b = np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)
    by_chance = (np.count_nonzero(a + b) - 1) * (1 / a.sum() + 1 / b.sum())
    return max(stability(a, b) - by_chance, 0.0)


def input_drift(
    model: AdditiveModel, X: ArrayLike, then: Mapping[str, ArrayLike] | None = None
) -> dict[str, float]:
    """Excess stability index of every indicator against `then` (counts as `fifth_counts` gives; by default
    the training rows): over fifths of them and "missing".

    Not over the model's own cells: a share of sessions takes other values in a term with other sessions, so
    that cells as fine as those empty and fill without anything having moved.
    """
    now = fifth_counts(model, X)
    return {
        axis.name: excess(then[axis.name] if then is not None else _trained(axis.rows), now[axis.name])
        for axis in model.grid.axes
    }


def fifth_counts(model: AdditiveModel, X: ArrayLike) -> dict[str, list[int]]:
    """Number of rows in each fifth of every indicator's training values, the missing ones last."""
    cells = model.grid.locate(X)
    return {
        axis.name: np.bincount(_fifths(axis.rows)[cells[:, j]], minlength=FIFTHS + 1).tolist()
        for j, axis in enumerate(model.grid.axes)
    }


def _trained(rows: IntArray) -> FloatArray:
    return np.bincount(_fifths(rows), weights=rows, minlength=FIFTHS + 1).astype(np.float64)


def _fifths(rows: IntArray) -> IntArray:
    """The fifth of the known training rows in which each cell's middle lies; the missing cell stands apart."""
    known = rows[:-1]
    middle = (np.cumsum(known) - known / 2) / known.sum()
    return np.append((middle * FIFTHS).astype(np.int64), FIFTHS)


def score_counts(log_odds: ArrayLike, edges: ArrayLike) -> IntArray:
    """Number of figures between each pair of edges, ends open."""
    at = np.searchsorted(np.asarray(edges), np.asarray(log_odds), side="right")
    return np.bincount(at, minlength=len(np.asarray(edges)) + 1)


def rate_ratio(log_odds: FloatArray, y: ArrayLike) -> tuple[float, tuple[float, float]]:
    """Observed over expected events, with its 95 % interval: calibration-in-the-large of a term whose outcome
    is now known. NaN where nothing was expected."""
    y = np.asarray(y)
    expected = float(probability(log_odds).sum())
    if not expected:
        return float("nan"), (float("nan"), float("nan"))
    low, high = jeffreys(int(y.sum()), len(y))
    return float(y.sum()) / expected, (low * len(y) / expected, high * len(y) / expected)


def judge(
    inputs: dict[str, float],
    scores: float | None,
    ratio: float | None,
    interval: tuple[float, float] | None,
    bounds: Bounds,
    *,
    surely: bool = False,
) -> dict[str, Any]:
    """Judge drift: `warnings` and `stops` (sentences), and `paused`, true where there are stops.

    A ratio of observed to expected events stops only where its interval leaves 1 outside, for a single school
    (`surely`) only where the whole interval lies beyond the bound: few pupils vary.
    """
    warn, stop, rate = bounds.warn, bounds.stop, bounds.rate
    warnings = [
        f"The indicator '{name}' has moved ({value:.2f})." for name, value in inputs.items() if value > warn
    ]
    stops = []
    if scores is not None and scores > stop:
        stops.append(f"The figures as a whole have moved ({scores:.2f}).")
    elif scores is not None and scores > warn:
        warnings.append(f"The figures as a whole are moving ({scores:.2f}).")
    moved = sum(value > stop for value in inputs.values())
    if moved > len(inputs) / 4:
        stops.append(f"{moved} of {len(inputs)} indicators have moved far from the training terms.")
    if ratio is not None and np.isfinite(ratio) and not 1 / rate <= ratio <= rate:
        least, most = (1 / rate, rate) if surely else (1.0, 1.0)
        by_chance = interval is not None and interval[0] <= most and least <= interval[1]
        said = f"{ratio:.2f} times as many pupils as expected had the outcome."
        (warnings if by_chance else stops).append(said)
    return {
        "inputs": inputs, "scores": scores, "observed_over_expected": ratio,
        "interval": None if interval is None else list(interval),
        "warnings": warnings, "stops": stops, "paused": bool(stops),
    }  # fmt: skip
