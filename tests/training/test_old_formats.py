"""Registries of the first release: every model is rewritten to the bit, keeps its id and goes on serving."""

import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import pytest

from data_contracts.errors import Refused
from model import bundle
from pipelines.registry import CONVERTED, Registry
from pipelines.train import Trained
from tests.model.test_format_one import Runs

pytestmark = pytest.mark.xdist_group("trained")


def old_registry(folder: Path, trained: Trained, content: Any = None) -> str:
    """A registry as the first release wrote it, its model promoted; returns the model's id.

    `content` takes the place of the model's arrays, with every hash in step with it.
    """
    buffer = io.BytesIO()
    joblib.dump(trained.model.to_arrays() if content is None else content, buffer, protocol=4)
    manifest = {key: value for key, value in trained.manifest.items() if key != "joblib_sha256"}
    manifest |= {"format": 1, "bundle_sha256": bundle.sha256(buffer.getvalue())}
    model_id = str(manifest["model_id"])
    beside = folder / "models" / model_id
    beside.mkdir(parents=True)
    (beside / "model.joblib").write_bytes(buffer.getvalue())
    (beside / "manifest.json").write_bytes(bundle.manifest_bytes(manifest))
    (beside / "report.json").write_bytes(bundle.manifest_bytes(trained.report))
    _event(folder, "added", model_id, manifest_sha256=bundle.sha256(bundle.manifest_bytes(manifest)),
           synthetic=True, files={"report.json": bundle.sha256(bundle.manifest_bytes(trained.report))})  # fmt: skip
    _event(folder, "promoted", model_id, forced="test")
    return model_id


def _event(folder: Path, kind: str, model_id: str, **more: Any) -> None:
    events = folder / "events"
    events.mkdir(exist_ok=True)
    known = sorted(events.iterdir())
    body = {
        "number": len(known) + 1, "before": bundle.sha256(known[-1].read_bytes()) if known else "",
        "event": kind, "model_id": model_id, "by": "Ann", "reason": "first", "at": "2026-01-01T00:00:00+00:00",
        **more,
    }  # fmt: skip
    (events / f"{len(known) + 1:06d}.json").write_bytes(bundle.manifest_bytes(body))


def convert(registry: Registry) -> list[str]:
    old = registry.old_models()
    for model_id, model in old.items():
        registry.convert(model_id, model, "test")
    return sorted(old)


def _without_files(manifest: Mapping[str, Any]) -> dict[str, Any]:
    files = {"format", "bundle_sha256", "joblib_sha256", "converted_from"}
    return {key: value for key, value in manifest.items() if key not in files}


def test_an_old_model_is_rewritten_to_the_bit_and_goes_on_serving(tmp_path: Path, trained: Trained) -> None:
    registry = Registry(str(tmp_path))
    model_id = old_registry(tmp_path, trained)
    before = {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()}
    with pytest.raises(Refused, match="format 1") as told:
        registry.load(model_id)
    assert "belong migrate" in told.value.hint
    assert convert(registry) == [model_id]
    assert {p: p.read_bytes() for p in before} == before  # nothing is overwritten
    assert registry.serving() == model_id
    loaded = registry.load(model_id)
    assert bundle.dump(loaded.model) == bundle.dump(trained.model)
    assert _without_files(loaded.manifest) == _without_files(trained.manifest)
    bundle.check_joblib(registry.joblib_file(model_id), trained.model)
    assert registry.events()[-1]["event"] == CONVERTED
    assert registry.report(model_id) == trained.report
    assert [one["model_id"] for one in registry.models()] == [model_id]
    assert convert(registry) == []
    assert len(registry.events()) == 3


def test_a_conversion_that_was_cut_off_is_done_again(tmp_path: Path, trained: Trained) -> None:
    registry = Registry(str(tmp_path))
    model_id = old_registry(tmp_path, trained)
    (tmp_path / "models" / model_id / "model.json").write_text("half")
    (tmp_path / "models" / model_id / "manifest.format2.json").write_text("half")
    assert convert(registry) == [model_id]
    assert bundle.dump(registry.load(model_id).model) == bundle.dump(trained.model)


def test_a_converted_model_changed_later_is_refused(tmp_path: Path, trained: Trained) -> None:
    registry = Registry(str(tmp_path))
    model_id = old_registry(tmp_path, trained)
    convert(registry)
    path = tmp_path / "models" / model_id / "model.json"
    path.write_text(path.read_text().replace('"slope": ', '"slope": 1', 1))
    with pytest.raises(Refused, match=r"model\.json is not the file"):
        registry.load(model_id)
    other = tmp_path / "models" / model_id / "manifest.format2.json"
    other.write_text(other.read_text().replace("format", "former", 1))
    with pytest.raises(Refused, match="not the one the registry knows"):
        registry.manifest(model_id)


@pytest.mark.parametrize("in_step", [True, False])
def test_a_tampered_old_model_is_refused_and_runs_nothing(
    tmp_path: Path, trained: Trained, in_step: bool
) -> None:
    """With every hash made to fit by the forger, and without."""
    proof = tmp_path / "proof"
    home = tmp_path / "registry"
    bomb = {**trained.model.to_arrays(), "offsets": Runs(proof)}
    model_id = old_registry(home, trained, bomb if in_step else None)
    if not in_step:
        joblib.dump(Runs(proof), home / "models" / model_id / "model.joblib")
    before = sorted(p for p in home.rglob("*") if p.is_file())
    with pytest.raises(Refused, match="not opened"):
        convert(Registry(str(home)))
    assert not proof.exists()
    assert sorted(p for p in home.rglob("*") if p.is_file()) == before


def test_a_model_whose_folder_was_taken_away_is_left_out_unless_it_serves(
    tmp_path: Path, trained: Trained
) -> None:
    registry = Registry(str(tmp_path))
    model_id = old_registry(tmp_path, trained)
    shutil.rmtree(tmp_path / "models" / model_id)
    with pytest.raises(Refused, match=r"holds no manifest\.json"):
        convert(registry)
    registry.rollback("Ann", "gone")
    assert convert(registry) == []


def test_the_old_and_the_new_form_of_a_model_are_told_apart_by_their_format(
    tmp_path: Path, trained: Trained
) -> None:
    registry = Registry(str(tmp_path))
    model_id = old_registry(tmp_path, trained)
    convert(registry)
    registry.add(Trained(trained.model.calibrated(1.25, 0.5), _retold(trained), trained.report))
    assert {one["model_id"] for one in registry.models()} == {model_id, "mlater"}
    assert registry.load("mlater").model.slope == 1.25
    stored = json.loads((tmp_path / "models" / model_id / "manifest.json").read_text())
    assert stored["format"] == 1


def _retold(trained: Trained) -> dict[str, Any]:
    return {**trained.manifest, **bundle.hashes(trained.model.calibrated(1.25, 0.5)), "model_id": "mlater"}
