"""Three ways to ask how well it would have done: as in use, on pupils never met, in schools never met."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from data_contracts.errors import Refused
from model.bootstrap import clusters, intervals
from model.calibration import fit_affine
from model.grid import FloatArray, IntArray
from model.indicator import Indicator
from model.metrics import auc, average_precision
from model.shapes import served
from pipelines.config import Config
from pipelines.evaluate import SETTING, evaluate, plain, rule_figures
from pipelines.rows import Rows, fold_numbers
from pipelines.train.fitting import calibrated, fit_all
from pipelines.train.rows import Progress, Split

PUPIL_FOLDS = 5
MOST_SCHOOL_FOLDS = 5
KINDS = {"pupil_id": "pupils", "school": "schools"}


def validate(
    split: Split,
    indicators: Sequence[Indicator],
    log_odds: FloatArray,
    config: Config,
    seed: int,
    progress: Progress | None = None,
    setting: FloatArray | None = None,
) -> dict[str, Any]:
    """Reports `rolling` (the served model, whose test log-odds are given), `pupils_apart` and `schools_apart`
    (the candidates of config.validation learned anew without them), each with intervals. `setting` holds the
    test rows' figures by school and year group alone."""

    def report(figure: FloatArray) -> dict[str, Any]:
        return _report(split.test, figure, config, seed, setting)

    reports: dict[str, Any] = {"rolling": report(log_odds)}
    if config.validation.pupils_apart:
        pupils = np.asarray(split.test.pupil, dtype=object)
        folds = fold_numbers(split.test.pupil, PUPIL_FOLDS, seed)
        parts = [set(pupils[folds == fold]) for fold in range(PUPIL_FOLDS)]
        apart = _apart(split, "pupil_id", parts, indicators, config, seed, progress)
        reports["pupils_apart"] = report(apart)
    schools = sorted(set(split.test.school))
    if config.validation.schools_apart and len(schools) > 1:
        count = min(MOST_SCHOOL_FOLDS, len(schools))
        groups = [set(schools[start::count]) for start in range(count)]
        strange = _apart(split, "school", groups, indicators, config, seed, progress)
        reports["schools_apart"] = report(strange)
    elif config.validation.schools_apart:
        reports["schools_apart"] = {"not_possible": "There is only one school."}
    return {**plain(reports), "learned_anew": list(config.validation.candidates)}


def _apart(
    split: Split,
    column: str,
    groups: Sequence[set[str]],
    indicators: Sequence[Indicator],
    config: Config,
    seed: int,
    progress: Progress | None,
) -> FloatArray:
    """Log-odds of the test rows, each by a model that has met nobody of the row's group."""
    found = np.full(len(split.test), np.nan)
    settings = replace(config, training=replace(config.training, candidates=config.validation.candidates))
    for number, group in enumerate(groups):
        if progress:
            progress(f"Testing on {KINDS[column]} never met", number, len(groups))
        train, calibrate = (
            rows.where(~rows.frame[column].isin(group)) for rows in (split.train, split.calibrate)
        )
        inside = split.test.frame[column].isin(group).to_numpy()
        if not inside.any():
            continue
        if not (0 < train.events < len(train) and 0 < calibrate.events < len(calibrate)):
            raise Refused(
                "Without one part of the pupils or schools, too few with the outcome are left to validate.",
                hint="Load more terms or more schools.",
            )
        found[inside] = _fit_and_predict(
            train, calibrate, split.test.where(inside), indicators, settings, seed
        )
    return found


def _fit_and_predict(
    train: Rows, calibrate: Rows, test: Rows, indicators: Sequence[Indicator], config: Config, seed: int
) -> FloatArray:
    mixture, grid, _, days = fit_all(train, indicators, config, seed)
    families = [one.family for one in indicators]
    model, _ = calibrated(served(grid, mixture.table, window_days=days), train, calibrate, config, families)
    return model.log_odds(test.X, test.school, test.window_days, test.terms)


def _report(
    rows: Rows, log_odds: FloatArray, config: Config, seed: int, setting: FloatArray | None
) -> dict[str, Any]:
    """The evaluation with intervals of what matters most, clustered."""
    report = evaluate(rows, log_odds, config, setting)
    members, by = clusters(rows.school, rows.pupil)
    y = rows.y
    rules = {**rule_figures(rows.frame, config), **({} if setting is None else {SETTING: setting})}
    fresh = ~rows.frame["suspended_last_year"].to_numpy(bool)

    def measure(at: IntArray) -> dict[str, float]:
        some, eta = y[at], log_odds[at]
        if not 0 < some.sum() < len(some):
            return {}
        new = fresh[at]
        found = {
            "average_precision": average_precision(some, eta),
            "auc": auc(some, eta),
            "auc_no_earlier_suspension": auc(some[new], eta[new]),
            "calibration_slope": fit_affine(eta, some, prior_sd=None).slope,
        }
        if 0 < some[new].sum() < new.sum():
            found["calibration_slope_no_earlier_suspension"] = fit_affine(
                eta[new], some[new], prior_sd=None
            ).slope
        for name, figure in rules.items():
            found[f"average_precision_above_{name}"] = found["average_precision"] - average_precision(
                some, figure[at]
            )
        return found

    found = intervals(measure, members, repeats=config.bootstrap.repeats, seed=seed)
    report["intervals"] = {"clustered_by": by, "level": 0.95, **{k: list(v) for k, v in found.items()}}
    return report
