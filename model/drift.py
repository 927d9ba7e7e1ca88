"""Has the world moved since training? Inputs, figures and the outcome's rate, compared with then."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from model.additive import AdditiveModel, probability
from model.grid import FloatArray, IntArray

FLOOR = 1e-3
FIFTHS = 5


def stability(then: ArrayLike, now: ArrayLike) -> float:
    """Population stability index between two sets of counts over the same cells; 0 where nothing moved."""
    a, b = np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)
    a, b = np.maximum(a / a.sum(), FLOOR), np.maximum(b / b.sum(), FLOOR)
    return float(((b - a) * np.log(b / a)).sum())


def input_drift(model: AdditiveModel, X: ArrayLike) -> dict[str, float]:
    """Stability index of every indicator against the training rows, over fifths of them and "missing".

    Not over the model's own cells: a share of sessions takes other values in a term with other sessions, so
    that cells as fine as those empty and fill without anything having moved.
    """
    cells = model.grid.locate(X)
    found = {}
    for j, axis in enumerate(model.grid.axes):
        part = _fifths(axis.rows)
        now = np.bincount(part[cells[:, j]], minlength=FIFTHS + 1)
        found[axis.name] = stability(np.bincount(part, weights=axis.rows, minlength=FIFTHS + 1), now)
    return found


def _fifths(rows: IntArray) -> IntArray:
    """Which fifth of the known training rows each cell's middle lies in; the missing cell stands apart."""
    known = rows[:-1]
    middle = (np.cumsum(known) - known / 2) / known.sum()
    return np.append((middle * FIFTHS).astype(np.int64), FIFTHS)


def score_counts(log_odds: ArrayLike, edges: ArrayLike) -> IntArray:
    """How many figures fall between the edges, ends open."""
    at = np.searchsorted(np.asarray(edges), np.asarray(log_odds), side="right")
    return np.bincount(at, minlength=len(np.asarray(edges)) + 1)


def rate_ratio(log_odds: FloatArray, y: ArrayLike) -> float:
    """Observed over expected events: calibration-in-the-large of a term whose outcome is now known."""
    expected = float(probability(log_odds).sum())
    return float(np.asarray(y).sum()) / expected if expected else float("nan")


def judge(
    inputs: dict[str, float],
    scores: float | None,
    ratio: float | None,
    *,
    warn: float,
    stop: float,
    rate: float,
) -> dict[str, Any]:
    """What moved and whether scoring should pause: `warnings`, `stops` (sentences), `paused`."""
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
        stops.append(f"{ratio:.2f} times as many pupils as expected had the outcome.")
    return {
        "inputs": inputs, "scores": scores, "observed_over_expected": ratio,
        "warnings": warnings, "stops": stops, "paused": bool(stops),
    }  # fmt: skip
