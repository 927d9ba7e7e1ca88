"""A large trust or authority scored at once: figures, every contribution, lists, and words for who is on one.

The indicators are there already (drawn at random, shaped like counts and rates); the model is a booster in its
served form. Judged: `pipelines.score.score` for all pupils, which looks up every contribution (the exact
explanation in figures). Timed apart: `pipelines.explanation.explanation`, the words, for every pupil on a list.
"""

import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.explain import INDICATORS, fitted_booster
from benchmarks.measures import at_most, finish, note, options, peak_megabytes
from model.shapes import served
from model.similar import similar_cells
from pipelines.config import Config
from pipelines.explanation import explanation
from pipelines.indicators import catalogue
from pipelines.score import score

PUPILS_A_SCHOOL, PLACES = 1000, 40


def matrix_rows(pupils: int, names: list[str]) -> pd.DataFrame:
    """One term's rows of pupils in schools of 1,000."""
    rng = np.random.default_rng(1)
    X = rng.gamma(0.6, 3.0, (pupils, len(names))).round(1).astype(np.float32)
    X[rng.random(X.shape) < 0.02] = np.nan
    school = np.array([f"{999001 + n // PUPILS_A_SCHOOL}" for n in range(pupils)])
    facts = {
        "pupil_id": [f"p{n:020x}" for n in range(pupils)], "school": school, "term": "2026-summer",
        "as_of": pd.Timestamp("2026-07-06"), "nc_year": 8, "phase": "secondary", "scored": True,
        "abstain_reason": None, "window_days": 70, "suspended_last_year": rng.random(pupils) < 0.05,
    }  # fmt: skip
    return pd.concat([pd.DataFrame(facts), pd.DataFrame(X, columns=names)], axis=1)


def manifest(names: list[str], pupils: list[str], log_odds: np.ndarray) -> dict[str, Any]:
    """What a bundle says of itself, as far as scoring and explaining read it."""
    happened = np.random.default_rng(2).random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))
    declared = [{**one.as_dict(), "name": name} for one, name in zip(catalogue(), names, strict=False)]
    return {
        "model_id": "drawn", "synthetic": True, "schools": [], "phase": "secondary", "indicators": declared,
        "similar": similar_cells(log_odds, happened.astype(float), pupils),
        "config": Config.load().as_dict(),
    }  # fmt: skip


def main() -> None:
    """Score, explain, judge."""
    chosen = options(__doc__ or "")
    pupils = 10_000 if chosen.quick else 100_000
    grid, booster = fitted_booster()
    assert booster.learned is not None
    model = served(grid, booster.learned)
    names = [one.name for one in catalogue()][:INDICATORS]
    rows = matrix_rows(pupils, names)
    said = manifest(
        names, rows["pupil_id"].tolist(), model.contributions(rows[names].to_numpy(float)).sum(axis=1)
    )
    places = dict.fromkeys(rows["school"].unique().tolist(), PLACES)
    wall, cpu = time.perf_counter(), time.process_time()
    frame = score(model, said, rows, places).frame
    scored, wall = time.process_time() - cpu, time.perf_counter() - wall
    told: list[Any] = frame[frame["flagged"]].to_dict("records")
    explanation(said, told[0])
    cpu = time.process_time()
    for record in told:
        explanation(said, record)
    words = time.process_time() - cpu
    finish(
        {
            "pupils": note(float(pupils), "scored"),
            "figures, every contribution and lists, CPU s": at_most(scored, 2 * pupils / 100_000, "s"),
            "figures, every contribution and lists, wall s": note(wall),
            "pupils on a list": note(float(len(told)), "explained in words"),
            "their reasons in words, CPU s": note(words),
            "peak memory, MB": note(peak_megabytes()),
        },
        only_json=chosen.json,
    )


if __name__ == "__main__":
    main()
