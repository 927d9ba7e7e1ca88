"""The share of a list that will be right, judged by past lists that were made the same way."""

from scipy import stats

LEVEL = 0.8
"""Share of terms that the range is meant to hold: 'in most terms'."""


def expected_right(right: float, flags: float, places: int) -> tuple[int, int, int]:
    """(about, low, high) of `places` pupils, after `right` of `flags` pupils on past lists were right.

    The range is the beta-binomial's (Jeffreys prior), so it holds both what is not known about the share and
    the luck of one list.
    """
    if not 0 <= right <= flags or places < 1:
        raise ValueError("right must lie between 0 and flags, and places be at least 1")
    spread = stats.betabinom(places, right + 0.5, flags - right + 0.5)
    low, high = spread.ppf((1 - LEVEL) / 2), spread.ppf((1 + LEVEL) / 2)
    return round(places * right / max(flags, 1)), int(low), int(high)
