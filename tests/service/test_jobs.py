"""The lease table: who may take a job, who may finish it, and what a worker that lost it can't do any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from service.core import job_store
from service.core.base import now
from service.core.engine import Transaction
from service.core.job_rows import JobRow
from service.core.job_store import DONE, FAILED, LONGEST_LEASE, RUNNING, WAITING, LeaseLost
from testbed.deployments import open_deployment

FIRST, SECOND = "999001", "999002"
LEASE, MOST = 30.0, 3
BEGAN = datetime(2026, 9, 14, 8, 0, tzinfo=now().tzinfo)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    with (
        open_deployment(tmp_path / "home") as deployment,
        deployment.database.writing({FIRST, SECOND}) as opened,
    ):
        yield opened


def put(tx: Transaction, name: str, school: str = FIRST, **more: object) -> str:
    known: dict[str, object] = {
        "kind": "upload", "subject": f"of {name}", "step": "load", "state": WAITING, "payload": {},
        "dedupe": name, "created_at": BEGAN, **more,
    }  # fmt: skip
    assert job_store.enqueue(tx, JobRow(id=name, school=school, **known))
    return name


def taken(tx: Transaction, most: int = MOST) -> str | None:
    job = job_store.claim(tx, LEASE, most_attempts=most)
    return job.id if job else None


def row(tx: Transaction, name: str) -> JobRow:
    found = tx.get(JobRow, name)
    assert found is not None
    tx.refresh(found)
    return found


def _both_taken(tx: Transaction) -> None:
    assert [taken(tx), taken(tx)] == ["a", "b"]


def lease_ends(tx: Transaction, name: str, seconds: float) -> None:
    tx.execute(update(JobRow).where(JobRow.id == name).values(leased_until=job_store.clock(tx) + seconds))


def test_the_same_job_stands_once(tx: Transaction) -> None:
    put(tx, "a")
    assert not job_store.enqueue(tx, JobRow(id="b", school=FIRST, dedupe="a", payload={}))
    assert job_store.counts(tx) == {WAITING: 1}
    assert job_store.by_dedupe(tx, "a") is job_store.job_for(tx, "of a")
    assert job_store.by_dedupe(tx, "b") is None
    assert job_store.job_for(tx, "a") is None


def test_the_oldest_goes_first_and_a_schools_jobs_one_after_the_other(tx: Transaction) -> None:
    put(tx, "late", created_at=BEGAN + timedelta(minutes=5))
    put(tx, "early")
    put(tx, "other", SECOND, created_at=BEGAN + timedelta(minutes=9))
    assert [taken(tx), taken(tx), taken(tx)] == ["early", "other", None]
    job_store.finish_step(tx, "early", 1, step="load", state=DONE)
    assert taken(tx) == "late"


def test_a_claim_is_a_lease_with_a_new_fence_until_it_ends(tx: Transaction) -> None:
    put(tx, "a")
    assert taken(tx) == "a"
    job = row(tx, "a")
    assert (job.state, job.fence, job.attempts) == (RUNNING, 1, 1)
    assert LEASE - 5 < job.leased_until - _clock(tx) <= LEASE
    assert taken(tx) is None
    lease_ends(tx, "a", -1)
    assert taken(tx) == "a"
    assert (row(tx, "a").fence, row(tx, "a").attempts) == (2, 2)


def _clock(tx: Transaction) -> float:
    found = tx.connection().exec_driver_sql("select (julianday('now') - 2440587.5) * 86400.0").scalar()
    assert isinstance(found, float)
    assert abs(found - now().timestamp()) < 60, "the database tells the same time"
    return found


def test_a_lease_of_another_clock_counts_as_over(tx: Transaction) -> None:
    put(tx, "a")
    taken(tx)
    lease_ends(tx, "a", LONGEST_LEASE - 60)
    assert taken(tx) is None
    lease_ends(tx, "a", LONGEST_LEASE + 60)
    assert taken(tx) == "a"
    assert LONGEST_LEASE == 24 * 3600


def test_a_school_is_busy_only_as_long_as_its_lease(tx: Transaction) -> None:
    put(tx, "a")
    taken(tx)
    put(tx, "b", created_at=BEGAN + timedelta(minutes=5))
    assert taken(tx) is None
    lease_ends(tx, "a", LONGEST_LEASE + 60)
    tx.execute(update(JobRow).where(JobRow.id == "a").values(attempts=MOST))
    assert taken(tx) == "b"


def test_a_job_begun_too_often_is_named_and_not_taken(tx: Transaction) -> None:
    for name, state, attempts in (
        ("often", WAITING, MOST),
        ("ended", DONE, MOST),
        ("fresh", WAITING, MOST - 1),
    ):
        put(tx, name, SECOND if name == "fresh" else FIRST, state=state, attempts=attempts)
    assert [job.id for job in job_store.worn_out(tx, most_attempts=MOST)] == ["often"]
    assert taken(tx) == "fresh"
    assert job_store.worn_out(tx, most_attempts=MOST)[0].id == "often", "its last attempt still runs"
    lease_ends(tx, "fresh", -1)
    assert {job.id for job in job_store.worn_out(tx, most_attempts=MOST)} == {"often", "fresh"}
    assert taken(tx) is None


def test_a_lease_is_kept_by_whoever_holds_it(tx: Transaction) -> None:
    put(tx, "a")
    put(tx, "b", SECOND)
    _both_taken(tx)
    lease_ends(tx, "a", 1)
    lease_ends(tx, "b", 1)
    assert job_store.extend(tx, "a", 1, 500)
    assert 400 < row(tx, "a").leased_until - _clock(tx) <= 500
    assert row(tx, "b").leased_until - _clock(tx) <= 1
    assert not job_store.extend(tx, "a", 2, LEASE)
    assert not job_store.extend(tx, "c", 1, LEASE)
    job_store.finish_step(tx, "a", 1, step="load", state=DONE)
    assert not job_store.extend(tx, "a", 1, LEASE)


def test_a_step_is_finished_once_and_by_its_holder(tx: Transaction) -> None:
    put(tx, "a")
    put(tx, "b", SECOND)
    _both_taken(tx)
    for name, fence in (("a", 0), ("a", 2), ("c", 1)):
        with pytest.raises(LeaseLost):
            job_store.finish_step(tx, name, fence, step="publish", state=WAITING)
    job_store.finish_step(tx, "a", 1, step="publish", state=WAITING, error="said")
    first, second = row(tx, "a"), row(tx, "b")
    assert (first.step, first.state, first.error) == ("publish", WAITING, "said")
    assert (first.attempts, first.leased_until) == (0, 0.0), "the next step starts afresh"
    assert (second.step, second.state, second.attempts) == ("load", RUNNING, 1)
    with pytest.raises(LeaseLost):
        job_store.finish_step(tx, "a", 1, step="publish", state=DONE)
    assert taken(tx) == "a"
    job_store.finish_step(tx, "a", 2, step="publish", state=FAILED)
    assert (row(tx, "a").state, row(tx, "a").attempts) == (FAILED, 1)


def test_a_job_given_back_has_not_been_tried(tx: Transaction) -> None:
    put(tx, "a")
    put(tx, "b", SECOND)
    _both_taken(tx)
    job_store.give_back(tx, "a", 2)
    job_store.give_back(tx, "c", 1)
    assert {row(tx, name).state for name in ("a", "b")} == {RUNNING}
    job_store.give_back(tx, "a", 1)
    job = row(tx, "a")
    assert (job.state, job.attempts, job.leased_until) == (WAITING, 0, 0.0)
    assert row(tx, "b").state == RUNNING
    job_store.give_back(tx, "a", 1)
    assert row(tx, "a").attempts == 0, "what waits can't be given back"


def test_a_failed_job_waits_its_pause(tx: Transaction) -> None:
    put(tx, "a")
    put(tx, "b", SECOND)
    _both_taken(tx)
    before = row(tx, "b").leased_until
    job_store.defer(tx, "a", 2, seconds=500, error="Wrong")
    assert row(tx, "a").error == ""
    job_store.defer(tx, "a", 1, seconds=500, error="OSError")
    job = row(tx, "a")
    assert (job.state, job.error) == (RUNNING, "OSError")
    assert 400 < job.leased_until - _clock(tx) <= 500
    assert (row(tx, "b").error, row(tx, "b").leased_until) == ("", before)
    job_store.finish_step(tx, "a", 1, step="load", state=DONE)
    job_store.defer(tx, "a", 1, seconds=9, error="late")
    assert row(tx, "a").error == ""


def test_the_newest_of_a_kind(tx: Transaction) -> None:
    put(tx, "old", kind="train")
    put(tx, "new", kind="train", created_at=BEGAN + timedelta(days=1))
    put(tx, "upload", created_at=BEGAN + timedelta(days=2))
    found = job_store.latest(tx, "train")
    assert found is not None
    assert found.id == "new"
    assert job_store.latest(tx, "rescore") is None
