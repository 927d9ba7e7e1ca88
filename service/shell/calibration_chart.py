"""Whether predictions came true: for each tenth of the pupils what was expected, and what happened with its range.

The tenths stand beside each other and the axis grows by the square root: nine of ten tenths are near nothing, and
on an even axis they would lie on one spot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from service.shell.charts import Tick

Z = 1.96
LEVELS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
LEFT, RIGHT, TOP, FLOOR = 70.0, 20.0, 26.0, 250.0


@dataclass(frozen=True)
class CalibrationPoint:
    """A tenth of the pupils, as shares of 1: expected, happened, and the range that fits what happened."""

    tenth: int
    expected: float
    observed: float
    low: float
    high: float
    rows: int
    x: float
    expected_y: float
    observed_y: float
    low_y: float
    high_y: float
    words: str


@dataclass(frozen=True)
class CalibrationChart:
    """Rings for what was expected, dots with their ranges for what happened, from the lowest tenth up."""

    title: str
    summary: str
    points: tuple[CalibrationPoint, ...]
    ticks: tuple[Tick, ...]
    left: float = LEFT
    top: float = TOP
    floor: float = FLOOR
    width: float = 720.0
    height: float = 306.0


def calibration(curve: Sequence[Mapping[str, Any]]) -> CalibrationChart:
    """The chart for a report's calibration curve (expected, observed and rows of each tenth)."""
    ranges = [interval(one["observed"], int(one["rows"])) for one in curve]
    top = max([0.1, *(max(one["expected"], high) for one, (_, high) in zip(curve, ranges, strict=True))])
    step = (720.0 - LEFT - RIGHT) / max(len(curve), 1)

    def down(share: float) -> float:
        return round(TOP + (FLOOR - TOP) * (1 - sqrt(share / top)), 1)

    points = tuple(
        CalibrationPoint(
            tenth=place + 1,
            expected=one["expected"],
            observed=one["observed"],
            low=low,
            high=high,
            rows=int(one["rows"]),
            x=round(LEFT + step * (place + 0.5), 1),
            expected_y=down(one["expected"]),
            observed_y=down(one["observed"]),
            low_y=down(low),
            high_y=down(high),
            words=f"Expected {one['expected']:.1%}, happened {one['observed']:.1%} ({low:.1%} to {high:.1%})",
        )
        for place, (one, (low, high)) in enumerate(zip(curve, ranges, strict=True))
    )
    ticks = tuple(Tick(down(share), f"{100 * share:g} %") for share in _levels(top))
    return CalibrationChart(
        "Share of pupils suspended the next term: expected and happened", _summary(points), points, ticks
    )


def interval(share: float, rows: int) -> tuple[float, float]:
    """The range of shares that fits what happened to so many pupils, 95 in 100 times (Wilson)."""
    if rows <= 0:
        return 0.0, 1.0
    middle = (share + Z * Z / (2 * rows)) / (1 + Z * Z / rows)
    reach = Z * sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows)) / (1 + Z * Z / rows)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _levels(top: float) -> list[float]:
    """The levels that fit under the top, without two whose words would touch."""
    kept: list[float] = []
    for share in LEVELS:
        if share <= top and (not kept or sqrt(share / top) - sqrt(kept[-1] / top) >= 0.08):
            kept.append(share)
    return kept


def _summary(points: Sequence[CalibrationPoint]) -> str:
    if not points:
        return "There are no figures."
    last, fit = points[-1], sum(1 for one in points if one.low <= one.expected <= one.high)
    return (
        f"In the tenth of pupils with the highest figures {100 * last.expected:.0f} in 100 were expected to be "
        f"suspended and {100 * last.observed:.0f} in 100 were. In {fit} of {len(points)} tenths what was expected "
        f"lies within the range of what happened."
    )
