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
MORE, LESS = "more often", "less often"
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
    `stratum` (same type, history, school and year) and, where one pupil has several rows, `pupil`."""
    return _test("decision", group, records, "suspended")


def recording_test(records: pd.DataFrame, group: str) -> Finding:
    """`records`: one row per incident, boolean `subjective` and `in_group`, `stratum` (school, year, as much
    written down lately) and `pupil`."""
    return _test("recording", group, records, "subjective")


def _test(test: str, group: str, records: pd.DataFrame, outcome: str) -> Finding:
    """Mantel-Haenszel over strata. The variance is that of Robins, Breslow and Greenland, or the one that lets a
    pupil's records hang together where that is larger."""
    inside, happened = records["in_group"].to_numpy(bool), records[outcome].to_numpy(bool)
    stratum = pd.factorize(records["stratum"])[0]
    counts = _cells(inside, happened, stratum)
    used = (counts[:, :2].sum(axis=1) > 0) & (counts[:, 2:].sum(axis=1) > 0)
    a, b, c, d = counts[used].T if len(counts) else np.zeros((4, 0))
    n = a + b + c + d
    cannot = Finding(test, group, None, None, None, None, CANNOT_TELL)
    if min(a.sum() + c.sum(), b.sum() + d.sum(), a.sum() + b.sum()) < LEAST_STRATUM_EVENTS:
        return cannot
    r, s = a * d / n, b * c / n
    if not (r.sum() > 0 and s.sum() > 0):
        return cannot
    ratio = r.sum() / s.sum()
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    if "pupil" in records:
        pulls = _pulls(inside, happened, stratum, counts, used, ratio)
        pupil = pd.factorize(records["pupil"])[0]
        variance = max(variance, (np.bincount(pupil, weights=pulls) ** 2).sum() / r.sum() ** 2)
    reach = norm.ppf(0.975) * np.sqrt(variance)
    p_value = float(chi2.sf(np.log(ratio) ** 2 / variance, 1))
    found = NONE_FOUND if p_value >= LEVEL else (MORE if ratio > 1 else LESS)
    low, high = np.exp(np.log(ratio) - reach), np.exp(np.log(ratio) + reach)
    return Finding(test, group, float(ratio), float(low), float(high), p_value, found)


def _pulls(
    inside: np.ndarray,
    happened: np.ndarray,
    stratum: np.ndarray,
    counts: np.ndarray,
    used: np.ndarray,
    ratio: float,
) -> np.ndarray:
    """Each record's term in the estimating function of the common odds ratio, shape (records,)."""
    a, b, c, d = np.where(used[:, None], counts, 0.0).T
    n = np.maximum(counts.sum(axis=1), 1.0)
    event = np.where(inside, (d / n)[stratum], (-ratio * b / n)[stratum])
    none = np.where(inside, (-ratio * c / n)[stratum], (a / n)[stratum])
    return np.where(happened, event, none)


def _cells(g: np.ndarray, y: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Per stratum (by number): in group with and without, others with and without; shape (strata, 4)."""
    if not len(g):
        return np.zeros((0, 4))
    return np.column_stack([np.bincount(index, weights=part) for part in (g & y, g & ~y, ~g & y, ~g & ~y)])
