"""What a training writes to MLflow, where somebody asks for it: whole figures alone, and never at the model's cost."""

import importlib.util
import sys
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from pipelines.tracking import run_record, track
from pipelines.train import Trained
from testbed.simulated import SCHOOLS

pytestmark = pytest.mark.xdist_group("trained")
INSTALLED = importlib.util.find_spec("mlflow") is not None


def test_figures_of_all_schools_together_and_nothing_of_one(trained: Trained) -> None:
    told = run_record(trained)
    assert (
        told["metrics"]["all.model.average_precision"]
        == trained.report["test"]["all"]["model"]["average_precision"]
    )
    assert told["metrics"]["test.events"] == trained.manifest["rows"]["test"]["events"]
    assert told["tags"]["synthetic"] == "true"
    assert told["tags"]["model_id"] == trained.model_id
    assert not [school for school in SCHOOLS if school in str(told)]
    assert all(len(name) <= 250 for part in told.values() for name in part)


def test_without_mlflow_it_says_what_to_install(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(Refused, match="not installed"):
        track(trained, "http://127.0.0.1:9")


# An extra that brings cloud clients with it: not among the locked packages, so this runs where it is installed.
@pytest.mark.skipif(not INSTALLED, reason="needs the extra mlflow")
def test_a_run_can_be_read_back_and_a_bad_address_is_said(
    tmp_path: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow import MlflowClient

    uri = tmp_path.joinpath("runs").as_uri()
    run = MlflowClient(tracking_uri=uri).get_run(track(trained, uri))
    assert run.data.metrics == pytest.approx(run_record(trained)["metrics"])
    assert run.data.tags["model_id"] == trained.model_id
    assert run.info.status == "FINISHED"
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    with pytest.raises(Refused, match="not written to MLflow"):
        track(trained, tmp_path.joinpath("others").as_uri())
