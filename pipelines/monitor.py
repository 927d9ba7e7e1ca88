"""Between trainings: has the world moved, and what would another model change?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from model.additive import SCHOOL, AdditiveModel
from model.drift import input_drift, judge, rate_ratio, score_counts, stability
from pipelines.config import Config
from pipelines.evaluate import plain
from pipelines.registry import Loaded
from pipelines.score import score

LEAST_ROWS = 50
ByPupil = dict[tuple[str, str], dict[str, Any]]
WHY = 3


def drift_report(
    model: AdditiveModel, manifest: Mapping[str, Any], rows: pd.DataFrame, config: Config
) -> dict[str, Any]:
    """Drift of one term's scored rows against the training rows: inputs, figures and, where outcomes are
    known, observed over expected events. `paused` says that scoring should wait for a person.

    Fewer than 50 rows give {"not_possible": …}.
    """
    rows = rows[rows["scored"].astype(bool)]
    if len(rows) < LEAST_ROWS:
        return {"not_possible": f"{len(rows)} scored pupils are too few to tell.", "paused": False}
    X = rows[list(model.names)].to_numpy(dtype=np.float64)
    log_odds = model.log_odds(X, list(rows["school"]), rows["window_days"].to_numpy(dtype=np.float64))
    then = manifest["figures"]
    scores = stability(then["counts"], score_counts(log_odds, then["edges"]))
    column = manifest["outcome"]["column"]
    known = rows[column].notna().to_numpy() if column in rows else np.zeros(len(rows), dtype=bool)
    ratio = rate_ratio(log_odds[known], rows[column].to_numpy(float)[known]) if known.any() else None
    bounds = config.drift
    return plain(
        judge(
            input_drift(model, X), scores, ratio,
            warn=bounds.psi_warn, stop=bounds.psi_stop, rate=bounds.rate_ratio_stop,
        )
    )  # fmt: skip


def compare_lists(
    serving: Loaded, candidate: Loaded, rows: pd.DataFrame, places: Mapping[str, int]
) -> dict[str, Any]:
    """Who would enter and who would leave the lists of one term, and the contributions that make the
    difference: {entering, leaving, staying: number}."""
    before, after = (_scored(one, rows, places) for one in (serving, candidate))
    was, now = ({key for key, row in some.items() if row["flagged"]} for some in (before, after))
    return {
        "entering": [_moved(key, before, after, serving, candidate) for key in sorted(now - was)],
        "leaving": [_moved(key, before, after, serving, candidate) for key in sorted(was - now)],
        "staying": len(was & now),
    }


def _scored(one: Loaded, rows: pd.DataFrame, places: Mapping[str, int]) -> ByPupil:
    """Score rows by school and pupil."""
    records = score(one.model, one.manifest, rows, places).frame.to_dict("records")
    return {
        (str(row["school"]), str(row["pupil_id"])): {str(k): v for k, v in row.items()} for row in records
    }


def _moved(
    key: tuple[str, str], before: ByPupil, after: ByPupil, serving: Loaded, candidate: Loaded
) -> dict[str, Any]:
    a, b = _parts(before[key], serving.manifest), _parts(after[key], candidate.manifest)
    gaps = {name: b.get(name, 0.0) - a.get(name, 0.0) for name in {*a, *b}}
    largest = sorted(gaps.items(), key=lambda item: (-abs(item[1]), item[0]))[:WHY]
    return {
        "school": key[0],
        "pupil_id": key[1],
        "log_odds": [float(before[key]["log_odds"]), float(after[key]["log_odds"])],
        "why": [{"indicator": name, "change": float(change)} for name, change in largest],
    }


def _parts(row: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, float]:
    names = [*(one["name"] for one in manifest["indicators"]), SCHOOL]
    return dict(zip(names, row["contributions"] or [], strict=False))
