"""Back-test a model's lists and figures, beside the plain rules, on a term it never saw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from model.additive import probability
from model.calibration import calibration_curve, check_both_classes, fit_affine, fit_shift
from model.grid import FloatArray
from model.metrics import AtPlaces, at_places, auc, average_precision, brier, list_shares
from model.offsets import fit_offsets
from model.rules import points
from pipelines.config import Config
from pipelines.rows import Rows

MODEL = "model"
SETTING = "setting"


def evaluate(
    rows: Rows, log_odds: FloatArray, config: Config, setting: FloatArray | None = None
) -> dict[str, Any]:
    """Measures of calibrated `log_odds` (n,) on test rows, for all and for those not suspended in the last
    year, each beside the plain rules and the setting alone (`setting_figure`) at the same number of flags.
    Raises Refused with one class only."""
    check_both_classes(rows.y, "test rows")
    figures = {MODEL: log_odds, **rule_figures(rows.frame, config)}
    if setting is not None:
        figures[SETTING] = setting
    places = places_of(rows, config)
    fresh = ~rows.frame["suspended_last_year"].to_numpy(bool)
    kept = {group: fresh_places(n, config) for group, n in places.items()}
    report = {
        "all": _population(rows, figures, places),
        "no_earlier_suspension": _population(
            rows.where(fresh), {name: figure[fresh] for name, figure in figures.items()}, kept
        ),
        "list": {name: _list(rows, figure, places, kept).as_dict() for name, figure in figures.items()},
        "lists": _two_lists(rows, log_odds, places, kept),
        "calibration": calibration_of(rows, log_odds),
        "schools": _by_school(rows, log_odds),
    }
    return plain(report)


def rule_figures(frame: pd.DataFrame, config: Config) -> dict[str, FloatArray]:
    """Points of each plain rule, by its name."""
    return {name: points(frame, rule.rules) for name, rule in config.baselines.items()}


def setting_figure(learned: Rows, rows: Rows) -> FloatArray:
    """Log-odds of `rows` from their school and year group alone, by the rates among `learned` rows: school,
    year group, and year group within the school, each shrunken. A model that names pupils should rank them
    better than this (Perdomo et al. 2025, on targeting people or schools)."""
    eta, figure = np.zeros(len(learned)), np.zeros(len(rows))
    for keys_of in (_schools, _years, _years_of_schools):
        known, asked = keys_of(learned.frame), keys_of(rows.frame)
        values = fit_offsets(eta, learned.y, known).values
        eta = eta + np.array([values[key] for key in known])
        figure = figure + np.array([values.get(key, 0.0) for key in asked])
    return figure


def _schools(frame: pd.DataFrame) -> list[str]:
    return list(frame["school"].astype(str))


def _years(frame: pd.DataFrame) -> list[str]:
    return list(frame["nc_year"].astype(str))


def _years_of_schools(frame: pd.DataFrame) -> list[str]:
    return [f"{school}|{year}" for school, year in zip(_schools(frame), _years(frame), strict=True)]


def groups_of(rows: Rows) -> list[str]:
    """School and term of each row: the group that has one list."""
    return [f"{s}|{t}" for s, t in zip(rows.frame["school"], rows.frame["term"], strict=True)]


def places_of(rows: Rows, config: Config) -> dict[str, int]:
    """Support places of each school and term among the rows."""
    sizes = pd.Series(groups_of(rows), dtype=object).value_counts()
    return {
        str(group): places
        for group, n in sizes.items()
        for places in config.places_for({str(group).split("|")[0]: int(n)}).values()
    }


def fresh_places(places: int, config: Config) -> int:
    """Of a school's places, those kept for pupils not suspended in the last year."""
    return int(np.ceil(config.support_places.not_suspended_share * places))


def calibration_of(rows: Rows, log_odds: FloatArray) -> dict[str, Any]:
    """Slope and intercept of the outcome on the log-odds, shift in the large, Brier score and the curve."""
    affine = fit_affine(log_odds, rows.y, prior_sd=None)
    return {
        "slope": affine.slope,
        "intercept": affine.shift,
        "in_the_large": fit_shift(log_odds, rows.y),
        "brier": brier(rows.y, log_odds),
        "curve": calibration_curve(log_odds, rows.y),
    }


def plain(value: Any) -> Any:
    """The same with NaN as None and numpy numbers as Python's: fit for JSON."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _population(rows: Rows, figures: Mapping[str, FloatArray], places: Mapping[str, int]) -> dict[str, Any]:
    y, groups = rows.y, groups_of(rows)
    measured: dict[str, Any] = {"rows": len(rows), "events": rows.events, "rate": float(np.mean(y))}
    for name, figure in figures.items():
        measured[name] = {
            "average_precision": average_precision(y, figure),
            "auc": auc(y, figure),
            **at_places(y, figure, groups, places).as_dict(),
        }
    if 0 < rows.events < len(rows):
        measured[MODEL]["calibration_slope"] = fit_affine(figures[MODEL], y, prior_sd=None).slope
    return measured


def _list(rows: Rows, figure: FloatArray, places: Mapping[str, int], kept: Mapping[str, int]) -> AtPlaces:
    """The list as it is made: the places kept for pupils not suspended lately, then the rest in any order."""
    share = _listed(rows, figure, places, kept)
    return AtPlaces(float(share.sum()), float(share @ rows.y), float(rows.events), len(rows))


def _two_lists(
    rows: Rows, log_odds: FloatArray, places: Mapping[str, int], kept: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Flags and later suspensions on each of the two lists that are shown."""
    share = _listed(rows, log_odds, places, kept)
    fresh = ~rows.frame["suspended_last_year"].to_numpy(bool)
    parts = {"not_suspended": share * fresh, "suspended": share * ~fresh}
    return {name: {"flags": float(part.sum()), "right": float(part @ rows.y)} for name, part in parts.items()}


def _listed(rows: Rows, figure: FloatArray, places: Mapping[str, int], kept: Mapping[str, int]) -> FloatArray:
    """Each row's share (0 to 1) of a place on its school's and term's list."""
    fresh = ~rows.frame["suspended_last_year"].to_numpy(bool)
    groups = np.asarray(groups_of(rows), dtype=object)
    listed = np.zeros(len(rows))
    for group, n in places.items():
        inside = groups == group
        listed[inside] = list_shares(figure[inside], fresh[inside], n, kept[group])
    return listed


def _by_school(rows: Rows, log_odds: FloatArray) -> list[dict[str, Any]]:
    p = probability(log_odds)
    schools = np.asarray(rows.school, dtype=object)
    listed = []
    for school in sorted(set(schools)):
        inside = schools == school
        events, expected = float(rows.y[inside].sum()), float(p[inside].sum())
        listed.append({"school": school, "rows": int(inside.sum()), "events": events, "expected": expected})
    return listed
