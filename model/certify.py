"""shap certifies the explanations. The one place that imports shap.

Three independent witnesses, each to 1e-9, or training fails:
* TreeExplainer (path-dependent) on a booster agrees with the booster's centred table;
* AdditiveExplainer on the served table, school included, agrees with the contributions;
* the model-agnostic Permutation explainer agrees on a few rows.
Besides, the base must be the mean log-odds over the training rows.
"""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from data_contracts.errors import Refused
from model.additive import SCHOOL, AdditiveModel
from model.grid import FloatArray, Grid, IntArray
from model.shapes import Table

TOLERANCE = 1e-9
BACKGROUND_ROWS = 100
EXPLAINED_ROWS = 50
PERMUTATION_ROWS = 3


def certify(
    model: AdditiveModel,
    cells: IntArray,
    school: Sequence[str],
    boosters: Sequence[tuple[str, Any, Table]] = (),
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """The certificate of a model: largest gap found by each witness, and the versions that found it.

    `cells` (n, k) and `school` (n,) are the training rows; `boosters` holds (name, learner, its own table)
    for the tree candidates. Raises Refused where any gap exceeds 1e-9.
    """
    import shap

    codes, decide, contributions = _coded(model, cells, school)
    rng = np.random.default_rng(seed)
    background = codes[rng.choice(len(codes), min(BACKGROUND_ROWS, len(codes)), replace=False)]
    rows = codes[rng.choice(len(codes), min(EXPLAINED_ROWS, len(codes)), replace=False)]
    own = contributions(rows) - contributions(background).mean(axis=0)
    gaps = {
        "base": abs(float(decide(codes).mean()) - model.base_log_odds),
        "additive_explainer": _largest(_additive(shap, decide, background, rows) - own),
        "permutation": _largest(
            _permutation(shap, decide, background, rows[:PERMUTATION_ROWS], seed) - own[:PERMUTATION_ROWS]
        ),
    }
    for name, booster, table in boosters:
        gaps[f"tree_explainer_{name}"] = _tree_gap(booster, table, model.grid, cells[:EXPLAINED_ROWS])
    wrong = {name: gap for name, gap in gaps.items() if not gap <= TOLERANCE}
    if wrong:
        raise Refused(
            f"shap does not confirm the explanations of this model: {wrong}.",
            hint="This is a fault of the program or of its libraries, not of the data: nothing was saved.",
        )
    return {"tolerance": TOLERANCE, "gaps": gaps, "shap": shap.__version__, "rows": len(rows), "passed": True}


def shap_explanation(
    model: AdditiveModel,
    X: FloatArray,
    school: Sequence[str],
    labels: Sequence[str],
    bases: ArrayLike | None = None,
) -> Any:
    """The contributions as a `shap.Explanation` (values (n, k+1), the school last), for shap's own plots.

    `bases` (n,) are the rows' base log-odds as scored (they depend on the school days in the outcome window);
    base and values then add up to the scored log-odds."""
    import shap

    offsets = np.array([model.offsets.get(str(one), 0.0) for one in school])
    return shap.Explanation(
        values=model.contributions(X, school),
        base_values=model.bases(len(X)) if bases is None else np.asarray(bases, dtype=np.float64),
        data=np.column_stack([X, offsets]),
        feature_names=[*labels, SCHOOL],
    )


def save_explanation(explanation: Any, path: str) -> None:
    """An explanation as the pickle that a data team's notebooks open; Belong itself never reads one."""
    Path(path).write_bytes(pickle.dumps(explanation))


def shap_plot(explanation: Any, path: str) -> None:
    """shap's own picture: a waterfall for one row, a beeswarm for more; needs the extra `plots`."""
    import matplotlib
    import shap

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    if len(explanation.values) == 1:
        shap.plots.waterfall(explanation[0], show=False)
    else:
        shap.plots.beeswarm(explanation, show=False)
    plt.gcf().savefig(path, bbox_inches="tight", dpi=150)
    plt.close("all")


def tree_shap(booster: Any, rows: ArrayLike) -> FloatArray:
    """Path-dependent TreeExplainer values of a booster, shape (n, k): the look-up's yardstick."""
    import shap

    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    return np.asarray(explainer.shap_values(rows, check_additivity=False), dtype=np.float64)


def _coded(
    model: AdditiveModel, cells: IntArray, school: Sequence[str]
) -> tuple[FloatArray, Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """Rows as cell numbers with the school's number last, and the served table as a function of them."""
    names, index = np.unique(np.asarray(school, dtype=object).astype(str), return_inverse=True)
    tables = [model.slope * (shape - mean) for shape, mean in zip(model.shapes, model.means, strict=True)]
    tables.append(np.array([model.offsets.get(str(name), 0.0) for name in names]))

    def contributions(codes: FloatArray) -> FloatArray:
        whole = np.asarray(codes).astype(np.int64)
        return np.column_stack([table[whole[:, j]] for j, table in enumerate(tables)])

    def decide(codes: FloatArray) -> FloatArray:
        return model.base_log_odds + contributions(codes).sum(axis=1)

    return np.column_stack([cells, index]).astype(np.float64), decide, contributions


def _additive(
    shap: Any, decide: Callable[..., FloatArray], background: FloatArray, rows: FloatArray
) -> FloatArray:
    masker = shap.maskers.Independent(background, max_samples=len(background))
    return np.asarray(shap.AdditiveExplainer(decide, masker)(rows).values, dtype=np.float64)


def _permutation(
    shap: Any, decide: Callable[..., FloatArray], background: FloatArray, rows: FloatArray, seed: int
) -> FloatArray:
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.explainers.Permutation(decide, masker, seed=seed)
    return np.asarray(explainer(rows, max_evals=2 * rows.shape[1] + 1, silent=True).values, dtype=np.float64)


def _tree_gap(booster: Any, table: Table, grid: Grid, cells: IntArray) -> float:
    values = tree_shap(booster, grid.values(cells))
    own = [
        shape[cells[:, j]] - shape @ axis.rows / axis.rows.sum()
        for j, (axis, shape) in enumerate(zip(grid.axes, table.shapes, strict=True))
    ]
    return _largest(values - np.column_stack(own))


def _largest(gap: FloatArray) -> float:
    return float(np.abs(gap).max()) if gap.size else 0.0
