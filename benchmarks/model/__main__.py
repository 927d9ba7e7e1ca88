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
from model.calibration import fit_affine
from model.metrics import at_places, average_precision
from pipelines.config import Config
from pipelines.evaluate import fresh_places, groups_of, places_of
from pipelines.indicators import catalogue
from pipelines.report.page import card_page
from pipelines.rows import Rows
from pipelines.synthesise import World
from pipelines.train import Trained, train
from pipelines.train.refit import refit

ALL = ("linear", "splines", "bins", "booster", "ebm", "scorecard")
SEED = 11
BESIDE = ("model", "abc", "last_term", "roni", "setting")


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
    measures["the same: CPU s"] = note(again.cpu)
    return trained


def _judge(trained: Trained, matrix: pd.DataFrame, measures: dict[str, Measure]) -> None:
    test = trained.report["test"]
    for part, said in (("all", "all pupils"), ("no_earlier_suspension", "no earlier suspension")):
        model, abc = test[part]["model"], test[part]["abc"]
        measures[f"precision over the ABC list's, {said}"] = at_least(
            model["precision"] / abc["precision"], 1.15
        )
        others = " / ".join(f"{test[part][name]['precision']:.3f}" for name in BESIDE)
        true = _against_oracle(trained, matrix, fresh=part != "all")
        measures[f"precision, {said}: {' / '.join(BESIDE)} / oracle"] = note(
            f"{others} / {true['precision']:.3f}"
        )
        ours, oracle = true["ours"], true["oracle"]
        measures[f"average precision over the oracle's, {said}"] = at_least(ours / oracle, 0.85)
        measures[f"average precision, {said}: model / oracle"] = note(f"{ours:.3f} / {oracle:.3f}")
        measures[f"slope against the true chances (no chance of events in it), {said}"] = note(true["slope"])
        for name in ("rolling", "pupils_apart", "schools_apart"):
            found = trained.report["validations"][name]
            if "all" in found:
                slope = found[part]["model"]["calibration_slope"]
                suffix = "" if part == "all" else f"_{part}"
                low, high = found["intervals"].get(f"calibration_slope{suffix}", (np.nan, np.nan))
                measures[f"calibration slope, {said}, {name}"] = Measure(
                    round(slope, 3), f"0.9 to 1.1 ({low:.2f} to {high:.2f})", 0.9 <= slope <= 1.1
                )
                expected = sum(one["expected"] for one in found["schools"])
                if part == "all":
                    measures[f"observed over expected, {said}, {name}"] = note(
                        sum(one["events"] for one in found["schools"]) / expected
                    )
    measures["gates"] = note("hold" if trained.report["gates"]["passed"] else "do not hold")
    measures["chosen"] = note(trained.report["chosen"])


def _against_oracle(trained: Trained, matrix: pd.DataFrame, *, fresh: bool) -> dict[str, float]:
    """On the test rows where the true chances are known: average precision of the model (`ours`) and of the
    chances (`oracle`), the chances' precision at the same number of flags, and the slope of the chances on
    the model's log-odds."""
    rows = matrix[
        matrix["term"].isin(trained.manifest["terms"]["test"]) & matrix["scored"] & matrix["trainable"]
    ]
    rows = rows[rows["oracle"].notna() & rows["outcome"].notna()]
    whole = Rows(rows, trained.model.names, "outcome")
    config = Config.from_dict(trained.manifest["config"])
    places = places_of(whole, config)
    if fresh:
        rows = rows[~rows["suspended_last_year"].astype(bool)]
        places = {group: fresh_places(n, config) for group, n in places.items()}
    X = rows[list(trained.model.names)].to_numpy(dtype=np.float64)
    days = rows["window_days"].to_numpy(float)
    log_odds = trained.model.log_odds(X, list(rows["school"]), days, list(rows["term"]))
    held = Rows(rows, trained.model.names, "outcome")
    y, chance = held.y, rows["oracle"].to_numpy(float)
    return {
        "ours": average_precision(y, log_odds),
        "oracle": average_precision(y, chance),
        "precision": at_places(y, chance, groups_of(held), places).precision,
        "slope": fit_affine(log_odds, chance, prior_sd=None).slope,
    }


if __name__ == "__main__":
    main()
