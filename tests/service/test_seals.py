"""The log can't be shortened, lengthened or emptied unseen, whoever has the database alone."""

import json
import logging
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from service.audit import sealing
from service.audit.sealing import seal, verify
from service.core import logs
from service.core.audit import Event, anchor, audit_store
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.migrate import downgrade
from service.operations import commands, doctor
from testbed.seeds import OWN, TERM, Seeded

GUARDS = ("audit_no_update", "audit_no_delete", "audit_seal_no_update", "audit_seal_no_delete")


def _read_something(seeded: Seeded) -> None:
    seeded.client("pastoral").get("/api/v1/flags", params={"school": OWN, "term": TERM})


def _sealed(seeded: Seeded, times: int = 3) -> None:
    for _ in range(times):
        _read_something(seeded)
        seal(seeded.deployment)


def _tamper(deployment: Deployment, *statements: str) -> None:
    """As somebody who has the file itself: the guards are taken away first."""
    with deployment.database.writing() as tx:
        for guard in (*GUARDS, "audit_no_earlier"):
            tx.execute(text(f"drop trigger if exists {guard}"))
        for statement in statements:
            tx.execute(text(statement))


ADDED = (
    "insert into audit (id, at, event, actor, role, via, detail) "
    "values ({id}, '2026-01-01 00:00:00.000000', 'pupil_read', 'x', 'dpo', 'session', '{{}}')"
)
TAMPERINGS = {
    "an event before the first": (ADDED.format(id=0),),
    "an event with a negative number": (ADDED.format(id=-5),),
    "the head": ("delete from audit where id <= (select last from audit_seal where id = 1)",),
    "the head with its seal": (
        "delete from audit where id <= (select last from audit_seal where id = 1)",
        "delete from audit_seal where id = 1",
    ),
    "a seal of the middle": ("delete from audit_seal where id = 2",),
    "the tail with its seal": (
        "delete from audit where id > (select last from audit_seal where id = 2)",
        "delete from audit_seal where id = 3",
    ),
    "the last seal": ("delete from audit_seal where id = 3",),
    "everything": ("delete from audit", "delete from audit_seal"),
}
PARTS = {
    "an event before the first": "beginning", "an event with a negative number": "beginning",
    "the head": "beginning", "the head with its seal": "beginning", "a seal of the middle": "middle",
    "the tail with its seal": "end", "the last seal": "end", "everything": "everything",
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(TAMPERINGS))
def test_whatever_is_removed_or_added_is_told(fresh: Seeded, what: str) -> None:
    _sealed(fresh)
    assert verify(fresh.deployment).broken is None
    _tamper(fresh.deployment, *TAMPERINGS[what])
    found = verify(fresh.deployment)
    assert (found.altered, found.broken is None) == (PARTS[what], False)
    told = [one for one in doctor.doctor(fresh.deployment.home.path) if one.name == "audit log"]
    assert told[0].state == "wrong"
    assert "altered" in told[0].message
    page = fresh.client("dpo").get("/api/v1/audit/seals").json()
    assert page["altered"] == PARTS[what]


def test_seals_made_anew_without_the_key_do_not_hold(fresh: Seeded) -> None:
    """Somebody rewrites an event and every seal after it, as anybody could who knows how seals are made."""
    _sealed(fresh)
    (fresh.deployment.home.keys / anchor.NAME).unlink()  # even where nothing else tells
    with fresh.deployment.database.reading() as tx:
        seals = [(one.id, one.last) for one in audit_store.seals(tx)]
    _tamper(fresh.deployment, "update audit set role = 'nobody' where id = 2")
    previous, first = "", None
    for number, last in seals:
        with fresh.deployment.database.writing() as tx:
            rows = audit_store.between(tx, first, last)
            previous, first = sealing.chained(previous, rows, b"a key of their own"), last + 1
            made = {"hash": previous, "id": number}
            tx.execute(text("update audit_seal set hash = :hash where id = :id"), made)
    assert verify(fresh.deployment).broken == 1


def test_the_log_after_a_cut_does_not_close_the_gap(fresh: Seeded) -> None:
    """New seals take the numbers of those removed; the anchor remembers what stood there."""
    _sealed(fresh)
    _tamper(fresh.deployment, *TAMPERINGS["the tail with its seal"])
    _sealed(fresh, 2)
    assert verify(fresh.deployment).altered == "middle"


def test_the_anchor_only_its_owner_reads_and_it_catches_up(fresh: Seeded) -> None:
    home = fresh.deployment.home
    _sealed(fresh)
    path = anchor.path_of(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = path.read_text("utf-8")
    path.write_text(whole[: whole.rindex('"hash"')], "utf-8")  # a power cut in the middle of a line
    assert verify(fresh.deployment).anchor == "shorter"
    told = [one for one in doctor.doctor(home.path) if one.name == "audit log"]
    assert ["shorter" in one.message for one in told if one.state == "warning"] == [True]
    seal(fresh.deployment)
    found = verify(fresh.deployment)
    assert (found.anchor, found.broken) == ("whole", None)
    path.unlink()
    seal(fresh.deployment)
    assert verify(fresh.deployment).anchor == "missing", "nothing may make a lost anchor anew unseen"
    assert any("missing" in one.message for one in doctor.doctor(home.path) if one.name == "audit log")


def test_the_database_gives_no_number_before_what_is_sealed(fresh: Seeded) -> None:
    _sealed(fresh)
    for number in (0, -1, 1):
        with (
            pytest.raises(Exception, match=r"only grow at its end|UNIQUE"),
            fresh.deployment.database.writing() as tx,
        ):
            tx.execute(text(ADDED.format(id=number)))
    with (
        pytest.raises(Exception, match="only grow"),
        fresh.deployment.database.writing() as tx,
    ):
        tx.execute(text(ADDED.format(id=1).replace("insert into", "insert or replace into")))


@pytest.mark.postgres
def test_on_postgres_the_application_chooses_no_number(seeded_postgres: Seeded) -> None:
    deployment = seeded_postgres.deployment
    seal(deployment)
    with deployment.database.reading() as tx:
        newest = audit_store.newest(tx)
    for number in (0, -7, 1, 2_000_000_000):
        with deployment.database.writing() as tx:
            tx.execute(text(ADDED.format(id=number)))
    with deployment.database.writing() as tx:
        tx.execute(
            text("insert into audit_seal (id, first, last, rows, hash, at) values (-1, 1, 1, 1, 'x', now())")
        )
        numbers = list(tx.scalars(text("select id from audit order by id")))
        seals = [one.id for one in audit_store.seals(tx)]
    assert min(numbers) == 1
    assert sorted(numbers)[-4:] == [newest + step for step in (1, 2, 3, 4)]
    assert min(seals) == 1


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """The log stream of a process that has one; taken away again."""
    written, root = StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure(written)
    yield written
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def test_each_seal_is_said_in_the_log_stream(fresh: Seeded, stream: StringIO) -> None:
    caller = command_caller(fresh.deployment)
    for _ in range(2):
        with caller.writing() as tx:
            caller.record(tx, Event.SETTING_READ, school=OWN)
        seal(fresh.deployment)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    said = [line["hash"] for line in lines if line["event"] == "audit log sealed"]
    with fresh.deployment.database.reading() as tx:
        assert said == [one.hash for one in audit_store.seals(tx)]


def test_events_that_wait_long_for_a_seal_are_a_warning(fresh: Seeded) -> None:
    _sealed(fresh)
    old = (datetime.now(UTC) - timedelta(minutes=6)).strftime("%Y-%m-%d %H:%M:%S.%f")
    _read_something(fresh)
    found = doctor.doctor(fresh.deployment.home.path)
    assert [one.state for one in found if one.name == "audit log"] == ["ok"]
    with fresh.deployment.database.reading() as tx:
        newest = audit_store.newest(tx)
    _tamper(fresh.deployment, f"update audit set at = '{old}' where id = {newest}")
    with fresh.deployment.database.writing() as tx:
        first = audit_store.last_seal(tx)
        assert first is not None
        tx.execute(text(f"update audit set at = '{old}' where id > {first.last}"))
    told = [one for one in doctor.doctor(fresh.deployment.home.path) if one.name == "audit log"]
    assert [one.state for one in told] == ["ok", "warning"]
    assert "wait for a seal" in told[1].message


def test_seals_of_the_release_before_stay_good(fresh: Seeded, tmp_path: Path) -> None:
    """A home in use: no key, no anchor, seals that are plain hashes of the rows from number 1 on."""
    home, settings = fresh.deployment.home, fresh.deployment.settings
    fresh.deployment.close()
    downgrade(settings, "0400_audit")
    for name in ("seals.key", anchor.NAME):
        (home.keys / name).unlink()
    plain = Deployment(settings, home, fresh.deployment.database)
    with plain.database.writing() as tx:
        rows = list(audit_store.between(tx, 1))
        digest = sealing.chained("", rows, None)
        audit_store.add_seal(tx, first=rows[0].id, last=rows[-1].id, rows=len(rows), digest=digest)
    shutil.copytree(home.path, tmp_path / "before")
    commands.migrate(home.path)
    with Deployment.open(home.path) as deployment:
        found = verify(deployment)
        assert (found.broken, found.anchor, found.seals) == (None, "whole", 1)
        deployment_now = Seeded(**{**vars(fresh), "deployment": deployment})
        _sealed(deployment_now, 1)
        found = verify(deployment)
        assert (found.broken, found.anchor, found.seals) == (None, "whole", 2)
        _tamper(deployment, "delete from audit where id = 1")
        assert verify(deployment).altered == "beginning"
