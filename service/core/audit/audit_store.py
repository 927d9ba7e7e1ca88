"""The audit log's table: add, read in order, seal. Nothing here changes or removes an event."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from service.core.audit.audit_rows import AuditRow, SealRow
from service.core.base import now

LOCK = 0x62656C6F
ADD = insert(AuditRow)


def add(tx: Session, **fields: Any) -> None:
    """Add one event. On PostgreSQL writers share a lock that a sealer waits for, so no row slips in late."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text("select pg_advisory_xact_lock_shared(:lock)"), {"lock": LOCK})
    tx.execute(ADD, {"at": now(), **fields})


def hold_writers(tx: Session) -> None:
    """Wait until every event begun before now is committed or gone. SQLite's writer lock does it alone."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def last_seal(tx: Session) -> SealRow | None:
    """The newest seal."""
    return tx.scalars(select(SealRow).order_by(SealRow.id.desc()).limit(1)).first()


def seals(tx: Session, after: int | None = None) -> list[SealRow]:
    """All seals, or those after one, oldest first."""
    query = select(SealRow).order_by(SealRow.id)
    return list(tx.scalars(query if after is None else query.where(SealRow.id > after)))


def add_seal(tx: Session, *, first: int, last: int, rows: int, digest: str) -> None:
    """Set a seal over the rows from `first` to `last`."""
    tx.add(SealRow(first=first, last=last, rows=rows, hash=digest, at=now()))


def between(
    tx: Session, first: int | None, last: int | None = None, limit: int | None = None
) -> Iterator[AuditRow]:
    """Events with first <= id (<= last), in order; None begins before everything, whatever its number."""
    query = select(AuditRow).order_by(AuditRow.id)
    if first is not None:
        query = query.where(AuditRow.id >= first)
    if last is not None:
        query = query.where(AuditRow.id <= last)
    yield from tx.scalars(query.limit(limit) if limit else query)


def count(tx: Session) -> int:
    """How many events there are."""
    return tx.scalar(select(func.count()).select_from(AuditRow)) or 0


def last_at(tx: Session, until: datetime, *, before: int | None = None) -> datetime | None:
    """When the last event before a moment was; with `before`, among those with smaller ids."""
    query = select(AuditRow.at).where(AuditRow.at < until).order_by(AuditRow.at.desc()).limit(1)
    return tx.scalar(query if before is None else query.where(AuditRow.id < before))


def first_after(tx: Session, number: int, event: str) -> AuditRow | None:
    """The first event of a kind after an id."""
    query = select(AuditRow).where(AuditRow.id > number, AuditRow.event == event)
    return tx.scalars(query.order_by(AuditRow.id).limit(1)).first()


def oldest_after(tx: Session, last: int | None) -> datetime | None:
    """When the oldest event after an id (None: of all) was written; None where there is none."""
    query = select(AuditRow.at).order_by(AuditRow.id).limit(1)
    return tx.scalar(query if last is None else query.where(AuditRow.id > last))


def newest(tx: Session) -> int:
    """The number of the newest event; 0 where there is none."""
    return tx.scalar(select(func.max(AuditRow.id))) or 0


def subjects(tx: Session, event: str, *, after: int) -> set[str]:
    """Everything that events of this kind were about since the event `after`."""
    query = select(AuditRow.subject).where(AuditRow.event == event, AuditRow.id > after)
    return {one for one in tx.scalars(query) if one}


def search(
    tx: Session,
    *,
    before: int | None,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
    event: str | None = None,
    actor: str | None = None,
    school: str | None = None,
    subject: str | None = None,
    schools: Collection[str] | None = None,
    strangers: Collection[str] = (),
) -> list[AuditRow]:
    """Events newest first, narrowed by what is given; `until` itself is too late.

    `schools` keeps to a reader's own and to what is of no school, without what `strangers` did there or met.
    """
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    named = {"event": event, "actor": actor, "school": school, "subject": subject}
    for name, value in named.items():
        if value is not None:
            query = query.where(getattr(AuditRow, name) == value)
    if before is not None:
        query = query.where(AuditRow.id < before)
    if since is not None:
        query = query.where(AuditRow.at >= since)
    if until is not None:
        query = query.where(AuditRow.at < until)
    if schools is not None:
        known = AuditRow.actor.not_in(strangers) & func.coalesce(AuditRow.subject, "").not_in(strangers)
        query = query.where(AuditRow.school.in_(schools) | (AuditRow.school.is_(None) & known))
    return list(tx.scalars(query))
