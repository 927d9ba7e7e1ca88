"""Affine calibration on a later term, and how well calibrated figures are.

Affine on the log-odds, never isotonic: it scales the contributions of a family by one slope, so explanations
stay exact, and it never states a risk of exactly 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data_contracts.errors import Refused
from model.additive import probability
from model.grid import FloatArray

SLOPE_PRIOR_SD = 0.15  # the slope of a well-made model lies near 1; few events should not move it far
FAMILY_PRIOR_SD = 0.1  # how far the slopes of families differ; half and twice of it did no better
LEAST_SLOPE = 0.05  # a slope below 0 would turn every sign of the table round
STEPS = 60
MOST_SHIFT = 30.0


@dataclass(frozen=True)
class Affine:
    """Calibrated log-odds = shift + slope · raw log-odds."""

    slope: float
    shift: float


def check_both_classes(y: FloatArray, what: str) -> None:
    """Raises Refused where an outcome column has no events or nothing but events."""
    events = int(y.sum())
    if events == 0 or events == len(y):
        raise Refused(
            f"The {what} hold {events} pupils with the outcome among {len(y)}: nothing can be learned.",
            hint="Load more terms or more schools, or check that suspensions were loaded.",
        )


def fit_affine(
    log_odds: ArrayLike,
    y: ArrayLike,
    offset: ArrayLike | float = 0.0,
    *,
    prior_sd: float | None = SLOPE_PRIOR_SD,
) -> Affine:
    """Slope and shift of y on the log-odds by (penalised) maximum likelihood; `offset` is added as it is.

    `prior_sd=None` gives the plain estimate, as a measure of calibration needs it. Raises Refused where y
    holds one class only.
    """
    x = np.asarray(log_odds, dtype=np.float64)
    precision = np.array([[0.0 if prior_sd is None else prior_sd**-2]])
    shift, slopes = _fit(x[:, None], y, offset, precision)
    return Affine(float(slopes[0]), shift)


def serving_affine(log_odds: ArrayLike, y: ArrayLike, offset: ArrayLike | float = 0.0) -> Affine:
    """As `fit_affine`, but never with a slope that would undo the signs of the table."""
    shift, slopes = serving_slopes(np.asarray(log_odds, dtype=np.float64)[:, None], y, offset)
    return Affine(float(slopes[0]), shift)


def serving_slopes(
    sums: FloatArray, y: ArrayLike, offset: ArrayLike | float = 0.0, weight: ArrayLike | float = 1.0
) -> tuple[float, FloatArray]:
    """Shift and one slope for each column of `sums` (n, g), the log-odds that each family of indicators adds.

    The slopes share a mean near 1 and differ little from it unless many events say so; none is so small or
    negative that it would undo the signs of the table. `weight` (n,) says how much a row counts for the slopes
    beside others (in all they count as many events as there are); the shift makes expected equal observed
    events, each row counted once.
    """
    y = np.asarray(y, dtype=np.float64)
    check_both_classes(y, "calibration rows")
    weight = np.broadcast_to(np.asarray(weight, dtype=np.float64), y.shape)
    weight = weight * (y.sum() / (weight @ y))
    g = sums.shape[1]
    spread = np.full((g, g), SLOPE_PRIOR_SD**2) + (FAMILY_PRIOR_SD**2 if g > 1 else 0.0) * np.eye(g)
    _, slopes = _fit(sums, y, offset, np.linalg.inv(spread).astype(np.float64), weight)
    slopes = np.maximum(slopes, LEAST_SLOPE)
    return fit_shift(sums @ slopes + np.asarray(offset, dtype=np.float64), y), slopes


def _fit(
    sums: FloatArray,
    y: ArrayLike,
    offset: ArrayLike | float,
    precision: FloatArray,
    weight: ArrayLike | float = 1.0,
) -> tuple[float, FloatArray]:
    """Shift and slopes under a normal prior with mean 1 and the given precision, by Newton's method."""
    y = np.asarray(y, dtype=np.float64)
    check_both_classes(y, "calibration rows")
    offset, w = (np.broadcast_to(np.asarray(one, dtype=np.float64), y.shape) for one in (offset, weight))
    design = np.column_stack([np.ones(len(y)), sums])
    prior = np.zeros((design.shape[1], design.shape[1]))
    prior[1:, 1:] = precision
    # Start at slopes of 0 and the mean, where Newton's method on a logistic likelihood is safe, halving any
    # step that would make the fit worse.
    theta = np.zeros(design.shape[1])
    theta[0] = np.log(y.mean() / (1 - y.mean())) - offset.mean()
    best = _loss(design, y, offset, w, theta, prior)
    for _ in range(STEPS):
        p = probability(offset + design @ theta)
        slope = design.T @ (w * (p - y)) + prior @ (theta - 1)
        bend = (design * (w * p * (1 - p))[:, None]).T @ design + prior + 1e-12 * np.eye(len(theta))
        step = np.linalg.solve(bend, slope)
        while (trial := _loss(design, y, offset, w, theta - step, prior)) > best + 1e-12 and abs(
            step
        ).max() > 1e-12:
            step = step / 2
        theta, best = theta - step, trial
        if abs(step).max() < 1e-10:
            break
    return float(theta[0]), theta[1:]


def fit_shift(log_odds: ArrayLike, y: ArrayLike) -> float:
    """Calibration-in-the-large: the shift that makes expected equal observed events (at most 30 either way)."""
    eta, events = np.asarray(log_odds, dtype=np.float64), float(np.asarray(y, dtype=np.float64).sum())
    low, high, shift = -MOST_SHIFT, MOST_SHIFT, 0.0
    for _ in range(STEPS):
        p = probability(eta + shift)
        gap, bend = events - float(p.sum()), float((p * (1 - p)).sum())
        low, high = (shift, high) if gap > 0 else (low, shift)
        # Newton's step where it stays between the bounds found so far, halving them where it does not.
        better = shift + gap / bend if bend > 0 else high
        better = better if low < better < high else (low + high) / 2
        if abs(better - shift) < 1e-12:
            break
        shift = better
    return shift


def calibration_curve(log_odds: ArrayLike, y: ArrayLike, groups: int = 10) -> list[dict[str, float]]:
    """Expected and observed share per group of similar log-odds, ascending; equal numbers of rows."""
    eta, y = np.asarray(log_odds, dtype=np.float64), np.asarray(y, dtype=np.float64)
    order = np.argsort(eta, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    p = probability(eta)
    return [
        {"rows": len(part), "expected": float(p[part].mean()), "observed": float(y[part].mean())}
        for part in parts
    ]


def _loss(
    design: FloatArray, y: FloatArray, offset: FloatArray, w: FloatArray, theta: FloatArray, prior: FloatArray
) -> float:
    eta = offset + design @ theta
    return float(w @ (np.logaddexp(0.0, eta) - y * eta) + 0.5 * (theta - 1) @ prior @ (theta - 1))
