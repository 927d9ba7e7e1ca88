"""Group figures with intervals and suppression. The one place that imports fairlearn.

Fewer than 10 pupils, or a group that could be told by subtracting the others from the total, are not shown.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2

from model.grid import FloatArray
from model.similar import jeffreys

LEAST_SHOWN = 10
CANNOT_TELL = "not enough pupils to tell"
LEAST_EVENTS = 10
LEVEL = 0.01


def group_table(
    y: ArrayLike,
    flagged: ArrayLike,
    probability: ArrayLike,
    group: Sequence[str],
    lines: Sequence[Collection[str]] = (),
) -> list[dict[str, Any]]:
    """Per group: pupils, flag rate, miss rate (of those with the outcome), false-flag rate (of those
    without), expected and observed events (`variance` of the expected), each rate with a Jeffreys interval;
    suppressed where small, `lines` as in `suppressed`."""
    from fairlearn.metrics import MetricFrame, count, false_negative_rate, false_positive_rate, selection_rate

    y, flagged = np.asarray(y).astype(int), np.asarray(flagged).astype(int)
    frame = MetricFrame(
        metrics={
            "pupils": count, "flag_rate": selection_rate, "miss_rate": false_negative_rate,
            "false_flag_rate": false_positive_rate,
        },
        y_true=y, y_pred=flagged, sensitive_features=pd.Series(list(group), name="group").astype(str),
    )  # fmt: skip
    hidden = suppressed(frame.by_group["pupils"], lines)
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


def suppressed(counts: "pd.Series[Any]", lines: Sequence[Collection[str]] = ()) -> set[str]:
    """Groups not to be shown: the small ones, and as many more as keep them from being told by subtraction.

    `lines` are further sets of groups whose sum is shown elsewhere (the rows and columns of a table of pairs,
    beside the tables of one characteristic). In every line, and in all together, what is hidden is nothing, or
    two groups or more of 10 pupils or more together.
    """
    hidden = {str(name) for name, n in counts.items() if n < LEAST_SHOWN}
    known = {str(name): int(n) for name, n in counts.items()}
    every = [set(known), *(set(line) & set(known) for line in lines)]
    while open_line := next((line for line in every if _tells(line, hidden, known)), None):
        hidden.add(min(open_line - hidden, key=lambda name: (known[name], name)))
    return hidden


def _tells(line: set[str], hidden: set[str], counts: Mapping[str, int]) -> bool:
    """True where a hidden line can be found by subtracting the shown groups from its sum."""
    inside = line & hidden
    few = len(inside) == 1 or sum(counts[name] for name in inside) < LEAST_SHOWN
    return bool(inside) and few and inside != line


def disparity(table: Sequence[dict[str, Any]], flag: str = "observed_over_expected") -> dict[str, Any]:
    """Do the shown groups differ in observed over expected events by more than chance? By a chi-square test
    at LEVEL: of a hundred tables without a difference one says "differs". Or that there are too few pupils.

    Returns {finding, p_value, lowest, highest}.
    """
    told = [row for row in table if not row["suppressed"] and row["enough"]]
    if len(told) < 2:
        return {"finding": CANNOT_TELL}
    observed, expected, spread = (
        np.array([row[name] for row in told], dtype=np.float64)
        for name in ("observed", "expected", "variance")
    )
    whole = expected * observed.sum() / expected.sum()
    statistic = ((observed - whole) ** 2 / (spread * observed.sum() / expected.sum())).sum()
    p_value = float(chi2.sf(statistic, len(told) - 1))
    low, high = (chosen(told, key=lambda row: row[flag]) for chosen in (min, max))
    return {
        "finding": "differs" if p_value < LEVEL else "no difference found",
        "p_value": p_value,
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
        "false_flag_interval": list(jeffreys(int(((1 - y) * flagged).sum()), n - events)),
        "observed": events if events >= LEAST_SHOWN else None,
        "expected": expected if events >= LEAST_SHOWN else None,
        "variance": float((p * (1 - p)).sum()),
        "observed_over_expected": events / expected if expected else None,
        "interval": [low * scale, high * scale],
        "enough": events >= LEAST_EVENTS,
    }
