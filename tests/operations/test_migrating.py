"""A home of the first release: migrate brings its models and keys to this release, and nobody notices."""

import io
import json
import shutil
from pathlib import Path

import joblib
import pytest

from data_contracts.errors import Refused
from model import arrays, bundle
from pipelines.score import score
from service.app.journeys import export_model
from service.core import backup_key
from service.operations import commands
from service.operations.doctor import doctor
from service.operations.restore import restore
from testbed.seeds import trained_once
from tests.conftest import run_belong
from tests.life.living import Living
from tests.life.records import Template
from tests.operations.test_backup import answers
from tests.training.test_old_formats import Runs, old_registry

pytestmark = pytest.mark.xdist_group("records")


def made_old(records: Living, content: object = None) -> Path:
    """The home of the records as the first release left it: its model in format 1, no backup key."""
    home = records.deployment.home
    shutil.rmtree(home.registry)
    old_registry(home.registry, trained_once()[0], content)
    (home.keys / "backup.key").unlink()
    return home.path


def test_a_home_in_use_is_migrated_and_answers_as_before(records: Living) -> None:
    before = answers(records.deployment)
    home = made_old(records)
    told = {one.name: one for one in doctor(home) if one.state == "wrong"}
    assert any("belong migrate" in one.advice for one in told.values())
    done = json.loads(run_belong("migrate", "--home", str(home), "--json").stdout)
    assert done["models"] == [trained_once()[0].model_id]
    assert done["backup_key"] == "made"
    assert not [one for one in doctor(home) if one.state == "wrong"]
    assert answers(records.deployment) == before
    again = commands.migrate(home)
    assert (again["models"], again["backup_key"]) == ([], "kept")


def test_scores_of_a_migrated_model_are_equal_to_the_bit(records: Living) -> None:
    trained, rows = trained_once()
    commands.migrate(made_old(records))
    loaded = records.deployment.registry.load(trained.model_id)
    places = dict.fromkeys(rows["school"].unique(), 6)
    now = score(loaded.model, loaded.manifest, rows, places).frame
    before = score(trained.model, trained.manifest, rows, places).frame
    assert len(now) > 100
    for column in before:
        assert now[column].tolist() == before[column].tolist() or now[column].equals(before[column]), column
    assert (now["log_odds"].to_numpy().tobytes()) == (before["log_odds"].to_numpy().tobytes())


def test_a_tampered_model_stops_the_migration_before_anything_is_changed(
    records: Living, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    home = made_old(records, {"axes": [], "shapes": Runs(proof)})
    before = {
        path: path.read_bytes() for path in home.rglob("*") if path.is_file() and "sqlite" not in path.name
    }
    told = run_belong("migrate", "--home", str(home), check=False)
    assert told.returncode == 11
    assert "The old model file was not opened: it holds posix.system" in told.stderr
    assert "Traceback" not in told.stderr
    assert not proof.exists()
    after = {
        path: path.read_bytes() for path in home.rglob("*") if path.is_file() and "sqlite" not in path.name
    }
    assert after == before


def test_a_model_is_exported_for_a_data_teams_own_programs(records: Living, tmp_path: Path) -> None:
    home = records.deployment.home
    told = run_belong("models", "export", str(tmp_path / "out"), "--home", str(home.path))
    model_id = trained_once()[0].model_id
    assert f"Wrote manifest.json, model.joblib, model.json of {model_id}" in told.stdout
    known = joblib.load(tmp_path / "out" / "model.joblib")
    assert arrays.same(known, arrays.from_json((tmp_path / "out" / "model.json").read_bytes()))
    assert bundle.dump(trained_once()[0].model) == (tmp_path / "out" / "model.json").read_bytes()
    with pytest.raises(Refused, match="holds something already"):
        export_model(home.path, None, tmp_path / "out")
    joblib.dump(Runs(tmp_path / "proof"), home.registry / "models" / model_id / "model.joblib")
    with pytest.raises(Refused, match=r"model\.joblib is not the file its manifest names"):
        export_model(home.path, model_id, tmp_path / "other")
    assert not (tmp_path / "proof").exists()
    assert not (tmp_path / "other").exists()


def test_a_migrated_model_is_exported_too(records: Living, tmp_path: Path) -> None:
    home = made_old(records)
    commands.migrate(home)
    export_model(home, None, tmp_path / "out")
    known = joblib.load(io.BytesIO((tmp_path / "out" / "model.joblib").read_bytes()))
    assert arrays.same(known, trained_once()[0].model.to_arrays())


def test_a_new_version_of_the_backup_key_is_written_down(records: Living) -> None:
    home = records.deployment.home
    done = json.loads(run_belong("keys", "rotate-backup", "--home", str(home.path), "--json").stdout)
    assert done["versions"] == 2
    assert backup_key.newest(home.keys)[0] == done["key"]


def test_a_home_on_a_disk_of_its_own_is_put_together_there(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume can't be replaced by another folder, and beside it may be no room or no right to write."""
    home = tmp_path / "volume"
    home.mkdir()
    number = home.stat().st_ino
    monkeypatch.setattr(Path, "is_mount", lambda self: self == home)
    done = restore(template.backup, home, keys=template.keys)
    assert done["rows"] > 100
    assert home.stat().st_ino == number
    assert [path.name for path in tmp_path.iterdir()] == ["volume"]
    assert not [path for path in home.iterdir() if path.name.startswith(".")]
    assert not [one for one in doctor(home) if one.state == "wrong"]


def test_a_restore_that_was_cut_off_is_not_mixed_with_the_next(template: Template, tmp_path: Path) -> None:
    left = tmp_path / ".home.restoring"
    left.mkdir()
    (left / "half").write_text("of it")
    with pytest.raises(Refused, match="was cut off") as told:
        restore(template.backup, tmp_path / "home", keys=template.keys)
    assert str(left) in told.value.hint
    assert (left / "half").exists()
    shutil.rmtree(left)
    assert restore(template.backup, tmp_path / "home", keys=template.keys)["rows"] > 100


def test_an_empty_folder_stays_empty_when_a_restore_fails(template: Template, tmp_path: Path) -> None:
    home, ledger = tmp_path / "home", tmp_path / "erased.jsonl"
    home.mkdir()
    ledger.write_text("no line of a ledger\n")
    with pytest.raises(Refused, match="list of erasures"):
        restore(template.backup, home, keys=template.keys, erased=ledger)
    assert list(home.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["erased.jsonl", "home"]
