"""The manifest: everything needed to read, check and repeat a model, in plain JSON."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from model import bundle
from model.additive import AdditiveModel
from model.drift import fifth_counts, score_counts
from model.indicator import Indicator
from pipelines.config import Config
from pipelines.evaluate import plain
from pipelines.rows import Rows
from pipelines.train.fitting import Made
from pipelines.train.rows import Split


def data_hash(rows: pd.DataFrame, columns: Sequence[str]) -> str:
    """sha256 over the rows learned from: pupil, school, term, outcome and every indicator."""
    digest = hashlib.sha256()
    for column in columns:
        values = rows[column]
        numeric = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
        data = (
            values.to_numpy(np.float64) if numeric else values.astype(str).str.cat(sep="\n").encode("utf-8")
        )
        digest.update(column.encode("utf-8"))
        digest.update(data.tobytes() if isinstance(data, np.ndarray) else data)
    return digest.hexdigest()


def make_manifest(
    made: Made,
    split: Split,
    indicators: Sequence[Indicator],
    left_out: Mapping[str, str],
    config: Config,
    *,
    seed: int,
    synthetic: bool,
    phase: str | None,
    similar: Sequence[Mapping[str, Any]],
    certificate: Mapping[str, Any],
    gates: Mapping[str, Any],
    report: Mapping[str, Any],
    lineage: Mapping[str, Any] | None,
    compared_with: str | None = None,
) -> dict[str, Any]:
    """All facts of one training. `model_id` is named after the table's hash, the settings it was judged by and
    the model it was judged beside: the same table judged by other bounds is another candidate."""
    hashes = bundle.hashes(made.model)
    judged = {"table": hashes["bundle_sha256"], "config": config.as_dict(), "compared_with": compared_with}
    return plain(
        {
            "format": bundle.FORMAT,
            "model_id": f"m{bundle.sha256(bundle.manifest_bytes(judged))[:12]}",
            **hashes,
            "synthetic": synthetic,
            "phase": phase,
            "indicators": [one.as_dict() for one in indicators],
            "left_out": dict(left_out),
            "outcome": {"name": config.outcome.name, "column": config.outcome.column},
            **_made(made, split),
            **_parts(split, [one.name for one in indicators], config.outcome.column),
            "similar": list(similar),
            "metrics": report,
            "certificate": dict(certificate),
            "gates": dict(gates),
            "compared_with": compared_with,
            "seed": seed,
            "config": config.as_dict(),
            "lineage": dict(lineage or {}),
            "versions": bundle.library_versions(),
        }
    )


def _made(made: Made, split: Split) -> dict[str, Any]:
    """The rows that were learned from and the settings that were chosen."""
    return {
        "chosen": made.chosen,
        "candidates": made.comparison,
        "weights": list(made.weights),
        "base": _base(made.model),
        "figures": _figures(made.model, split.train),
        "schools": sorted(made.model.offsets),
        "offset_spread": made.tau2,
    }


def _parts(split: Split, names: Sequence[str], outcome: str) -> dict[str, Any]:
    """Terms, numbers and hashes of the rows of each part."""
    columns = ["pupil_id", "school", "term", outcome, *names]
    parts = {"train": split.train, "calibrate": split.calibrate, "test": split.test}
    return {
        "terms": split.terms,
        "rows": {name: {"rows": len(part), "events": part.events} for name, part in parts.items()},
        "data_sha256": {name: data_hash(part.frame, columns) for name, part in parts.items()},
    }


def _figures(model: AdditiveModel, rows: Rows) -> dict[str, Any]:
    """Reference figures for drift: tenths of the training rows' log-odds and how many rows lie in each, in
    all, by season of the year (with the indicators' fifths) and by school and season."""
    log_odds = model.log_odds(rows.X, rows.school, rows.window_days, rows.terms)
    edges = np.quantile(log_odds, np.linspace(0.1, 0.9, 9))
    seasons, schools = rows.frame["term"].str.slice(5).to_numpy(), np.asarray(rows.school, dtype=object)
    by_season: dict[str, Any] = {}
    by_school: dict[str, dict[str, list[int]]] = {}
    for season in sorted(set(seasons)):
        inside = seasons == season
        by_season[season] = {
            "counts": score_counts(log_odds[inside], edges).tolist(),
            "inputs": fifth_counts(model, rows.X[inside]),
        }
        for school in sorted(set(schools[inside])):
            here = log_odds[inside & (schools == school)]
            by_school.setdefault(school, {})[season] = score_counts(here, edges).tolist()
    return {
        "edges": edges.tolist(),
        "counts": score_counts(log_odds, edges).tolist(),
        "by_season": by_season,
        "by_school": by_school,
    }


def _base(model: AdditiveModel) -> dict[str, Any]:
    return {
        "log_odds": model.base_log_odds,
        "window_days": model.window_days,
        "seasons": dict(model.seasons),
        "slope": model.slope,
        "shift": model.shift,
    }
