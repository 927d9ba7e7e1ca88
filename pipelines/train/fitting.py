"""From rows to the served model: grid, candidates, their mean, school offsets, calibration, the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.additive import AdditiveModel, season_of
from model.calibration import fit_shift, serving_slopes
from model.candidates.fit import Fitted
from model.candidates.mixture import Mixture, fit_mixture
from model.grid import FloatArray, Grid, IntArray, fit_grid
from model.indicator import Indicator
from model.metrics import auc, average_precision
from model.offsets import fit_offsets
from model.shapes import served
from pipelines.config import Config
from pipelines.rows import Rows
from pipelines.train.rows import Progress, in_order

FRESH_WEIGHT = 3.0  # 2 and 3 served both groups better than 1 on later terms
WHOLE = "whole"  # points that a person adds up have one slope


@dataclass(frozen=True)
class Made:
    """Everything one training on (train, calibrate) gave."""

    model: AdditiveModel
    chosen: str
    fitted: tuple[Fitted, ...]
    cells: IntArray
    tau2: float
    comparison: list[dict[str, Any]]
    weights: tuple[float, ...]


def fit_all(
    train: Rows,
    indicators: Sequence[Indicator],
    config: Config,
    seed: int,
    progress: Progress | None = None,
    weights: Sequence[float] | None = None,
) -> tuple[Mixture, Grid, IntArray, float]:
    """Every candidate of the config and their mean; the grid and the rows' cells on it; the reference window
    length in school days. `weights` are those of an earlier mean, for a refit."""
    names = [one.name for one in indicators]
    grid = fit_grid(
        train.X, names, caps=[one.cap for one in indicators],
        max_cells=config.training.max_cells, min_rows=config.training.least_cell_rows,
    )  # fmt: skip
    cells = grid.locate(train.X)
    days = float(np.mean(train.window_days))
    offset = np.log(train.window_days / days)
    directions = [one.direction for one in indicators]
    number = iter(range(len(config.training.candidates)))

    def say(name: str) -> None:
        if progress:
            progress(f"Learning: {name}", next(number), len(config.training.candidates))

    mixture = fit_mixture(
        config.training.candidates, grid, cells, train.y, directions,
        offset=offset, seed=seed, weights=weights, say=say,
    )  # fmt: skip
    return mixture, grid, cells, days


def make_model(
    train: Rows,
    calibrate: Rows,
    indicators: Sequence[Indicator],
    config: Config,
    seed: int,
    progress: Progress | None = None,
) -> Made:
    """Fit all candidates to `train`, calibrate each on `calibrate` and take the best ranking there."""
    mixture, grid, cells, days = fit_all(train, indicators, config, seed, progress)
    fitted = [*mixture.parts, mixture.mean] if len(mixture.parts) > 1 else list(mixture.parts)
    families = [one.family for one in indicators]
    models = {
        one.name: calibrated(
            served(grid, one.table, window_days=days), train, calibrate, config,
            [WHOLE] * len(families) if one.name == "scorecard" else families,
        )
        for one in fitted
    }  # fmt: skip
    comparison = [_compared(one, models[one.name][0], calibrate) for one in fitted]
    chosen = choose(comparison, config.training.selection_margin)
    model, tau2 = models[chosen]
    return Made(model, chosen, tuple(fitted), cells, tau2, comparison, mixture.weights)


def calibrated(
    model: AdditiveModel, train: Rows, calibrate: Rows, config: Config, families: Sequence[str]
) -> tuple[AdditiveModel, float]:
    """The model with its seasons, with school offsets from the latest training terms, then calibrated on the
    later term: one shift, and one slope for the indicators of each family.

    Seasons and offsets are centred on all training rows, so that the base stays the mean log-odds of training.
    Why by family: what earlier suspensions say and what attendance and behaviour say wear off unlike from one
    term to the next, and a slope in common states too narrow a range for pupils without an earlier suspension.
    For the same reason these count more than once for the slopes: a warning is worth most where it is the first.
    """
    raw = model.log_odds(train.X, None, train.window_days, train.terms)
    seasons = fit_offsets(raw, train.y, [season_of(term) for term in train.terms])
    model, tau2 = with_schools(model.with_seasons(seasons.values), train, config)
    parts = model.contributions(calibrate.X, calibrate.school)
    names, of = list(dict.fromkeys(families)), np.array([*families, None], dtype=object)
    sums = np.column_stack([parts[:, of == name].sum(axis=1) for name in names])
    fixed = parts[:, -1] + model.bases(len(calibrate), calibrate.window_days, calibrate.terms)
    weight = np.where(calibrate.frame["suspended_last_year"].to_numpy(bool), 1.0, FRESH_WEIGHT)
    shift, slopes = serving_slopes(sums, calibrate.y, fixed, weight)
    common, base = float(slopes.mean()), shift + model.base_log_odds
    factors = dict(zip(names, slopes / common, strict=True))
    model = model.rescaled([factors[name] for name in families]).calibrated(common, 0.0)
    return model.calibrated(common, base - model.base_log_odds), tau2


def with_schools(model: AdditiveModel, train: Rows, config: Config) -> tuple[AdditiveModel, float]:
    """The model with offsets of the schools as the latest training terms show them, and their spread."""
    recent = in_order(train.frame["term"])[-config.training.offset_terms :]
    learned = train.where(train.frame["term"].isin(recent).to_numpy())
    eta = model.log_odds(learned.X, None, learned.window_days, learned.terms)
    offsets = fit_offsets(eta, learned.y, learned.school)
    return model.with_offsets(centred(offsets.values, train.school)), offsets.tau2


def rebased(
    model: AdditiveModel, manifest: Mapping[str, Any], train: Rows, calibrate: Rows, config: Config
) -> Made:
    """A model whose table stays as it is: what is usual in each school is taken from the latest training terms
    and what is usual in all from the later term. Contributions count from the mean of these training rows."""
    cells = model.grid.locate(train.X)
    model, tau2 = with_schools(model.centred_on(cells), train, config)
    eta = model.log_odds(calibrate.X, calibrate.school, calibrate.window_days, calibrate.terms)
    model = model.calibrated(model.slope, model.shift + fit_shift(eta, calibrate.y))
    found = tau2, manifest["candidates"], tuple(manifest["weights"])
    return Made(model, manifest["chosen"], (), cells, *found)


def centred(offsets: Mapping[str, float], schools: Sequence[str]) -> dict[str, float]:
    """Offsets shifted to a mean of 0 over the given rows; schools without recent rows get 0 first."""
    names, counts = np.unique(np.asarray(schools, dtype=object).astype(str), return_counts=True)
    whole = {str(name): float(offsets.get(str(name), 0.0)) for name in names}
    mean = sum(whole[str(name)] * count for name, count in zip(names, counts, strict=True)) / counts.sum()
    return {name: value - mean for name, value in whole.items()}


def choose(comparison: Sequence[dict[str, Any]], margin: float) -> str:
    """The mean, unless a single candidate ranks the later term better by more than `margin`."""
    best = max(comparison, key=lambda one: one["average_precision"])
    mean = next((one for one in comparison if one["name"] == "mean"), best)
    return str(
        best["name"] if best["average_precision"] > mean["average_precision"] + margin else mean["name"]
    )


def log_loss(log_odds: FloatArray, y: FloatArray) -> float:
    return float(np.mean(np.logaddexp(0.0, log_odds) - y * log_odds))


def _compared(one: Fitted, model: AdditiveModel, calibrate: Rows) -> dict[str, Any]:
    eta = model.log_odds(calibrate.X, calibrate.school, calibrate.window_days, calibrate.terms)
    return {
        "name": one.name,
        "average_precision": average_precision(calibrate.y, eta),
        "auc": auc(calibrate.y, eta),
        "log_loss": log_loss(eta, calibrate.y),
        "mended_signs": list(one.mended),
    }
