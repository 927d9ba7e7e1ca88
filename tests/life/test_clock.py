"""A clock that is wrong for a while destroys nothing, and nothing stands still for it afterwards."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from data_contracts.errors import Held
from service.core import counter_store, job_store
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.base import now
from service.core.engine import Transaction
from service.core.job_rows import JobRow
from service.core.throttle import Throttle
from service.rights import life_store, retention, unusual
from service.rights.unusual import Waits
from service.support.support_rows import NoteRow
from tests.life.living import SCHOOLS, Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")
LATER = date(2030, 11, 30)


def counted(records: Living) -> dict[str, int]:
    with records.dpo.reading() as tx:
        counts = {
            table.name: life_store.count_rows(tx, table, SCHOOLS) for table in life_store.pupil_tables()
        }
        counts["lake"] = len(life_store.lake_rows(tx, SCHOOLS, live=False))
    lake = records.deployment.home.lake
    return counts | {"files": len(list(lake.rglob("*.parquet")))}


def noted(tx: Transaction, event: str, at: datetime) -> None:
    tx.add(AuditRow(at=at, event=event, actor="worker", role="dpo", via="command", detail={}))


def events(records: Living, event: Event) -> list[AuditRow]:
    with records.dpo.reading() as tx:
        return audit_store.search(tx, before=None, limit=10, event=event)


@BOTH
def test_a_clock_four_years_ahead_deletes_nothing(records: Living) -> None:
    before = counted(records)
    with pytest.raises(Waits, match="clock may be wrong"):
        retention.run(records.dpo, LATER)
    assert counted(records) == before
    assert events(records, Event.RETENTION_KEPT) == []
    (said,) = events(records, Event.RETENTION_WAITS)
    assert said.detail["why"] == unusual.CLOCK
    assert said.detail["score"] == 40
    gone = retention.run(records.dpo, LATER, confirmed=True)
    assert gone["score"] == 40
    assert counted(records)["score"] == 0


@BOTH
def test_it_goes_on_waiting_whatever_is_noted_under_the_wrong_clock(records: Living) -> None:
    with records.dpo.writing() as tx:
        noted(tx, "signed_in", datetime.now(UTC) - timedelta(days=2))
    with pytest.raises(Waits):
        retention.run(records.dpo, LATER)
    with records.dpo.writing() as tx:
        noted(tx, "signed_in", datetime.combine(LATER, datetime.min.time(), UTC) - timedelta(days=3))
    with pytest.raises(Waits):
        retention.run(records.dpo, LATER)
    with records.dpo.reading() as tx:
        assert unusual.waiting(tx) is not None
    assert retention.run(records.dpo) == {}, "under the right clock it goes through by itself"
    with records.dpo.reading() as tx:
        assert unusual.waiting(tx) is None


@BOTH
def test_much_at_once_waits_for_a_person(records: Living) -> None:
    old = now() - timedelta(days=365 * 8)
    with records.dpo.writing() as tx:
        noted(tx, "signed_in", now() - timedelta(days=2))
        for number in range(unusual.FLOOR + 1):
            tx.add(NoteRow(school=SCHOOLS[0], by_account="a", by_name="Kim", pupil_id=records.pupil,
                            words=f"Note {number}", at=old),
            )  # fmt: skip
    before = counted(records)
    with pytest.raises(Held, match="Much would go at once") as waits:
        retention.run(records.dpo)
    assert "--yes-delete" in waits.value.hint
    assert counted(records) == before
    assert retention.run(records.dpo, confirmed=True)["support_note"] == unusual.FLOOR + 1


@BOTH
def test_one_term_that_is_over_goes_by_itself(records: Living) -> None:
    """Whatever its share is: a term a time is how figures go in every school."""
    with records.dpo.writing() as tx:
        noted(tx, "signed_in", datetime(2027, 8, 25, tzinfo=UTC))
    gone = retention.run(records.dpo, date(2027, 8, 28))
    assert gone["score"] == 40


@BOTH
def test_a_run_noted_in_the_future_does_not_count_as_done(records: Living) -> None:
    with records.dpo.writing() as tx:
        noted(tx, Event.RETENTION_KEPT, now() + timedelta(days=1400))
    assert retention.run_if_due(records.deployment)
    assert not retention.run_if_due(records.deployment)


@BOTH
def test_a_run_that_waits_is_not_begun_again_each_minute(records: Living) -> None:
    with records.dpo.writing() as tx:
        noted(tx, Event.RETENTION_WAITS, now())
    assert not retention.run_if_due(records.deployment)


@BOTH
def test_a_counter_of_the_future_locks_nobody_out(records: Living) -> None:
    database, later = records.deployment.database, time.time() + 4 * 365 * 86400
    assert counter_store.increase(database, "name", 60, 9, later) == 9
    assert counter_store.read(database, "name", time.time())[0] == 0
    assert counter_store.increase(database, "name", 60, 1, time.time()) == 1
    throttle = Throttle(database)
    for _ in range(3):
        throttle.pass_or_raise(3, "sign-in-name", "somebody")
    retention.run(records.dpo)
    counter_store.increase(database, "old", 60, 1, time.time() - 120)
    retention.run(records.dpo)
    assert counter_store.forget(database, "old") == 0


@BOTH
def test_a_lease_of_the_future_is_over(records: Living) -> None:
    job = JobRow(
        id="j1", kind="upload", school=SCHOOLS[0], subject="u1", step="load", state=job_store.RUNNING,
        payload={}, dedupe="d1", created_at=now(), leased_until=time.time() + 4 * 365 * 86400, attempts=1,
    )  # fmt: skip
    with records.dpo.writing() as tx:
        job_store.enqueue(tx, job)
    with records.dpo.writing() as tx:
        taken = job_store.claim(tx, 30, most_attempts=5)
        assert taken is not None
        assert taken.id == "j1"
        assert job_store.claim(tx, 30, most_attempts=5) is None
