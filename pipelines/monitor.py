"""Between trainings: has the world moved, and what would another model change?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from model.additive import SCHOOL, AdditiveModel
from model.drift import Bounds, excess, input_drift, judge, rate_ratio, score_counts
from model.grid import FloatArray
from pipelines.config import Config
from pipelines.evaluate import plain
from pipelines.registry import Loaded
from pipelines.score import score

LEAST_ROWS = 50
ByPupil = dict[tuple[str, str], dict[str, Any]]
WHY = 3


def drift_report(
    model: AdditiveModel,
    manifest: Mapping[str, Any],
    rows: pd.DataFrame,
    config: Config,
    closed: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Drift of one term's scored rows against the training rows of the same season: inputs, figures and, from
    the rows of a term whose outcome is known (`closed`, by default the same rows), observed over expected
    events; in all and, under `schools`, each against its own past. `paused` says that scoring should wait for
    a person, `paused_schools` for which schools alone.

    Fewer than 50 rows give {"not_possible": …}.
    """
    rows = _of_model(rows, manifest)
    closed = rows if closed is None else _of_model(closed, manifest)
    if len(rows) < LEAST_ROWS:
        said = f"{len(rows)} scored pupils are too few to tell."
        return {"not_possible": said, "paused": False, "paused_schools": []}
    bounds = Bounds(config.drift.psi_warn, config.drift.psi_stop, config.drift.rate_ratio_stop)
    then, season = manifest["figures"], str(rows["term"].iloc[0])[5:]
    usual = then.get("by_season", {}).get(season) or {"counts": then["counts"], "inputs": None}
    report = judge(
        input_drift(model, rows[list(model.names)].to_numpy(dtype=np.float64), usual["inputs"]),
        excess(usual["counts"], score_counts(_log_odds(model, rows), then["edges"])),
        *_rate(model, closed, manifest),
        bounds,
    )
    schools = {}
    for school, here in rows.groupby(rows["school"].astype(str)):
        own = then.get("by_school", {}).get(school, {}).get(season)
        if own is None or min(len(here), sum(own)) < LEAST_ROWS:
            schools[school] = {
                "not_possible": "There are too few pupils, or no past, to tell.",
                "paused": False,
            }
            continue
        scores = excess(own, score_counts(_log_odds(model, here), then["edges"]))
        before = closed[closed["school"].astype(str) == school]
        schools[school] = judge({}, scores, *_rate(model, before, manifest), bounds, surely=True)
    paused = [school for school, one in schools.items() if one["paused"]]
    return plain({"term": str(rows["term"].iloc[0]), **report, "schools": schools, "paused_schools": paused})


def _of_model(rows: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """The scored rows of the model's phase."""
    rows = rows[rows["scored"].astype(bool)]
    phase = manifest.get("phase")
    return rows if phase is None or "phase" not in rows else rows[rows["phase"] == phase]


def _log_odds(model: AdditiveModel, rows: pd.DataFrame) -> FloatArray:
    X = rows[list(model.names)].to_numpy(dtype=np.float64)
    days = rows["window_days"].to_numpy(dtype=np.float64)
    return model.log_odds(X, list(rows["school"]), days, list(rows["term"]))


def _rate(
    model: AdditiveModel, closed: pd.DataFrame, manifest: Mapping[str, Any]
) -> tuple[float | None, tuple[float, float] | None]:
    """Observed over expected events of the rows whose outcome is known; None where there are none."""
    column = manifest["outcome"]["column"]
    known = closed[closed[column].notna()] if column in closed else closed.iloc[:0]
    if not len(known):
        return None, None
    return rate_ratio(_log_odds(model, known), known[column].to_numpy(float))


def drift_lines(report: Mapping[str, Any]) -> list[str]:
    """The report for a terminal: what moved, in all and by school, and whether scoring should pause."""
    if "not_possible" in report:
        return [report["not_possible"]]
    ratio, scores = report["observed_over_expected"], report["scores"]
    lines = [
        f"{report['term']}: the figures moved by {scores:.2f}; "
        + ("no outcomes are known yet." if ratio is None else f"{ratio:.2f} × the expected events happened.")
    ]
    lines += report["stops"] + report["warnings"]
    for school, one in report["schools"].items():
        said = one.get("not_possible") or " ".join(one["stops"] + one["warnings"]) or "nothing moved."
        lines.append(f"{school}: {said}")
    waits = report["paused"] or report["paused_schools"]
    return [*lines, "Scoring should wait for a person." if waits else "Scoring can continue."]


def compare_lists(
    serving: Loaded, candidate: Loaded, rows: pd.DataFrame, places: Mapping[str, int]
) -> dict[str, Any]:
    """Compare the lists of one term under two models: {entering, leaving, staying: number}.

    Those who enter or leave are named with the contributions that make the difference.
    """
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
