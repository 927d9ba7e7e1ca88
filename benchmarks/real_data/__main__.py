"""The shipped additive mean against the black boxes and their mean, same folds, on every set found."""

import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.measures import Measure, at_least, finish, note, options
from benchmarks.real_data.columns import BadSet
from benchmarks.real_data.rivals import RIVALS, predict
from benchmarks.real_data.sets import RealSet, find_sets, read_set
from model.additive import probability
from model.candidates.mixture import fit_mixture
from model.grid import fit_grid
from model.metrics import auc, average_precision
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
    figures = {name: np.concatenate(parts) for name, parts in _predict(one, folds, silent).items()}
    figures[BLACK_BOXES] = np.mean([figures[name] for name in RIVALS], axis=0)
    y = one.y[rows]
    groups = one.groups[rows] if one.groups is not None else np.arange(len(rows))
    size = f"{len(one.y)} rows, {int(one.y.sum())} with the outcome, {len(one.names)} columns"
    measures[f"{one.name}: size"] = note(size, f"left out: {', '.join(one.left_out) or 'nothing'}")
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


def _predict(
    one: RealSet, folds: list[tuple[np.ndarray, np.ndarray]], silent: bool
) -> dict[str, list[np.ndarray]]:
    figures: dict[str, list[np.ndarray]] = {name: [] for name in (ADDITIVE, *RIVALS)}
    for number, (train, test) in enumerate(folds, start=1):
        kept = telling(one.X[train])
        X, signs = one.X[:, kept], [one.signs[j] for j in kept]
        figures[ADDITIVE].append(additive(X[train], one.y[train], signs, X[test]))
        for name in RIVALS:
            figures[name].append(predict(name, X[train], one.y[train], X[test], SEED))
        if not silent:
            print(f"{one.name}: {number} of {len(folds)} folds", file=sys.stderr, flush=True)
    return figures


def telling(X: np.ndarray) -> list[int]:
    """The columns in which these rows differ, in value or in whether there is one."""
    known = ~np.isnan(X)
    low, high = (fill(np.where(known, X, far), axis=0) for fill, far in ((np.min, np.inf), (np.max, -np.inf)))
    return [j for j in range(X.shape[1]) if known[:, j].any() and (low[j] < high[j] or not known[:, j].all())]


def additive(X: np.ndarray, y: np.ndarray, signs: list[int], later: np.ndarray) -> np.ndarray:
    """Probabilities for `later` rows by the model as shipped: the default candidates' mean on the default
    grid, learned from (X, y)."""
    settings = Config.load().training
    names = [f"column {j}" for j in range(X.shape[1])]
    grid = fit_grid(X, names, max_cells=settings.max_cells, min_rows=settings.least_cell_rows)
    mixture = fit_mixture(settings.candidates, grid, grid.locate(X), y, signs, seed=SEED)
    return probability(mixture.table.log_odds(grid.locate(later)))


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
