"""Two tests of the label itself, which is an adult's decision.

Decision: given the same kind of incident, history, school and year, does the chance that it ends in a
suspension differ by group? Recording: does a group stand in more records of the kind that needs judgement
(disruption, defiance) than its records of the plain kind (fights, damage) lead one to expect? Neither can see
who was never written up at all, and "none found" says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

NONE_FOUND = "none found; this test cannot see who was never written up"
CANNOT_TELL = "not enough records to tell"
LEAST_STRATUM_EVENTS = 30
LEVEL = 0.01


@dataclass(frozen=True)
class Finding:
    """Common odds ratio of group against others, its 95 % interval, the p-value and the words for it."""

    test: str
    group: str
    odds_ratio: float | None
    low: float | None
    high: float | None
    p_value: float | None
    finding: str

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


def decision_test(records: pd.DataFrame, group: str) -> Finding:
    """`records`: one row per incident, with boolean columns `suspended` and `in_group` and the columns
    `stratum` (same type, history, school and year)."""
    return _test("decision", group, records["in_group"], records["suspended"], records["stratum"])


def recording_test(records: pd.DataFrame, group: str) -> Finding:
    """`records`: one row per incident, boolean `subjective` and `in_group`, and `stratum` (school, year)."""
    return _test("recording", group, records["in_group"], records["subjective"], records["stratum"])


def _test(
    test: str, group: str, inside: "pd.Series[Any]", happened: "pd.Series[Any]", stratum: "pd.Series[Any]"
) -> Finding:
    """Mantel-Haenszel over strata, with the Robins-Breslow-Greenland interval."""
    counts = _cells(inside.to_numpy(bool), happened.to_numpy(bool), stratum.to_numpy())
    counts = counts[(counts[:, :2].sum(axis=1) > 0) & (counts[:, 2:].sum(axis=1) > 0)]
    a, b, c, d = counts.T if len(counts) else np.zeros((4, 0))
    n = a + b + c + d
    if min(a.sum() + c.sum(), b.sum() + d.sum(), a.sum() + b.sum()) < LEAST_STRATUM_EVENTS:
        return Finding(test, group, None, None, None, None, CANNOT_TELL)
    r, s = a * d / n, b * c / n
    if not (r.sum() > 0 and s.sum() > 0):
        return Finding(test, group, None, None, None, None, CANNOT_TELL)
    ratio = r.sum() / s.sum()
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    reach = norm.ppf(0.975) * np.sqrt(variance)
    p_value = float(chi2.sf(np.log(ratio) ** 2 / variance, 1))
    found = NONE_FOUND if p_value >= LEVEL else ("more often" if ratio > 1 else "less often")
    low, high = np.exp(np.log(ratio) - reach), np.exp(np.log(ratio) + reach)
    return Finding(test, group, float(ratio), float(low), float(high), p_value, found)


def _cells(g: np.ndarray, y: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Per stratum: in group with and without, others with and without; shape (strata, 4)."""
    if not len(g):
        return np.zeros((0, 4))
    _, index = np.unique(stratum.astype(str), return_inverse=True)
    return np.column_stack([np.bincount(index, weights=part) for part in (g & y, g & ~y, ~g & y, ~g & ~y)])
