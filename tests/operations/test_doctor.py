"""The doctor finds what was broken on purpose, says what to do, and calls a healthy deployment healthy."""

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.core.audit import audit_store
from service.core.callers import command_caller
from service.core.engine import Database
from service.core.migrate import current, downgrade
from service.core.settings import Provider, Settings
from service.operations import doctor
from service.operations.backup import make_backup
from service.operations.decommission import decommission
from testbed.values import saying
from tests.life.living import SCHOOLS, Living, upn
from tests.life.records import BOTH, ON_POSTGRES

pytestmark = pytest.mark.xdist_group("records")


def looked(records: Living, settings: Settings | None = None, *, deep: bool = False) -> dict[str, str]:
    """Findings that are not well, name to message and advice."""
    chosen = settings or records.deployment.settings
    found = doctor.doctor(records.deployment.home.path, chosen, deep=deep)
    assert all(one.advice for one in found if one.state != "ok")
    return {one.name: f"{one.state}: {one.message}" for one in found if one.state == "wrong"}


@BOTH
def test_a_healthy_deployment_is_called_healthy(records: Living, tmp_path: Path) -> None:
    make_backup(command_caller(records.deployment), tmp_path / "backups")
    assert looked(records, deep=True) == {}
    found = doctor.doctor(records.deployment.home.path, records.deployment.settings)
    assert doctor.as_dict(found)["ok"]
    assert {one.name for one in found} >= {"database", "lake", "model", "audit log", "backup", "work"}
    assert len(doctor.lines(found)) >= len(found)


def test_what_is_broken_is_found(records: Living) -> None:
    home = records.deployment.home
    files = sorted(home.lake.rglob("*.parquet"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes() + b"x")
    os.chmod(home.keys, 0o755)
    os.chmod(home.keys / "alias.key", 0o644)
    next(home.registry.rglob("manifest.json")).write_text("{}")
    wrong = looked(records, deep=True)
    assert {"folders", "keys", "lake"} <= wrong.keys()
    assert any("changed" in text or "hash" in text or "manifest" in text for text in wrong.values())


def test_unsafe_settings_are_found(records: Living) -> None:
    provider = Provider("entra", "Microsoft", "http://elsewhere.example", "id", "secret", ())
    unsafe = replace(records.deployment.settings, production=True, providers=(provider,))
    wrong = looked(records, unsafe)
    assert "sign-in" in wrong
    assert "settings" in wrong


@ON_POSTGRES
def test_an_application_that_connects_as_the_owner_is_found(records: Living) -> None:
    settings = records.deployment.settings
    wrong = looked(records, replace(settings, database_url=settings.owner_url))
    assert "owns tables" in wrong["database role"]


@BOTH
def test_an_older_schema_and_no_home_are_found(records: Living, tmp_path: Path) -> None:
    downgrade(records.deployment.settings, "0100_support")
    assert "0100_support" in looked(records)["database"]
    (found,) = doctor.doctor(tmp_path / "nowhere", Settings(home=tmp_path / "nowhere"))
    assert (found.name, found.state) == ("home", "wrong")


@ON_POSTGRES
def test_without_the_tables_owner_nothing_of_the_end_is_begun(records: Living, tmp_path: Path) -> None:
    settings = replace(records.deployment.settings, owner_url="")
    home, kept = records.deployment.home.path, tmp_path / "kept"
    with pytest.raises(Refused, match="owner"):
        decommission(home, kept, by="Kim", reason="Contract ended", confirm=home.name, settings=settings)
    assert not kept.exists()
    with records.deployment.database.reading() as tx:
        assert audit_store.search(tx, before=None, limit=1, event="decommissioned") == []


@BOTH
def test_the_end_leaves_a_record_and_no_pupil(records: Living, tmp_path: Path) -> None:
    home, settings, kept = records.deployment.home.path, records.deployment.settings, tmp_path / "kept"
    with pytest.raises(Refused, match="folder's name"):
        decommission(home, kept, by="Kim", reason="Contract ended", confirm="yes", settings=settings)
    done = decommission(home, kept, by="Kim", reason="Contract ended", confirm=home.name, settings=settings)
    record = json.loads((kept / "record.json").read_text())
    assert record["by"] == "Kim"
    assert [school["urn"] for school in record["schools"]] == list(SCHOOLS)
    assert record["rows"]["roll"] > 0
    assert record["models"]
    with gzip.open(kept / "audit.jsonl.gz") as lines:
        events = [json.loads(line)["event"] for line in lines]
    assert events[-1] == "decommissioned"
    assert done["rows"]["audit"] == len(events)
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert saying(kept, "decommissioned"), "the look reads what is compressed"
    for word in ("Surname", upn(SCHOOLS[0], 1), records.pupil):
        assert saying(kept, word) == [], word
    database = Database(settings.url)
    assert current(database) is None or settings.url.startswith("sqlite")
    database.close()
