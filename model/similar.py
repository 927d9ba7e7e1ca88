"""What became of similar pupils: counts of past pupils to whom the model gave a similar figure.

Only held-out predictions count, each pupil once. Pupils are put into bands of at least 50, from the highest
figures down, so that no single pupil can be read out of the table.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import beta

from model.grid import FloatArray

LEAST_PUPILS = 50
GROWTH = 1.25  # each band below is this much larger: figures lie closer together there


def jeffreys(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Jeffreys interval of a share: 0 and 1 are its ends where no or all n pupils had the event."""
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(beta.ppf(tail, events + 0.5, n - events + 0.5))
    high = 1.0 if events == n else float(beta.ppf(1 - tail, events + 0.5, n - events + 0.5))
    return low, high


def similar_bands(
    log_odds: ArrayLike, y: ArrayLike, pupil: Sequence[str], *, least: int = LEAST_PUPILS
) -> list[dict[str, Any]]:
    """Bands of held-out figures, ascending: `from` (lowest log-odds), pupils, suspended, low, high (shares).

    A pupil with several held-out rows counts with the latest (rows are handed in by time). Fewer than
    `least` pupils give no bands at all.
    """
    held = pd.DataFrame({"pupil": np.asarray(pupil, dtype=object), "eta": log_odds, "y": y})
    held = held.drop_duplicates("pupil", keep="last").sort_values("eta", ascending=False, kind="stable")
    eta, events = held["eta"].to_numpy(), held["y"].to_numpy(dtype=float)
    bands: list[dict[str, Any]] = []
    for start, stop in _band_edges(len(held), least):
        bands.append(_band(eta[start:stop], events[start:stop]))
    return bands[::-1]


def similar_to(bands: Sequence[dict[str, Any]], log_odds: ArrayLike) -> list[dict[str, Any] | None]:
    """The band of each log-odds (below the lowest band's edge: the lowest); None where there are no bands."""
    eta = np.atleast_1d(np.asarray(log_odds, dtype=np.float64))
    if not bands:
        return [None] * len(eta)
    edges = np.array([band["from"] for band in bands])
    return [bands[max(int(i) - 1, 0)] for i in np.searchsorted(edges, eta, side="right")]


def _band_edges(n: int, least: int) -> list[tuple[int, int]]:
    edges, start, size = [], 0, float(least)
    while n - start >= least:
        stop = start + int(size)
        stop = n if n - stop < least else stop
        edges.append((start, stop))
        start, size = stop, size * GROWTH
    return edges


def _band(eta: FloatArray, events: FloatArray) -> dict[str, Any]:
    n, suspended = len(eta), int(events.sum())
    low, high = jeffreys(suspended, n)
    return {"from": float(eta.min()), "pupils": n, "suspended": suspended, "low": low, "high": high}
