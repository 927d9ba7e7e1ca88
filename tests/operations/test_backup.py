"""Dump, wipe, restore, same answers: within SQLite, within PostgreSQL, and from the one into the other."""

import json
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, Table
from sqlalchemy.exc import ProgrammingError

from data_contracts.errors import Refused
from service.audit import sealing
from service.core import backup_key
from service.core.audit import audit_store
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.engine import LAST
from service.core.homes import Home
from service.core.migrate import downgrade
from service.core.settings import Settings
from service.lists.flags import flags_for
from service.operations import commands
from service.operations.archive import SealedBackup, Writer
from service.operations.backup import make_backup
from service.operations.doctor import doctor
from service.operations.restore import restore
from service.pupils.cards import explanation_for
from service.records import lake_store
from service.records.pupil_rows import DoNotScoreRow
from service.rights import erasing, rotating
from service.rights.tables import metadata
from testbed.deployments import caller, open_deployment
from testbed.postgres import PostgresServer
from testbed.values import saying
from tests.life.living import SCHOOLS, TERMS, Living, living, upn
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")

Made = Callable[[str], Settings]


@pytest.fixture
def settings_of(tmp_path: Path, request: pytest.FixtureRequest) -> Made:
    """Settings of a new, empty place on one kind of database."""

    def made(kind: str) -> Settings:
        home = tmp_path / f"restored-{kind}"
        if kind == "sqlite":
            return Settings(home=home)
        server: PostgresServer = request.getfixturevalue("postgres_server")
        own = server.database()
        return Settings(home=home, database_url=own.url, owner_url=own.owner_url)

    return made


def answers(deployment: Deployment) -> dict[str, Any]:
    """What people are told: lists, every explanation, the lake's rows, who looked."""
    lead: Caller = caller(deployment, "inclusion_lead", SCHOOLS)
    told: dict[str, Any] = {"model": deployment.registry.serving()}
    with lead.writing() as tx:
        for school in SCHOOLS:
            page = flags_for(lead, tx, school, TERMS[-1])
            told[school] = page
            told[f"{school} why"] = [
                explanation_for(lead, tx, line.pupil_id, TERMS[-1], everything=True) for line in page.flags
            ]
        view = lake_store.live_view(tx, deployment.lake, lead.reader.schools)
        for table in sorted({file.table for file in view.files} - {"audit_characteristics"}):
            frame = view.read(table)
            told[table] = frame.sort_values(list(frame.columns), ignore_index=True).to_json(date_format="iso")
        tx.info[LAST].clear()  # nothing is told of this: the two homes are compared to the last row
        tx.rollback()
    return told


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("source", "target"), [("sqlite", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "postgresql")]
)
def test_dump_wipe_restore_same_answers(
    source: str, target: str, settings_of: Made, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    own = request.getfixturevalue("postgres") if source == "postgresql" else None
    with open_deployment(tmp_path / "home", own) as deployment:
        living(deployment)
        sealing.seal(deployment)
        before = answers(deployment)
        made = make_backup(command_caller(deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
        settings = deployment.settings
    if own is not None:
        downgrade(settings, "base")
    shutil.rmtree(tmp_path / "home")
    there = settings_of(target)
    done = restore(made["folder"], there.home, keys=tmp_path / "keys", settings=there)
    assert done["rows"] == made["rows"] > 300
    with Deployment.open(there.home, there) as restored:
        assert answers(restored) == before
        assert sealing.verify(restored).broken is None
        assert sealing.verify(restored).sealed > 0
        with caller(restored, "dpo", SCHOOLS).writing() as tx:
            tx.add(_another_mark())


def test_files_come_back_byte_for_byte(records: Living, tmp_path: Path) -> None:
    home = records.deployment.home.path
    big = home / "uploads" / SCHOOLS[0] / "big.sealed"
    big.write_bytes(os.urandom(5 * 1024 * 1024 + 3))
    (home / "uploads" / SCHOOLS[0] / "empty.sealed").touch()
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    done = restore(made["folder"], tmp_path / "new", keys=tmp_path / "keys")
    assert done["files"] == made["files"] > 20
    for folder in ("lake", "registry", "uploads", "keys"):
        there, here = _content(home / folder), _content(tmp_path / "new" / folder)
        anchored, restored = there.pop("seals.anchor", b""), here.pop("seals.anchor", b"")
        assert there == here, folder
        assert restored.startswith(anchored)  # it grows by the line that says where the restored log ends
    assert [path.name for path in tmp_path.iterdir() if "restoring" in path.name] == []
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def _content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_table_that_came_later_does_not_stop_a_restore(records: Living, tmp_path: Path) -> None:
    """A backup is filled in under the schema of its own release, which may lack tables and columns of today."""
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    later = Table("of_a_later_release", metadata, Column("id", Integer, primary_key=True))
    menu = metadata.tables["support_menu"]
    menu.append_column(Column("of_a_later_release", Integer, default=1))
    try:
        done = restore(made["folder"], tmp_path / "new", keys=tmp_path / "keys")
    finally:
        metadata.remove(later)
        menu._columns.remove(menu.columns["of_a_later_release"])  # type: ignore[attr-defined]
    assert done["rows"] == made["rows"]


def test_a_backup_of_a_newer_release_is_refused(records: Living, tmp_path: Path) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    opened = SealedBackup(made["folder"], backup_key.versions(tmp_path / "keys"))
    newer = replace(opened.manifest, revision="9999_later", release="7.0.0", members=[], tables={})
    (tmp_path / "newer").mkdir()
    Writer(tmp_path / "newer", backup_key.newest(tmp_path / "keys"), newer).finish()
    with pytest.raises(Refused, match="newer release"):
        restore(tmp_path / "newer", tmp_path / "new", keys=tmp_path / "keys")


def _another_mark() -> object:
    return DoNotScoreRow(pupil_id="p" + "0" * 20, school=SCHOOLS[0], reason="other", by="a", at=now())


def test_keys_lie_apart_and_only_the_right_one_opens(records: Living, tmp_path: Path) -> None:
    admin = command_caller(records.deployment)
    with pytest.raises(Refused, match="another place"):
        make_backup(admin, tmp_path / "backups", keys_to=tmp_path / "backups" / "keys")
    with pytest.raises(Refused, match="lost with it"):
        make_backup(admin, records.deployment.home.path / "backups")
    made = make_backup(admin, tmp_path / "backups", keys_to=tmp_path / "keys")
    everything = b"".join(p.read_bytes() for p in made["folder"].rglob("*") if p.is_file())
    for name in ("alias.key", "uploads.key", "backup.key"):
        for word in (tmp_path / "keys" / name).read_bytes().split():
            assert word not in everything or word.decode() == made["key"]
        assert oct((tmp_path / "keys" / name).stat().st_mode & 0o777) == "0o600"
    backup_key.add_version(records.deployment.home.keys)
    (tmp_path / "others").mkdir()
    backup_key.add_version(tmp_path / "others")
    with pytest.raises(Refused, match=f"not the one of this backup.*{made['key']}"):
        restore(made["folder"], tmp_path / "new", keys=tmp_path / "others")
    with pytest.raises(Refused, match=r"holds no backup\.key"):
        restore(made["folder"], tmp_path / "new", keys=tmp_path)
    assert not (tmp_path / "new").exists()


def test_nothing_personal_can_be_read_in_a_backup(records: Living, tmp_path: Path) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups")
    held = sorted(path.name for path in made["folder"].rglob("*"))
    assert held == ["backup.json", "content.sealed", "manifest.sealed"]
    everything = b"".join((made["folder"] / name).read_bytes() for name in held)
    for word in (records.pupil, upn(SCHOOLS[0], 1), *SCHOOLS, "Likes art", "parquet", "roll"):
        assert word.encode() not in everything, word
    assert all(path.stat().st_mode & 0o077 == 0 for path in made["folder"].rglob("*.sealed"))
    # nor squeezed: what is sealed has no structure left for a compressor
    assert len(zlib.compress(everything, 9)) > 0.99 * len(everything)


@BOTH
def test_rotated_keys_leave_old_backups_readable(records: Living, tmp_path: Path) -> None:
    deployment, admin = records.deployment, command_caller(records.deployment)
    old = make_backup(admin, tmp_path / "old", keys_to=tmp_path / "keys")
    alias = deployment.home.alias_key()
    rotating.rotate(records.dpo)
    newer = backup_key.add_version(deployment.home.keys)
    made = make_backup(admin, tmp_path / "new", keys_to=tmp_path / "keys")
    assert old["key"] != made["key"] == newer
    assert list(backup_key.versions(tmp_path / "keys")) == [old["key"], newer]
    restore(old["folder"], tmp_path / "one", keys=tmp_path / "keys")
    restore(made["folder"], tmp_path / "two", keys=tmp_path / "keys")
    assert Home.open(tmp_path / "one").alias_key() == alias
    assert Home.open(tmp_path / "two").alias_key() == deployment.home.alias_key() != alias
    assert list(backup_key.versions(tmp_path / "one" / "keys")) == [old["key"], newer]


def test_a_copy_of_the_keys_keeps_versions_that_lie_there(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "custody").mkdir()
    lost, own = backup_key.add_version(tmp_path / "custody"), backup_key.add_version(tmp_path / "home")
    backup_key.copy(tmp_path / "home", tmp_path / "custody")
    assert list(backup_key.versions(tmp_path / "custody")) == [lost, own]
    assert backup_key.newest(tmp_path / "custody")[0] == own
    (tmp_path / "home" / "backup.key").write_text(f"{own} 00\n")
    with pytest.raises(Refused, match="damaged"):
        backup_key.copy(tmp_path / "home", tmp_path / "custody")
    assert list(backup_key.versions(tmp_path / "custody")) == [lost, own]


def test_a_home_without_a_backup_key_is_not_backed_up_and_migrate_makes_one(
    records: Living, tmp_path: Path
) -> None:
    home = records.deployment.home
    (home.keys / "backup.key").unlink()
    with pytest.raises(Refused) as told:
        make_backup(command_caller(records.deployment), tmp_path / "backups")
    assert "belong migrate" in told.value.hint
    assert not (tmp_path / "backups").exists()
    assert any("backup.key is missing" in one.message for one in doctor(home.path))
    assert commands.migrate(home.path)["backup_key"] == "made"
    assert commands.migrate(home.path)["backup_key"] == "kept"
    assert make_backup(command_caller(records.deployment), tmp_path / "backups")["rows"] > 100


def test_no_backup_is_made_in_the_middle_of_a_rotation(records: Living, tmp_path: Path) -> None:
    """Rows under the new key and the old key beside them would be a home in which nobody is known again."""
    waiting = records.deployment.home.keys / rotating.NEXT_KEY
    waiting.write_text("00" * 32)
    with pytest.raises(Refused, match="rotation of the alias key"):
        make_backup(command_caller(records.deployment), tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    rotating.finish(records.dpo)
    assert make_backup(command_caller(records.deployment), tmp_path / "backups")["files"] > 20


def test_a_backup_that_fails_is_neither_left_half_nor_counted(records: Living, tmp_path: Path) -> None:
    def counted() -> int:
        with records.deployment.database.reading() as tx:
            return len(audit_store.search(tx, before=None, limit=50, event="backup_made"))

    before, victim = counted(), next((records.deployment.home.path / "lake").rglob("*.parquet"))
    victim.unlink()
    with pytest.raises(Refused, match="are missing"):
        make_backup(command_caller(records.deployment), tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    assert counted() == before


def test_nothing_is_restored_over_something(records: Living, tmp_path: Path) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    with pytest.raises(Refused, match="holds something"):
        restore(made["folder"], records.deployment.home.path, keys=tmp_path / "keys")


@pytest.mark.postgres
def test_a_restore_that_fails_leaves_nothing_in_the_way(
    records: Living, settings_of: Made, tmp_path: Path
) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    whole = settings_of("postgresql")
    without_owner = replace(whole, owner_url="")
    with pytest.raises(ProgrammingError, match="permission denied"):
        restore(made["folder"], whole.home, keys=tmp_path / "keys", settings=without_owner)
    assert not whole.home.exists()
    ledger = tmp_path / "erased.jsonl"
    ledger.write_text("no line of a ledger\n")
    with pytest.raises(Refused, match="Line 1 of the list of erasures"):
        restore(made["folder"], whole.home, keys=tmp_path / "keys", settings=whole, erased=ledger)
    assert not whole.home.exists()
    done = restore(made["folder"], whole.home, keys=tmp_path / "keys", settings=whole)
    assert done["rows"] == made["rows"]


@BOTH
def test_a_restore_does_not_bring_an_erased_pupil_back(records: Living, tmp_path: Path) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    erasing.erase(records.dpo, records.pupil)
    ledger = tmp_path / "saved.jsonl"
    shutil.copy(records.deployment.home.path / erasing.LEDGER, ledger)
    done = restore(made["folder"], tmp_path / "new", keys=tmp_path / "keys", erased=ledger)
    assert done["erased_again"] == 1
    assert saying(records.deployment.home.lake, records.other), "the look finds who is there"
    assert saying(tmp_path / "new" / "lake", records.other)
    assert saying(tmp_path / "new" / "lake", records.pupil) == []
    assert json.loads(ledger.read_text())["pupil_id"] == records.pupil
