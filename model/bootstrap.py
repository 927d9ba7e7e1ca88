"""Intervals that respect who belongs together: whole clusters are drawn again, never single rows."""

from collections.abc import Callable, Sequence

import numpy as np

from model.grid import IntArray

LEAST_CLUSTERS = 8


def clusters(school: Sequence[str], pupil: Sequence[str]) -> tuple[list[IntArray], str]:
    """Row numbers by cluster and what a cluster is: schools; pupils where there are too few schools to
    say anything about how schools differ."""
    schools = np.asarray(school, dtype=object).astype(str)
    by, keys = ("school", schools) if len(set(schools)) >= LEAST_CLUSTERS else ("pupil", pupil)
    _, index = np.unique(np.asarray(keys, dtype=object).astype(str), return_inverse=True)
    order = np.argsort(index, kind="stable")
    return list(np.split(order, np.cumsum(np.bincount(index))[:-1])), by


def intervals(
    measure: Callable[[IntArray], dict[str, float]],
    members: Sequence[IntArray],
    *,
    repeats: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of every figure `measure` gives for a set of row numbers."""
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(repeats):
        chosen = rng.integers(0, len(members), len(members))
        for name, value in measure(np.concatenate([members[one] for one in chosen])).items():
            drawn.setdefault(name, []).append(value)
    tails = ((1 - level) / 2, (1 + level) / 2)
    found = {}
    for name, values in drawn.items():
        known = np.array(values)[np.isfinite(values)]
        if len(known):
            low, high = np.quantile(known, tails)
            found[name] = (float(low), float(high))
    return found
