"""The audit log: everything read and done is in it, no one's name is, and nothing can be changed unseen."""

import pytest
from sqlalchemy import text

from service.audit.sealing import seal, verify
from service.core.audit import Event, audit_store, record
from service.core.audit.audit_rows import AuditRow
from service.core.callers import command_caller
from testbed.seeds import OWN, TERM, Seeded


def _events(seeded: Seeded, event: Event) -> list[AuditRow]:
    with seeded.deployment.database.reading() as tx:
        return audit_store.search(tx, before=None, limit=500, event=event)


def test_every_read_of_a_pupil_is_in_the_log(fresh: Seeded) -> None:
    client, pupil = fresh.client("pastoral"), fresh.pupil[OWN]
    client.get(f"/api/v1/pupils/{pupil}/explanation", headers={"Belong-Purpose": "review_meeting"})
    found = [row for row in _events(fresh, Event.PUPIL_READ) if row.subject == pupil]
    assert [(row.school, row.role, row.purpose) for row in found] == [(OWN, "pastoral", "review_meeting")]
    assert found[0].request_id
    before = len(_events(fresh, Event.FLAGS_READ))
    client.get("/api/v1/flags", params={"school": OWN, "term": TERM})
    assert len(_events(fresh, Event.FLAGS_READ)) == before + 1


def test_what_fails_leaves_no_event_and_no_change(fresh: Seeded) -> None:
    caller = command_caller(fresh.deployment)
    before = len(_events(fresh, Event.SCHOOL_PAUSED))

    def half() -> None:
        with caller.writing() as tx:
            caller.record(tx, Event.SCHOOL_PAUSED, school=OWN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert len(_events(fresh, Event.SCHOOL_PAUSED)) == before


def test_a_detail_cannot_hold_a_name(fresh: Seeded) -> None:
    caller = command_caller(fresh.deployment)

    def say(value: object) -> None:
        with caller.writing() as tx:
            record(tx, caller.reader, Event.EXPORT_MADE, detail={"about": value})

    for value in ("Ada Lovelace", {"name": "Ada"}, ["Ada Lovelace"], "x" * 100, "Zoë"):
        with pytest.raises(ValueError, match="codes and numbers"):
            say(value)


def test_seals_hold_until_something_is_changed(fresh: Seeded) -> None:
    deployment = fresh.deployment
    assert seal(deployment) > 0
    fresh.client("pastoral").get("/api/v1/flags", params={"school": OWN, "term": TERM})
    found = verify(deployment)
    assert (found.broken, found.seals) == (None, 1)
    assert found.unsealed > 0
    assert seal(deployment) > 0
    assert seal(deployment) == 0
    assert verify(deployment).unsealed == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "update audit set role = 'nobody' where id = 3",
        "delete from audit where id = 4",
        "update audit set at = '2020-01-01 00:00:00.000000' where id = 2",
        "update audit_seal set hash = 'x' where id = 1",
        "delete from audit_seal where id = 1",
    ],
)
def test_tampering_is_seen(fresh: Seeded, tampering: str) -> None:
    deployment = fresh.deployment
    seal(deployment)
    fresh.client("pastoral").get("/api/v1/flags", params={"school": OWN, "term": TERM})
    seal(deployment)
    with deployment.database.writing() as tx:
        for table in ("audit", "audit_seal"):  # whoever has the file itself can take the guard away first
            for change in ("update", "delete"):
                tx.execute(text(f"drop trigger {table}_no_{change}"))
        tx.execute(text(tampering))
    assert verify(deployment).broken is not None


def test_the_database_itself_lets_the_log_only_grow(seeded: Seeded) -> None:
    for change in ("update audit set role = 'nobody'", "delete from audit"):
        with (
            pytest.raises(Exception, match="only grow"),
            seeded.deployment.database.writing() as tx,
        ):
            tx.execute(text(change))


@pytest.mark.postgres
def test_seals_hold_on_postgres(seeded_postgres: Seeded) -> None:
    assert seal(seeded_postgres.deployment) > 0
    found = verify(seeded_postgres.deployment)
    assert (found.broken, found.unsealed) == (None, 0)


def test_only_the_protection_officer_searches_the_log(seeded: Seeded) -> None:
    body = seeded.client("dpo").get("/api/v1/audit", params={"limit": 5}).json()
    assert len(body["events"]) == 5
    older = seeded.client("dpo").get("/api/v1/audit", params={"limit": 5, "cursor": body["next"]}).json()
    assert max(e["id"] for e in older["events"]) < min(e["id"] for e in body["events"])
    assert seeded.client("dpo").get("/api/v1/audit/seals").json()["broken"] is None
    assert seeded.client("admin").get("/api/v1/audit").status_code == 403


def test_a_seal_noted_down_elsewhere_proves_what_came_before(fresh: Seeded) -> None:
    """Whoever owns the database can write log and seals anew, but not with the same hashes."""
    seal(fresh.deployment)
    officer = fresh.client("dpo")
    noted = officer.get("/api/v1/audit/seals").json()["last"][:16]
    officer.get("/api/v1/audit")
    seal(fresh.deployment)
    asked = officer.get("/api/v1/audit/seals", params={"noted": noted.upper()}).json()
    assert (asked["broken"], asked["noted_stands"]) == (None, True)
    assert asked["last"][:16] != noted
    other = "0" * 16
    assert officer.get("/api/v1/audit/seals", params={"noted": other}).json()["noted_stands"] is False
    assert officer.get("/api/v1/audit/seals", params={"noted": "%"}).status_code == 422
