"""Dump, wipe, restore, same answers: within SQLite, within PostgreSQL, and from the one into the other."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError

from data_contracts.errors import Refused
from service.audit import sealing
from service.callers import Caller, command_caller
from service.db import life_store
from service.db.base import now
from service.db.migrate import downgrade
from service.db.pupil_rows import DoNotScoreRow
from service.deployment import Deployment
from service.life import erasing
from service.operations.backup import make_backup, verified
from service.operations.restore import restore
from service.reads import explanation_for, flags_for
from service.settings import Settings
from tests.deployments import caller, open_deployment
from tests.life.living import SCHOOLS, TERMS, Living, living
from tests.life.records import BOTH
from tests.postgres import PostgresServer

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
        view = deployment.view(tx, lead.reader.schools)
        for table in sorted({file.table for file in view.files} - {"audit_characteristics"}):
            frame = view.read(table)
            told[table] = frame.sort_values(list(frame.columns), ignore_index=True).to_json(date_format="iso")
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
            life_store.add(tx, _another_mark())


def _another_mark() -> object:
    return DoNotScoreRow(pupil_id="p" + "0" * 20, school=SCHOOLS[0], reason="other", by="a", at=now())


def test_keys_lie_apart_and_only_the_right_ones_open(records: Living, tmp_path: Path) -> None:
    admin = command_caller(records.deployment)
    with pytest.raises(Refused, match="another place"):
        make_backup(admin, tmp_path / "backups", keys_to=tmp_path / "backups" / "keys")
    with pytest.raises(Refused, match="lost with it"):
        make_backup(admin, records.deployment.home.path / "backups")
    made = make_backup(admin, tmp_path / "backups", keys_to=tmp_path / "keys")
    everything = b"".join(p.read_bytes() for p in made["folder"].rglob("*") if p.is_file())
    for name in ("alias.key", "uploads.key"):
        assert (tmp_path / "keys" / name).read_bytes().strip() not in everything
        assert oct((tmp_path / "keys" / name).stat().st_mode & 0o777) == "0o600"
    (tmp_path / "keys" / "alias.key").write_text("00" * 32)
    with pytest.raises(Refused, match="not the key"):
        restore(made["folder"], tmp_path / "new", keys=tmp_path / "keys")


def test_a_changed_or_half_backup_is_refused(records: Living, tmp_path: Path) -> None:
    made = make_backup(command_caller(records.deployment), tmp_path / "backups", keys_to=tmp_path / "keys")
    victim = next((made["folder"] / "lake").rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(Refused, match="missing or changed"):
        verified(made["folder"])
    with pytest.raises(Refused, match="not a finished backup"):
        restore(tmp_path, tmp_path / "new", keys=tmp_path / "keys")


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
    lake = b"".join(p.read_bytes() for p in (tmp_path / "new" / "lake").rglob("*.parquet"))
    assert records.pupil.encode() not in lake
    assert json.loads(ledger.read_text())["pupil_id"] == records.pupil
