"""Backups of the first release: restored only where somebody says so, and even then nothing of theirs runs."""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_contracts.errors import Refused
from model import bundle
from service.core import backup_key
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.migrate import current
from service.core.settings import Settings
from service.operations import dump_store
from service.operations.doctor import doctor
from service.operations.old_backup import KEYS, key_fingerprint
from service.operations.restore import restore
from testbed.seeds import trained_once
from tests.life.living import SCHOOLS, Living
from tests.operations.test_backup import Made, answers, settings_of
from tests.training.test_old_formats import Runs, old_registry

__all__ = ["settings_of"]
pytestmark = pytest.mark.xdist_group("records")


def written(deployment: Deployment, to: Path, registry: Path) -> Path:
    """A backup as the first release wrote it, with a registry of its format."""
    home, database = deployment.home, deployment.database
    (to / "database").mkdir(parents=True)
    tables = {}
    schools = dump_store.every_school(database)
    for name, lines in dump_store.snapshot(database, schools):
        rows = list(lines)
        path = to / "database" / f"{name}.jsonl.gz"
        path.write_bytes(gzip.compress(b"".join(rows)))
        tables[name] = {"rows": len(rows), "sha256": digest(path)}
    shutil.copytree(home.lake, to / "lake")
    shutil.copytree(home.uploads, to / "uploads")
    shutil.copytree(registry, to / "registry")
    header = {
        "format": 1, "made_at": "2026-10-01T00:00:00+00:00", "release": "0.1.0", "revision": current(database),
        "schools": sorted(schools), "tables": tables, "files": {},
        "keys": {name: key_fingerprint(home.keys / name) for name in KEYS},
    }  # fmt: skip
    return signed(to, header)


def signed(to: Path, header: dict[str, Any]) -> Path:
    """Write the header anew, every hash in step: all a forger has to do."""
    kept = [p for p in to.rglob("*") if p.is_file() and p.name != "backup.json" and "database" not in p.parts]
    header["files"] |= {str(p.relative_to(to)): digest(p) for p in kept}
    (to / "backup.json").write_text(json.dumps(header))
    return to


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def old(records: Living, tmp_path: Path) -> Path:
    """A good old backup; its keys lie in the home of the records."""
    old_registry(tmp_path / "registry", trained_once()[0])
    return written(records.deployment, tmp_path / "old", tmp_path / "registry")


@pytest.mark.postgres
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_an_old_backup_is_restored_and_its_model_serves(
    records: Living, old: Path, settings_of: Made, target: str
) -> None:
    keys, there = records.deployment.home.keys, settings_of(target)
    with pytest.raises(Refused, match="did not protect its backups") as told:
        restore(old, there.home, keys=keys, settings=there)
    assert "--unauthenticated-old-backup" in told.value.hint
    assert not there.home.exists()
    done = restore(old, there.home, keys=keys, settings=there, unauthenticated=True)
    assert done["made_at"] == "2026-10-01T00:00:00+00:00"
    with Deployment.open(there.home, there) as restored:
        assert answers(restored) == answers(records.deployment)
        serving = restored.registry.serving()
        assert serving is not None
        assert bundle.dump(restored.registry.load(serving).model) == bundle.dump(trained_once()[0].model)
        assert restored.registry.events()[-1]["event"] == "converted"
    assert not [one for one in doctor(there.home, there) if one.state == "wrong" and one.name != "governance"]
    assert (there.home / "uploads" / SCHOOLS[0]).is_dir()


def test_keys_that_do_not_fit_are_refused(records: Living, old: Path, tmp_path: Path) -> None:
    shutil.copytree(records.deployment.home.keys, tmp_path / "keys")
    (tmp_path / "keys" / "alias.key").write_text("00" * 32)
    with pytest.raises(Refused, match=r"alias\.key is missing or not the key"):
        restore(old, tmp_path / "new", keys=tmp_path / "keys", unauthenticated=True)


def test_a_home_restored_from_an_old_backup_has_a_backup_key(
    records: Living, old: Path, tmp_path: Path
) -> None:
    (tmp_path / "keys").mkdir()
    for name in KEYS:
        shutil.copy(records.deployment.home.keys / name, tmp_path / "keys")
    restore(old, tmp_path / "new", keys=tmp_path / "keys", unauthenticated=True)
    assert len(backup_key.versions(Home.open(tmp_path / "new").keys)) == 1


def _tampered_model(old: Path, proof: Path) -> None:
    shutil.rmtree(old / "registry")
    trained = trained_once()[0]
    old_registry(old / "registry", trained, {**trained.model.to_arrays(), "seasons": Runs(proof)})
    header = json.loads((old / "backup.json").read_text())
    signed(old, header | {"files": {}})


def _link_to_a_folder(old: Path, proof: Path) -> None:
    (old / "uploads" / "s").symlink_to("a/b/c")
    _named(old, "uploads/s/../../../../" + proof.name)


def _link_to_a_file(old: Path, proof: Path) -> None:
    secret = proof.with_name("secret")
    secret.write_text("of the machine")
    (old / "uploads" / "a.sealed").symlink_to(secret)
    _named(old, "uploads/a.sealed", digest(secret))


def _folder_is_a_link(old: Path, proof: Path) -> None:
    (old / "lake").rename(proof.with_name("moved"))
    (old / "lake").symlink_to(proof.with_name("moved"))


def _rows_behind_a_link(old: Path, proof: Path) -> None:
    (old / "database" / "roll.jsonl.gz").rename(proof.with_name("moved"))
    (old / "database" / "roll.jsonl.gz").symlink_to(proof.with_name("moved"))


def _named(old: Path, name: str, sha256: str = "0" * 64) -> None:
    header = json.loads((old / "backup.json").read_text())
    header["files"][name] = sha256
    (old / "backup.json").write_text(json.dumps(header))


def _names(name: str) -> Callable[[Path, Path], None]:
    return lambda old, proof: _named(old, name.replace("PROOF", str(proof)))


def _header(**change: Any) -> Callable[[Path, Path], None]:
    def change_it(old: Path, proof: Path) -> None:
        header = json.loads((old / "backup.json").read_text())
        (old / "backup.json").write_text(json.dumps({**header, **change}))

    return change_it


def _rows(table: str, line: bytes) -> Callable[[Path, Path], None]:
    def change_it(old: Path, proof: Path) -> None:
        path = old / "database" / f"{table}.jsonl.gz"
        path.write_bytes(gzip.compress(line))
        header = json.loads((old / "backup.json").read_text())
        header["tables"][table] = {"rows": 1, "sha256": digest(path)}
        (old / "backup.json").write_text(json.dumps(header))

    return change_it


def _cut(old: Path, proof: Path) -> None:
    victim = next((old / "lake").rglob("*.parquet"))
    os.truncate(victim, victim.stat().st_size - 1)


def _missing(old: Path, proof: Path) -> None:
    next((old / "lake").rglob("*.parquet")).unlink()


@pytest.mark.postgres
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_tampered_model, "was not opened"),
        (_link_to_a_folder, "no file of a home"),
        (_link_to_a_file, "is a link"),
        (_folder_is_a_link, "behind one"),
        (_rows_behind_a_link, "is a link"),
        (_names("../proof"), "no file of a home"),
        (_names("PROOF"), "no file of a home"),
        (_names("keys/backup.key"), "no file of a home"),
        (_names("belong.sqlite"), "no file of a home"),
        (_cut, "is changed"),
        (_missing, "is missing"),
        (_header(tables=[]), "can't be read"),
        (_header(tables={"../x": {"rows": 1, "sha256": ""}}), "can't be read"),
        (_header(revision="9999_later"), "newer release"),
        (_rows("school", b"no json\n"), "does not take a row of school"),
        (_rows("school", b"[]\n"), "does not take a row of school"),
        (_rows("school", b'{"urn": null}\n'), "does not take a row of school"),
        (_rows("of_no_release", b"{}\n"), "a table 'of_no_release'"),
    ],
)
def test_a_forged_old_backup_is_refused_and_nothing_runs(
    records: Living, old: Path, tmp_path: Path, settings_of: Made, spoil: Callable[[Path, Path], None], says: str,
    target: str,
) -> None:  # fmt: skip
    proof = tmp_path / "proof"
    spoil(old, proof)
    there: Settings = settings_of(target)
    with pytest.raises(Refused, match=says) as told:
        restore(old, there.home, keys=records.deployment.home.keys, settings=there, unauthenticated=True)
    assert not proof.exists()
    assert not there.home.exists()
    assert told.value.message.count(". ") == 0
    if there.database_url:
        with_owner = Deployment(
            there, Home(there.home), records.deployment.database.__class__(there.owner_url)
        )
        assert current(with_owner.database) is None
        with_owner.close()


def test_a_truth_told_by_the_header_alone_lets_no_sealed_backup_in(records: Living, tmp_path: Path) -> None:
    """The switch opens old backups; a new one stays authenticated with it."""
    from service.operations.backup import make_backup

    made = make_backup(command_caller(records.deployment), tmp_path / "b", keys_to=tmp_path / "k")
    path = made["folder"] / "content.sealed"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(Refused, match="changed or damaged"):
        restore(made["folder"], tmp_path / "new", keys=tmp_path / "k", unauthenticated=True)
