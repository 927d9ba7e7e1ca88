"""The shipped additive mean against the black boxes and their mean, same folds, on every set found."""

import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.measures import Measure, at_least, finish, note, options
from benchmarks.real_data.rivals import RIVALS, predict
from benchmarks.real_data.sets import BadSet, RealSet, find_sets, read_set
from model.additive import probability
from model.candidates.mixture import fit_mixture
from model.grid import fit_grid
from model.measures import auc, average_precision
from pipelines.config import Config

SEED = 7
REPEATS = 400
NO_WORSE, NEAR_BEST = -0.002, -0.005
ADDITIVE, BLACK_BOXES = "additive mean", "mean of the black boxes"


def main() -> None:
    chosen = options(__doc__ or "", data="folder with the data sets (each described by a TOML)")
    if not chosen.data:
        print(
            "Give the folder with the data sets: python -m benchmarks.real_data --data DIR", file=sys.stderr
        )
        sys.exit(2)
    warnings.filterwarnings("ignore")
    measures: dict[str, Measure] = {}
    gains = []
    try:
        sets = [read_set(Path(chosen.data), spec, SEED) for _, spec in find_sets(Path(chosen.data))]
    except BadSet as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if not sets:
        print(f"No data set of the TOML files is complete below {chosen.data}.", file=sys.stderr)
        sys.exit(2)
    for one in sets:
        gains.append(_judge(one, chosen.quick, measures, chosen.json))
    measures["mean gain in average precision over the sets"] = Measure(
        round(float(np.mean(gains)), 4), "above 0", float(np.mean(gains)) > 0
    )
    finish(measures, only_json=chosen.json)


def _judge(one: RealSet, quick: bool, measures: dict[str, Measure], silent: bool) -> float:
    """Fit everything on one set, add its measures, return the gain in average precision."""
    folds = one.folds[:1] if quick else one.folds
    rows = np.concatenate([test for _, test in folds])
    figures = {name: np.concatenate(parts) for name, parts in _predict(one, folds).items()}
    figures[BLACK_BOXES] = np.mean([figures[name] for name in RIVALS], axis=0)
    y = one.y[rows]
    groups = one.groups[rows] if one.groups is not None else np.arange(len(rows))
    for name, figure in figures.items():
        text = f"AP {average_precision(y, figure):.4f}, AUC {auc(y, figure):.4f}"
        measures[f"{one.name}: {name}"] = note(text)
        if not silent:
            print(f"{one.name}: {name}: {text}", flush=True)
    for label, measure in (("average precision", average_precision), ("AUC", auc)):
        gap, low, high = _paired(y, figures[ADDITIVE], figures[BLACK_BOXES], groups, measure)
        measures[f"{one.name}: {label} against the mean"] = Measure(
            round(gap, 4), f"≥ −0.002 or interval holds 0 ({low:+.4f} to {high:+.4f})",
            gap >= NO_WORSE or low <= 0 <= high,
        )  # fmt: skip
    best = max(auc(y, figures[name]) for name in RIVALS)
    measures[f"{one.name}: AUC against the best rival"] = at_least(
        auc(y, figures[ADDITIVE]) - best, NEAR_BEST
    )
    return average_precision(y, figures[ADDITIVE]) - average_precision(y, figures[BLACK_BOXES])


def _predict(one: RealSet, folds: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, list[np.ndarray]]:
    figures: dict[str, list[np.ndarray]] = {name: [] for name in (ADDITIVE, *RIVALS)}
    for train, test in folds:
        figures[ADDITIVE].append(additive(one, train, test))
        for name in RIVALS:
            figures[name].append(predict(name, one.X[train], one.y[train], one.X[test], SEED))
    return figures


def additive(one: RealSet, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Probabilities by the model as shipped: the default candidates' mean on the default grid."""
    settings = Config.load().training
    grid = fit_grid(one.X[train], one.names, max_cells=settings.max_cells, min_rows=settings.least_cell_rows)
    mixture = fit_mixture(
        settings.candidates, grid, grid.locate(one.X[train]), one.y[train], one.signs, seed=SEED
    )
    return probability(mixture.table.log_odds(grid.locate(one.X[test])))


def _paired(
    y: np.ndarray, a: np.ndarray, b: np.ndarray, groups: np.ndarray, measure: object
) -> tuple[float, float, float]:
    """The difference of a measure and its 95 % interval by bootstrap of whole groups."""
    assert callable(measure)
    names, index = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(index, kind="stable"), np.cumsum(np.bincount(index))[:-1])
    rng = np.random.default_rng(SEED)
    gaps = []
    for _ in range(REPEATS):
        rows = np.concatenate([members[g] for g in rng.integers(0, len(names), len(names))])
        gaps.append(measure(y[rows], a[rows]) - measure(y[rows], b[rows]))
    low, high = np.nanquantile(gaps, [0.025, 0.975])
    return float(measure(y, a) - measure(y, b)), float(low), float(high)


if __name__ == "__main__":
    main()
