"""Affine calibration on a later term, and how well calibrated figures are.

Affine on the log-odds, never isotonic: it scales every contribution by one slope, so explanations stay
exact, and it never states a risk of exactly 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data_contracts.errors import Refused
from model.additive import probability
from model.grid import FloatArray

SLOPE_PRIOR_SD = 0.25  # the slope of a well-made model lies near 1; few events should not move it far
LEAST_SLOPE = 0.05  # a slope below 0 would turn every sign of the table round
STEPS = 60


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
    x, y = np.asarray(log_odds, dtype=np.float64), np.asarray(y, dtype=np.float64)
    check_both_classes(y, "calibration rows")
    offset = np.broadcast_to(np.asarray(offset, dtype=np.float64), x.shape)
    prior = 0.0 if prior_sd is None else prior_sd**-2
    design = np.column_stack([np.ones_like(x), x])
    # Start at slope 0 and the mean, where Newton's method on a logistic likelihood is safe, halving any
    # step that would make the fit worse.
    theta = np.array([np.log(y.mean() / (1 - y.mean())) - offset.mean(), 0.0])
    best = _loss(design, y, offset, theta, prior)
    for _ in range(STEPS):
        p = probability(offset + design @ theta)
        slope = design.T @ (p - y) + np.array([0.0, prior * (theta[1] - 1)])
        bend = (design * (p * (1 - p))[:, None]).T @ design + np.diag([1e-12, prior + 1e-12])
        step = np.linalg.solve(bend, slope)
        while (trial := _loss(design, y, offset, theta - step, prior)) > best + 1e-12 and abs(
            step
        ).max() > 1e-12:
            step = step / 2
        theta, best = theta - step, trial
        if abs(step).max() < 1e-10:
            break
    return Affine(float(theta[1]), float(theta[0]))


def serving_affine(log_odds: ArrayLike, y: ArrayLike, offset: ArrayLike | float = 0.0) -> Affine:
    """As `fit_affine`, but never with a slope that would undo the signs of the table."""
    fitted = fit_affine(log_odds, y, offset)
    if fitted.slope >= LEAST_SLOPE:
        return fitted
    least = LEAST_SLOPE * np.asarray(log_odds, dtype=np.float64) + np.asarray(offset, dtype=np.float64)
    return Affine(LEAST_SLOPE, fit_shift(least, y))


def fit_shift(log_odds: ArrayLike, y: ArrayLike) -> float:
    """Calibration-in-the-large: the shift that makes expected equal observed events."""
    eta, y = np.asarray(log_odds, dtype=np.float64), np.asarray(y, dtype=np.float64)
    low, high = -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(eta + middle).sum() < y.sum() else (low, middle)
    return (low + high) / 2


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


def _loss(design: FloatArray, y: FloatArray, offset: FloatArray, theta: FloatArray, prior: float) -> float:
    eta = offset + design @ theta
    return float(np.logaddexp(0.0, eta).sum() - y @ eta + 0.5 * prior * (theta[1] - 1) ** 2)
