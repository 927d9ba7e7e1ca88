"""The lease table: who works at what, until when. The database's own clock decides when a lease is over."""

from typing import Any

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from service.core.base import touched
from service.core.job_rows import JobRow

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LONGEST_LEASE = 24 * 3600.0
"""Seconds: a lease that ends later was taken under another clock, and its job would wait for that day."""


class LeaseLost(Exception):
    """Another worker holds this job now; whatever was computed here is thrown away."""


def clock(tx: Session) -> Any:
    """The database's time in seconds, as an expression."""
    if tx.get_bind().dialect.name == "postgresql":
        return literal_column("extract(epoch from clock_timestamp())::float8")
    return literal_column("(julianday('now') - 2440587.5) * 86400.0")


def enqueue(tx: Session, row: JobRow) -> bool:
    """Add a job in the caller's transaction; False where one with the same `dedupe` stands already."""
    if tx.scalar(select(JobRow.id).where(JobRow.dedupe == row.dedupe)):
        return False
    tx.add(row)
    tx.flush()
    return True


def claim(tx: Session, seconds: float, *, most_attempts: int) -> JobRow | None:
    """Take the oldest job that waits or whose lease is over; one school's jobs run one after the other."""
    time, other = clock(tx), aliased(JobRow)
    latest = time + LONGEST_LEASE
    kept = (other.leased_until >= time) & (other.leased_until <= latest)
    busy = select(other.school).where(other.state == RUNNING, kept)
    over = (JobRow.leased_until < time) | (JobRow.leased_until > latest)
    ready = (JobRow.state == WAITING) | ((JobRow.state == RUNNING) & over)
    query = (
        select(JobRow)
        .where(ready, JobRow.school.not_in(busy), JobRow.attempts < most_attempts)
        .order_by(JobRow.created_at, JobRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = tx.scalars(query).first()
    if job is None:
        return None
    values = {
        "state": RUNNING,
        "fence": JobRow.fence + 1,
        "attempts": JobRow.attempts + 1,
        "leased_until": time + seconds,
    }
    tx.execute(update(JobRow).where(JobRow.id == job.id).values(**values))
    tx.refresh(job)
    return job


def worn_out(tx: Session, *, most_attempts: int) -> list[JobRow]:
    """Jobs that were begun so often that they must not be begun again."""
    over = (JobRow.state == RUNNING) & (JobRow.leased_until < clock(tx))
    query = (
        select(JobRow)
        .where((JobRow.state == WAITING) | over, JobRow.attempts >= most_attempts)
        .with_for_update(skip_locked=True)
    )
    return list(tx.scalars(query))


def extend(tx: Session, job_id: str, fence: int, seconds: float) -> bool:
    """Keep a lease; False where it has been lost."""
    query = update(JobRow).where(JobRow.id == job_id, JobRow.fence == fence, JobRow.state == RUNNING)
    return bool(touched(tx.execute(query.values(leased_until=clock(tx) + seconds))))


def finish_step(tx: Session, job_id: str, fence: int, *, step: str, state: str, error: str = "") -> None:
    """Set the step marker in the transaction that holds the step's rows; LeaseLost rolls both back."""
    values: dict[str, Any] = {"step": step, "state": state, "error": error}
    if state == WAITING:
        values |= {"leased_until": 0.0, "attempts": 0}
    query = update(JobRow).where(JobRow.id == job_id, JobRow.fence == fence, JobRow.state == RUNNING)
    if not touched(tx.execute(query.values(**values))):
        raise LeaseLost(job_id)


def give_back(tx: Session, job_id: str, fence: int) -> None:
    """Return a job unfinished, so that another worker may take it at once."""
    query = update(JobRow).where(JobRow.id == job_id, JobRow.fence == fence, JobRow.state == RUNNING)
    tx.execute(query.values(state=WAITING, leased_until=0.0, attempts=JobRow.attempts - 1))


def defer(tx: Session, job_id: str, fence: int, *, seconds: float, error: str) -> None:
    """Let a failed job be taken again after a pause: its lease simply ends then."""
    query = update(JobRow).where(JobRow.id == job_id, JobRow.fence == fence, JobRow.state == RUNNING)
    tx.execute(query.values(leased_until=clock(tx) + seconds, error=error))


def by_dedupe(tx: Session, dedupe: str) -> JobRow | None:
    """The job that a key stands for."""
    return tx.scalars(select(JobRow).where(JobRow.dedupe == dedupe)).first()


def job_for(tx: Session, subject: str) -> JobRow | None:
    """The job about a thing."""
    return tx.scalars(select(JobRow).where(JobRow.subject == subject)).first()


def counts(tx: Session) -> dict[str, int]:
    """How many jobs are in which state."""
    return {row[0]: row[1] for row in tx.execute(select(JobRow.state, func.count()).group_by(JobRow.state))}


def latest(tx: Session, kind: str) -> JobRow | None:
    """The newest job of a kind."""
    query = select(JobRow).where(JobRow.kind == kind).order_by(JobRow.created_at.desc(), JobRow.id).limit(1)
    return tx.scalars(query).first()
