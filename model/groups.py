"""Group figures with intervals and suppression. The one place that imports fairlearn.

Fewer than 10 pupils, or a group that could be told by subtracting the others from the total, are not shown.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from model.grid import FloatArray
from model.similar import jeffreys

LEAST_SHOWN = 10
CANNOT_TELL = "not enough pupils to tell"
LEAST_EVENTS = 10


def group_table(
    y: ArrayLike, flagged: ArrayLike, probability: ArrayLike, group: Sequence[str]
) -> list[dict[str, Any]]:
    """Per group: pupils, flag rate, miss rate (of those with the outcome), false-flag rate (of those
    without), expected and observed events, each rate with a Jeffreys interval; suppressed where small."""
    from fairlearn.metrics import MetricFrame, count, false_negative_rate, false_positive_rate, selection_rate

    y, flagged = np.asarray(y).astype(int), np.asarray(flagged).astype(int)
    frame = MetricFrame(
        metrics={
            "pupils": count, "flag_rate": selection_rate, "miss_rate": false_negative_rate,
            "false_flag_rate": false_positive_rate,
        },
        y_true=y, y_pred=flagged, sensitive_features=pd.Series(list(group), name="group").astype(str),
    )  # fmt: skip
    hidden = suppressed(frame.by_group["pupils"])
    names = np.asarray(list(group), dtype=object).astype(str)
    listed = []
    for name, measured in frame.by_group.iterrows():
        if name in hidden:
            listed.append({"group": str(name), "suppressed": True})
            continue
        inside = names == name
        listed.append(
            {
                "group": str(name),
                "suppressed": False,
                **_figures(y[inside], flagged[inside], np.asarray(probability)[inside], measured),
            }
        )
    return listed


def suppressed(counts: "pd.Series[Any]") -> set[str]:
    """Groups not to be shown: the small ones, and where one alone is small the next smallest as well, or
    the total would give it away."""
    small = {str(name) for name, n in counts.items() if n < LEAST_SHOWN}
    if len(small) == 1 and len(counts) > 1:
        rest = counts.drop(next(iter(small)))
        small.add(str(rest.idxmin()))
    return small


def disparity(table: Sequence[dict[str, Any]], flag: str = "observed_over_expected") -> dict[str, Any]:
    """The widest gap between shown groups whose intervals do not overlap; or that there are too few pupils."""
    told = [row for row in table if not row["suppressed"] and row["enough"]]
    if len(told) < 2:
        return {"finding": CANNOT_TELL}
    low = min(told, key=lambda row: row[flag])
    high = max(told, key=lambda row: row[flag])
    apart = high["interval"][0] > low["interval"][1]
    return {
        "finding": "differs" if apart else "no difference found",
        "lowest": {"group": low["group"], "value": low[flag]},
        "highest": {"group": high["group"], "value": high[flag]},
    }


def _figures(y: np.ndarray, flagged: np.ndarray, p: FloatArray, measured: "pd.Series[Any]") -> dict[str, Any]:
    n, events, expected = len(y), int(y.sum()), float(p.sum())
    low, high = jeffreys(events, n)
    scale = n / expected if expected else float("nan")
    return {
        "pupils": n,
        "flag_rate": float(measured["flag_rate"]),
        "flag_interval": list(jeffreys(int(flagged.sum()), n)),
        "miss_rate": float(measured["miss_rate"]) if events >= LEAST_EVENTS else None,
        "miss_interval": list(jeffreys(int((y * (1 - flagged)).sum()), events))
        if events >= LEAST_EVENTS
        else None,
        "false_flag_rate": float(measured["false_flag_rate"]),
        "observed": events if events >= LEAST_SHOWN else None,
        "expected": expected if events >= LEAST_SHOWN else None,
        "observed_over_expected": events / expected if expected else None,
        "interval": [low * scale, high * scale],
        "enough": events >= LEAST_EVENTS,
    }
