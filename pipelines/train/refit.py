"""A promoted model on newer terms, nothing selected again: its mixture learned anew, or its base alone renewed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from data_contracts.errors import Refused
from model.additive import AdditiveModel
from model.indicator import Indicator
from pipelines.config import Config
from pipelines.train import Trained, train
from pipelines.train.rows import in_order


def refit(
    matrix: pd.DataFrame,
    catalogue: Sequence[Indicator],
    manifest: Mapping[str, Any],
    *,
    lineage: Mapping[str, Any] | None = None,
    **given: Any,
) -> Trained:
    """Learn the tables of a promoted model anew from all closed terms, with its candidates, settings and
    seed. `given` goes to `train`, which refuses what it refuses there; the result passes the same gates before
    it may serve."""
    config = settings_of(manifest)
    chosen = config.training.candidates if manifest["chosen"] == "mean" else (manifest["chosen"],)
    training = replace(config.training, candidates=chosen, selection_margin=1.0)
    return train(
        matrix, catalogue, replace(config, training=training), int(manifest["seed"]),
        synthetic=bool(manifest["synthetic"]),
        lineage={**(lineage or {}), "refit_of": manifest["model_id"]}, **given,
    )  # fmt: skip


def rebase(
    matrix: pd.DataFrame,
    model: AdditiveModel,
    manifest: Mapping[str, Any],
    *,
    lineage: Mapping[str, Any] | None = None,
    **given: Any,
) -> Trained:
    """Renew what is usual in all and in each school, as each term's end allows, and keep every shape: the base
    from the last but one closed term, the schools from those before it, tested on the latest.

    Raises Refused as `train` does and where no term has closed since the model was tested.
    """
    config = settings_of(manifest)
    closed = in_order(matrix.loc[matrix[config.outcome.column].notna(), "term"])
    tested = manifest["terms"]["test"][-1]
    if not closed or in_order([tested, closed[-1]])[-1] == tested:
        raise Refused(
            f"No term has closed since {tested}, on which {manifest['model_id']} was tested.",
            hint="Load the next term once its outcomes are known, then try again.",
        )
    table = manifest["lineage"].get("table") or {
        "model_id": manifest["model_id"],
        "terms": manifest["terms"]["train"],
    }
    return train(
        matrix, [], config, int(manifest["seed"]), synthetic=bool(manifest["synthetic"]),
        lineage={**(lineage or {}), "rebase_of": manifest["model_id"], "table": table},
        kept=(model, manifest), **given,
    )  # fmt: skip


def settings_of(manifest: Mapping[str, Any]) -> Config:
    """The settings a model was made and judged by, without the validations that learn other tables."""
    config = Config.from_dict(manifest["config"])
    return replace(config, validation=replace(config.validation, pupils_apart=False, schools_apart=False))
