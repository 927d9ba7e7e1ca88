"""Explaining by look-up against shap's TreeExplainer: the same booster, the same rows, one run."""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.measures import Measure, at_least, finish, note, options
from model.candidates.fit import Fitted, fit_candidate
from model.certify import tree_shap
from model.grid import Grid, fit_grid
from model.shapes import served

INDICATORS = 40
TRAINING_ROWS = 20_000
TIMES_FASTER = 100


def fitted_booster(seed: int = 7) -> tuple[Grid, Fitted]:
    """A booster on counts and rates shaped like indicators."""
    rng = np.random.default_rng(seed)
    X = rng.gamma(0.6, 3.0, (TRAINING_ROWS, INDICATORS)).round(1)
    eta = -4 + 0.25 * np.minimum(X[:, :8], 10).sum(axis=1) / 2
    y = (rng.random(TRAINING_ROWS) < 1 / (1 + np.exp(-eta))).astype(float)
    grid = fit_grid(X, [f"x{j}" for j in range(INDICATORS)])
    directions = [1] * 8 + [0] * (INDICATORS - 8)
    return grid, fit_candidate("booster", grid, grid.locate(X), y, directions, seed=seed)


def compare(rows: int) -> dict[str, float]:
    """CPU seconds by look-up, from gridded rows and from raw values, and by TreeExplainer from gridded rows;
    the largest difference between their answers."""
    grid, booster = fitted_booster()
    assert booster.learned is not None
    model = served(grid, booster.learned)
    X = np.random.default_rng(1).gamma(0.6, 3.0, (rows, INDICATORS)).round(1)
    cells = grid.locate(X)
    gridded = grid.values(cells)
    tree_shap(booster.learner, gridded[:2])  # so that no import is timed
    trees = tree_shap(booster.learner, gridded)
    return {
        "look-up": _least(lambda: model.contributions_of(cells)),
        "look-up from raw values": _least(lambda: model.contributions(X)),
        "TreeExplainer": _least(lambda: tree_shap(booster.learner, gridded), times=2),
        "gap": float(np.abs(model.contributions(X)[:, :-1] - trees).max()),
    }


def _least(work: Callable[[], object], times: int = 9) -> float:
    """CPU seconds of the cheapest of several runs: what the work costs, however busy the machine."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def lookup_against_tree_explainer(rows: int) -> float:
    """How many times faster the look-up explains `rows` gridded pupils than TreeExplainer does."""
    found = compare(rows)
    return found["TreeExplainer"] / found["look-up"]


def main() -> None:
    chosen = options(__doc__ or "")
    rows = 2_000 if chosen.quick else 10_000
    found = compare(rows)
    finish(
        {
            "pupils": note(float(rows)),
            "CPU seconds by look-up": note(found["look-up"]),
            "CPU seconds by TreeExplainer": note(found["TreeExplainer"]),
            "times faster, both from gridded rows": at_least(
                found["TreeExplainer"] / found["look-up"], TIMES_FASTER
            ),
            "times faster, look-up from raw values": note(
                found["TreeExplainer"] / found["look-up from raw values"]
            ),
            "largest difference": Measure(found["gap"], "at most 1e-9", found["gap"] <= 1e-9),
        },
        only_json=chosen.json,
    )


if __name__ == "__main__":
    main()
