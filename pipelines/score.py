"""Figures and flags for one term: who is suggested for a support review, and for whom we can't say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.errors import Refused
from data_contracts.schools import is_synthetic
from model.additive import AdditiveModel, probability
from model.similar import similar_to

OTHER_PHASE = "other_phase"
UNKNOWN_VALUES = "unknown_values"
MOST_MISSING = (
    0.5  # of the indicators; with more unknown a figure would say more about the gaps than the pupil
)

FIGURES = [
    "log_odds", "base_log_odds", "probability",
    "similar_pupils", "similar_suspended", "similar_low", "similar_high", "similar_from", "similar_to",
]  # fmt: skip

ALL_YEARS = "all"
LISTS = ("not_suspended", "suspended")

OwnPlaces = Mapping[tuple[str, str], int]
"""Support places a school set itself, by (year group or ALL_YEARS, list)."""


@dataclass(frozen=True)
class ScoreResult:
    """`frame`: one row per pupil in scope, abstained ones with the reason and no figures."""

    frame: pd.DataFrame

    @property
    def flags(self) -> pd.DataFrame:
        return self.frame[self.frame["flagged"]]

    @property
    def abstained(self) -> pd.DataFrame:
        return self.frame[self.frame["abstained"].notna()]


def score(
    model: AdditiveModel,
    manifest: Mapping[str, Any],
    matrix_rows: pd.DataFrame,
    places: Mapping[str, int],
    previous_flags: Collection[tuple[str, str]] | None = None,
    own_places: Mapping[str, OwnPlaces] | None = None,
) -> ScoreResult:
    """Score the rows of one term. `places` maps school to support places; `previous_flags` holds the
    (pupil_id, school) flagged last term, who are not new; `own_places` holds what schools set themselves.

    Raises Refused for a synthetic model on a school that is not synthetic, a missing indicator column,
    infinities, and a school without support places.
    """
    names = [one["name"] for one in manifest["indicators"]]
    _check(manifest, matrix_rows, names, places)
    rows = matrix_rows.sort_values(["school", "pupil_id"], kind="stable").reset_index(drop=True)
    frame = rows[["pupil_id", "school", "term", "as_of"]].copy()
    frame["model_id"] = manifest["model_id"]
    X = rows[names].to_numpy(dtype=np.float64)
    frame["abstained"] = _reasons(rows, X, manifest)
    scored = frame["abstained"].isna().to_numpy()
    _add_figures(frame, model, manifest, rows, X, scored)
    frame["flag_list"] = _flag_lists(frame, rows, scored, places, own_places or {}, manifest)
    frame["flagged"] = frame["flag_list"].notna()
    before = set(previous_flags or ())
    pairs = zip(frame["pupil_id"].tolist(), frame["school"].tolist(), strict=True)
    frame["new"] = frame["flagged"].to_numpy() & np.array([pair not in before for pair in pairs], dtype=bool)
    return ScoreResult(frame)


def _check(
    manifest: Mapping[str, Any], rows: pd.DataFrame, names: Sequence[str], places: Mapping[str, int]
) -> None:
    schools = sorted(rows["school"].astype(str).unique())
    real = [school for school in schools if not is_synthetic(school)]
    if manifest["synthetic"] and real:
        raise Refused(
            f"This model was trained on a synthetic trust and says nothing about school {real[0]}.",
            hint="Train a model on the school's own records.",
        )
    lacking = [name for name in names if name not in rows]
    if lacking:
        raise Refused(
            f"The rows lack indicators the model needs: {', '.join(lacking)}.",
            hint="The model was trained with another catalogue: train again.",
        )
    without = [school for school in schools if school not in places]
    if without:
        raise Refused(f"School {without[0]} has no number of support places.")


def _reasons(rows: pd.DataFrame, X: np.ndarray, manifest: Mapping[str, Any]) -> pd.Series:
    """The reason each row gets no figure (a code), None where it gets one."""
    reasons = rows["abstain_reason"].astype(object).where(~rows["scored"].astype(bool), None)
    reasons = reasons.where(reasons.notna() | rows["scored"].astype(bool), "not_scored")
    phase = manifest.get("phase")
    if phase is not None and "phase" in rows:
        reasons = reasons.mask(reasons.isna() & (rows["phase"] != phase), OTHER_PHASE)
    gaps = np.isnan(X).mean(axis=1) > MOST_MISSING
    reasons = reasons.mask(reasons.isna() & gaps, UNKNOWN_VALUES)
    return reasons.astype(object).where(reasons.notna(), None)


def _add_figures(
    frame: pd.DataFrame,
    model: AdditiveModel,
    manifest: Mapping[str, Any],
    rows: pd.DataFrame,
    X: np.ndarray,
    scored: np.ndarray,
) -> None:
    for name in FIGURES:
        frame[name] = np.nan
    lists: dict[str, list[Any]] = {"values": [None] * len(frame), "contributions": [None] * len(frame)}
    at = np.flatnonzero(scored)
    parts = model.contributions(X[at], rows["school"].iloc[at].tolist())
    ahead = rows.iloc[at]
    bases = model.bases(len(at), ahead["window_days"].to_numpy(dtype=np.float64), ahead["term"].tolist())
    log_odds = bases + parts.sum(axis=1)
    similar = similar_to(manifest["similar"], log_odds) if len(at) else []
    columns = {
        "log_odds": log_odds,
        "base_log_odds": bases,
        "probability": probability(log_odds),
        **{
            f"similar_{key}": [_number(near, key) for near in similar]
            for key in ("pupils", "suspended", "low", "high", "from", "to")
        },
    }
    for name, values in columns.items():
        frame.loc[at, name] = values
    frame["similar_short"] = None
    frame.loc[at, "similar_short"] = [None if near is None else near["short"] for near in similar]
    known = X[at].astype(object)
    known[np.isnan(X[at])] = None
    for row, told, shares in zip(at.tolist(), known.tolist(), parts.tolist(), strict=True):
        lists["values"][row], lists["contributions"][row] = told, shares
    frame["values"] = pd.Series(lists["values"], dtype=object)
    frame["contributions"] = pd.Series(lists["contributions"], dtype=object)


def _number(near: Mapping[str, Any] | None, key: str) -> float:
    """A value of the similar pupils; their range is told as shares, as figures are."""
    value = None if near is None else near[key]
    if value is None:
        return float("nan")
    return float(probability(value)) if key in ("from", "to") else float(value)


def _flag_lists(
    frame: pd.DataFrame,
    rows: pd.DataFrame,
    scored: np.ndarray,
    places: Mapping[str, int],
    own_places: Mapping[str, OwnPlaces],
    manifest: Mapping[str, Any],
) -> pd.Series:
    """'not_suspended' or 'suspended' for flagged pupils, None for the others.

    The list is cut at the support places. A share of them is kept for pupils not suspended in the last year,
    where a warning is worth most; the rest goes to whoever has the highest figure. A school that set its own
    numbers by list and year group gets those.
    """
    share = manifest["config"]["support_places"]["not_suspended_share"]
    fresh = ~rows["suspended_last_year"].astype(bool).to_numpy()
    years = _year_words(rows["nc_year"]) if "nc_year" in rows else [""] * len(rows)
    flagged = np.zeros(len(frame), dtype=bool)
    order = np.argsort(-frame["log_odds"].to_numpy(), kind="stable")  # rows stand in order of pupil id
    ranked: dict[str, list[int]] = {}
    for i, school in zip(order.tolist(), frame["school"].to_numpy()[order].tolist(), strict=True):
        if scored[i]:
            ranked.setdefault(school, []).append(i)
    for school, n in places.items():
        here = ranked.get(school, [])
        kept = int(np.ceil(share * n))
        if own := own_places.get(school):
            for name, usual in zip(LISTS, (kept, n - kept), strict=True):
                inside = [i for i in here if fresh[i] == (name == LISTS[0])]
                flagged[_by_year(inside, years, name, own, usual)] = True
            continue
        first = [i for i in here if fresh[i]][:kept]
        flagged[first] = True
        flagged[[i for i in here if not flagged[i]][: max(n - len(first), 0)]] = True
    kinds = zip(np.where(fresh, *LISTS).tolist(), flagged.tolist(), strict=True)
    return pd.Series([kind if flag else None for kind, flag in kinds], dtype=object)


def _by_year(inside: Sequence[int], years: Sequence[str], name: str, own: OwnPlaces, usual: int) -> list[int]:
    """Of one list's rows, highest figure first, those for whom the school has a place.

    A year group's own number counts for that year group; the number for all years, or else `usual` in
    proportion, counts for the year groups without one.
    """
    set_apart = {year for year, which in own if which == name and year != ALL_YEARS}
    others = [i for i in inside if years[i] not in set_apart]
    shared = own.get((ALL_YEARS, name), int(np.ceil(usual * len(others) / max(len(inside), 1))))
    chosen = others[:shared]
    for year in sorted(set_apart):
        chosen += [i for i in inside if years[i] == year][: own[year, name]]
    return chosen


def _year_words(nc_year: pd.Series) -> list[str]:
    """Year groups as a roll writes them: `R`, `1` … `13`, or nothing where not known."""
    place, met = pd.factorize(nc_year, use_na_sentinel=False)
    words = ["" if pd.isna(year) else "R" if year == 0 else f"{int(year)}" for year in met]
    return [words[n] for n in place.tolist()]
