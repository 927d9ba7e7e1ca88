"""A training's figures in MLflow, for data teams that keep their runs there. The one place that imports it.

Only figures of whole schools together go there, nobody's records, no school's name and no model: that stays in the
registry, which alone knows what serves.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from data_contracts.errors import Refused
from pipelines.train import Trained

EXPERIMENT = "Belong"
PARTS = ("all", "no_earlier_suspension", "list", "calibration")
WAIT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}


def run_record(trained: Trained) -> dict[str, dict[str, Any]]:
    """The record of a run: {params, metrics, tags}, each by name; metrics are numbers alone."""
    manifest = trained.manifest
    counted = {f"{part}.{key}": n for part, one in manifest["rows"].items() for key, n in one.items()}
    return {
        "params": {
            "chosen": manifest["chosen"],
            "candidates": ", ".join(one["name"] for one in manifest["candidates"]),
            "outcome": manifest["outcome"]["column"],
            "seed": manifest["seed"],
            **{part: f"{terms[0]} to {terms[-1]}" for part, terms in manifest["terms"].items()},
        },
        "metrics": {
            **dict(_numbers({part: manifest["metrics"].get(part) for part in PARTS})),
            **counted,
            "gates_passed": float(manifest["gates"]["passed"]),
        },
        "tags": {
            "model_id": manifest["model_id"],
            "bundle_sha256": manifest["bundle_sha256"],
            "synthetic": str(manifest["synthetic"]).lower(),
            **{
                key: str(manifest["lineage"][key])
                for key in ("refit_of", "rebase_of")
                if key in manifest["lineage"]
            },
        },
    }


def track(trained: Trained, uri: str) -> str:
    """Write one finished run at a tracking address; returns its id. Raises Refused where MLflow is not installed
    or the address does not take it."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    for name, value in WAIT.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise Refused(
            "The run was not written to MLflow, which is not installed.", hint="pip install 'belong[mlflow]'"
        ) from None
    told = run_record(trained)
    try:
        client = MlflowClient(tracking_uri=uri)
        known = client.get_experiment_by_name(EXPERIMENT)
        experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT)
        run = client.create_run(experiment, run_name=trained.model_id)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(k, float(v), run.info.start_time, 0) for k, v in told["metrics"].items()],
            params=[Param(k, str(v)) for k, v in told["params"].items()],
            tags=[RunTag(k, v) for k, v in told["tags"].items()],
        )
        client.set_terminated(run.info.run_id)
    except MlflowException as error:
        raise Refused(
            f"The run was not written to MLflow: {str(error)[:200]}", hint="Check BELONG_MLFLOW_URI."
        ) from error
    return str(run.info.run_id)


def _numbers(found: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a nested report, named by the way to them; lists (schools, curves) are left out."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{at}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{at}{key}", float(value)
