"""Train, validate, audit and judge on a synthetic trust: a test of the machinery, not evidence about pupils.

`--matrix FILE` takes an indicator matrix (parquet, with the column `oracle`) instead of making the trust;
`--keep FILE` keeps the one made. The counter-worlds are `python -m benchmarks.worlds`.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from benchmarks.model.trust import make_matrix
from model.measures import average_precision
from pipelines.config import Config
from pipelines.indicators import catalogue
from pipelines.report.page import card_page
from pipelines.synthesise import World
from pipelines.train import Trained, train
from pipelines.train.refit import refit

ALL = ("linear", "splines", "bins", "booster", "ebm", "scorecard")
SEED = 11


def main() -> None:
    chosen = options(
        __doc__ or "",
        matrix="parquet of an earlier run",
        keep="where to keep the matrix",
    )
    size = (
        {"schools": 4, "pupils": 300, "years": 3}
        if chosen.quick
        else {"schools": 20, "pupils": 1000, "years": 4}
    )
    matrix, groups = _matrix(chosen.matrix, size)
    if chosen.keep:
        matrix.to_parquet(chosen.keep)
        if groups is not None:
            groups.to_parquet(f"{chosen.keep}.audit")
    measures: dict[str, Measure] = {"pupil-terms": note(float(len(matrix)))}
    trained = _train(matrix, groups, measures, silent=chosen.json)
    _judge(trained, matrix, measures)
    finish(measures, only_json=chosen.json)


def _matrix(kept: str | None, size: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    if kept:
        beside = Path(f"{kept}.audit")
        return pd.read_parquet(kept), pd.read_parquet(beside) if beside.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        return make_matrix(Path(folder), SEED, World(), **size)


def _train(
    matrix: pd.DataFrame, groups: pd.DataFrame | None, measures: dict[str, Measure], *, silent: bool
) -> Trained:
    config = Config.load(overrides={"training": {"candidates": list(ALL)}})

    def say(text: str, done: int, total: int) -> None:
        if not silent:
            print(f"  {text} ({done} of {total})", file=sys.stderr, flush=True)

    with measured() as whole:
        trained = train(
            matrix, catalogue(), config, SEED, synthetic=True, characteristics=groups, progress=say
        )
        assert trained.card is not None
        card_page(trained.model, trained.manifest, trained.report, trained.card)
    measures["training, all candidates, validations, audit, card: CPU s on 2 cores"] = at_most(
        whole.cpu, 1440
    )
    measures["the same: wall s"] = at_most(whole.wall, 720)
    with measured() as again:
        refit(matrix, catalogue(), trained.manifest)
    measures["refit of the promoted mixture: wall s"] = at_most(again.wall, 120)
    return trained


def _judge(trained: Trained, matrix: pd.DataFrame, measures: dict[str, Measure]) -> None:
    test = trained.report["test"]
    for part, said in (("all", "all pupils"), ("no_earlier_suspension", "no earlier suspension")):
        model, abc = test[part]["model"], test[part]["abc"]
        measures[f"precision over the ABC list's, {said}"] = at_least(
            model["precision"] / abc["precision"], 1.15
        )
        measures[f"precision, {said}: model / ABC / last term"] = note(
            f"{model['precision']:.3f} / {abc['precision']:.3f} / {test[part]['last_term']['precision']:.3f}"
        )
        ours, oracle = _against_oracle(trained, matrix, fresh=part != "all")
        measures[f"average precision over the oracle's, {said}"] = at_least(ours / oracle, 0.85)
        measures[f"average precision, {said}: model / oracle"] = note(f"{ours:.3f} / {oracle:.3f}")
        for name in ("rolling", "pupils_apart", "schools_apart"):
            found = trained.report["validations"][name]
            if "all" in found:
                slope = found[part]["model"]["calibration_slope"]
                measures[f"calibration slope, {said}, {name}"] = Measure(
                    round(slope, 3), "0.9 to 1.1", 0.9 <= slope <= 1.1
                )
    measures["gates"] = note("hold" if trained.report["gates"]["passed"] else "do not hold")
    measures["chosen"] = note(trained.report["chosen"])


def _against_oracle(trained: Trained, matrix: pd.DataFrame, *, fresh: bool) -> tuple[float, float]:
    """Average precision of the model and of the true chances on the test rows where both are known."""
    rows = matrix[
        matrix["term"].isin(trained.manifest["terms"]["test"]) & matrix["scored"] & matrix["trainable"]
    ]
    rows = rows[rows["oracle"].notna() & rows["outcome"].notna()]
    if fresh:
        rows = rows[~rows["suspended_last_year"].astype(bool)]
    X = rows[list(trained.model.names)].to_numpy(dtype=np.float64)
    log_odds = trained.model.log_odds(X, list(rows["school"]), rows["window_days"].to_numpy(float))
    y = rows["outcome"].to_numpy(float)
    return average_precision(y, log_odds), average_precision(y, rows["oracle"].to_numpy(float))


if __name__ == "__main__":
    main()
