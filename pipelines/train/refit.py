"""A refit: the promoted mixture on newer terms, nothing selected again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from model.indicator import Indicator
from pipelines.config import Config
from pipelines.train import Trained, train
from pipelines.train.rows import Progress


def refit(
    matrix: pd.DataFrame,
    catalogue: Sequence[Indicator],
    manifest: Mapping[str, Any],
    *,
    lineage: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Learn the tables of a promoted model anew from all closed terms, with its candidates, settings and
    seed. Raises Refused as `train` does; the result passes the same gates before it may serve."""
    config = Config.from_dict(manifest["config"])
    chosen = config.training.candidates if manifest["chosen"] == "mean" else (manifest["chosen"],)
    quick = replace(
        config,
        training=replace(config.training, candidates=chosen, selection_margin=1.0),
        validation=replace(config.validation, pupils_apart=False, schools_apart=False),
    )
    return train(
        matrix,
        catalogue,
        quick,
        int(manifest["seed"]),
        synthetic=bool(manifest["synthetic"]),
        lineage={**(lineage or {}), "refit_of": manifest["model_id"]},
        progress=progress,
    )
