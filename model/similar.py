"""Outcomes of similar pupils: the nearest held-out pupils on either side of a figure.

Only held-out predictions count, each pupil once. Pupils stand in cells of at least ten, in order of their figure,
so that no single pupil can be read out of the table; the nearest are whole cells on both sides.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import beta

LEAST_BESIDE = 50
"""Pupils wanted on either side of a figure."""
CELL = 10
MOST_CELLS = 200
"""Of more pupils cells are larger: a manifest stays small, and what a figure is set beside fine enough."""


def jeffreys(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Jeffreys interval of a share: 0 and 1 are its ends where no or all n pupils had the event."""
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(beta.ppf(tail, events + 0.5, n - events + 0.5))
    high = 1.0 if events == n else float(beta.ppf(1 - tail, events + 0.5, n - events + 0.5))
    return low, high


def similar_cells(log_odds: ArrayLike, y: ArrayLike, pupil: Sequence[str]) -> list[dict[str, Any]]:
    """Cells of held-out figures, ascending: `from` and `to` (log-odds), pupils, suspended.

    A pupil with several held-out rows counts with the latest (rows are handed in by time). Fewer than
    2 × LEAST_BESIDE pupils give no cells at all; the last cell takes what is left over.
    """
    held = pd.DataFrame({"pupil": np.asarray(pupil, dtype=object), "eta": log_odds, "y": y})
    held = held.drop_duplicates("pupil", keep="last").sort_values("eta", kind="stable")
    if len(held) < 2 * LEAST_BESIDE:
        return []
    eta, events = held["eta"].to_numpy(dtype=float), held["y"].to_numpy(dtype=float)
    cell = max(CELL, -(-len(held) // MOST_CELLS))
    starts = list(range(0, len(held) - cell + 1, cell))
    return [
        {
            "from": float(eta[start]),
            "to": float(eta[stop - 1]),
            "pupils": stop - start,
            "suspended": int(events[start:stop].sum()),
        }
        for start, stop in zip(starts, [*starts[1:], len(held)], strict=True)
    ]


def similar_to(cells: Sequence[dict[str, Any]], log_odds: ArrayLike) -> list[dict[str, Any] | None]:
    """Of each log-odds the nearest held-out pupils on both sides; None where there are no cells.

    Each: pupils, suspended, low and high (Jeffreys interval of the share), from and to (their range in
    log-odds), and short: 'above' or 'below' where fewer than LEAST_BESIDE pupils stand on that side, else ''.
    The bands of an earlier release's model are read too: the band a figure lies in.
    """
    eta = np.atleast_1d(np.asarray(log_odds, dtype=np.float64))
    if not cells:
        return [None] * len(eta)
    if "low" in cells[0]:
        return _in_bands(cells, eta)
    pupils, suspended = (np.array([one[name] for one in cells]) for name in ("pupils", "suspended"))
    before = np.r_[0, np.cumsum(pupils)]
    own = np.searchsorted(np.array([one["from"] for one in cells]), eta, side="right") - 1
    own = np.clip(own, 0, len(cells) - 1)
    found: dict[int, dict[str, Any]] = {}
    for place in np.unique(own).tolist():
        start = max(int(np.searchsorted(before, before[place] - LEAST_BESIDE, side="right")) - 1, 0)
        stop = min(int(np.searchsorted(before, before[place + 1] + LEAST_BESIDE, side="left")), len(cells))
        found[place] = {
            **_nearest(cells[start:stop], int(pupils[start:stop].sum()), int(suspended[start:stop].sum())),
            "short": _short(before, place, start, stop),
        }
    return [found[place] for place in own.tolist()]


def _nearest(cells: Sequence[dict[str, Any]], n: int, events: int) -> dict[str, Any]:
    low, high = jeffreys(events, n)
    reach = {"from": cells[0]["from"], "to": cells[-1]["to"]}
    return {"pupils": n, "suspended": events, "low": low, "high": high, **reach}


def _short(before: Any, own: int, start: int, stop: int) -> str:
    if before[stop] - before[own + 1] < LEAST_BESIDE:
        return "above"
    return "below" if before[own] - before[start] < LEAST_BESIDE else ""


def _in_bands(bands: Sequence[dict[str, Any]], eta: Any) -> list[dict[str, Any] | None]:
    edges = [band["from"] for band in bands]
    ends = [*edges[1:], None]
    found: list[dict[str, Any] | None] = []
    for place in np.searchsorted(edges, eta, side="right"):
        at = max(int(place) - 1, 0)
        found.append({**bands[at], "to": ends[at], "short": "above" if ends[at] is None else ""})
    return found
