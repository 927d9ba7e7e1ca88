"""Answers already given: to POSTs with an Idempotency-Key, and to the forms of pages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from service.core.base import now
from service.core.engine import Database
from service.core.once_rows import IdempotencyRow

AT_WORK = timedelta(minutes=10)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; status 0 while the first call is at work."""

    request_hash: str
    status: int
    body: dict[str, Any]


def reserve(database: Database, account_id: str, key: str, request_hash: str) -> Answer | None:
    """Take a key for a call about to be made, or say what it was used for."""
    with database.writing() as tx:
        forget_old(tx)
        left = (IdempotencyRow.status == 0) & (IdempotencyRow.created_at < now() - AT_WORK)
        tx.execute(delete(IdempotencyRow).where(_row(account_id, key), left))
    return take(database, account_id, key, request_hash)


def take(database: Database, account_id: str, key: str, request_hash: str) -> Answer | None:
    """As `reserve`, of a key that stays taken where its first call never came to an answer."""
    with database.writing() as tx:
        insert = sqlite_insert if tx.get_bind().dialect.name == "sqlite" else postgres_insert
        new = insert(IdempotencyRow).values(
            account_id=account_id, key=key, request_hash=request_hash, status=0, body={}, created_at=now()
        )
        if tx.execute(new.on_conflict_do_nothing().returning(IdempotencyRow.key)).first() is not None:
            return None
        row = tx.scalars(select(IdempotencyRow).where(_row(account_id, key))).first()
        return Answer(row.request_hash, row.status, row.body) if row else Answer(request_hash, 0, {})


def _row(account_id: str, key: str) -> ColumnElement[bool]:
    return (IdempotencyRow.account_id == account_id) & (IdempotencyRow.key == key)


def forget_old(tx: Session) -> None:
    """Forget answers nobody will ask for again."""
    tx.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now() - KEPT))


def keep(database: Database, account_id: str, key: str, status: int, body: dict[str, Any]) -> None:
    """Keep the answer for whoever repeats the call."""
    with database.writing() as tx:
        tx.execute(update(IdempotencyRow).where(_row(account_id, key)).values(status=status, body=body))


def release(database: Database, account_id: str, key: str) -> None:
    """Give a key back after a call that failed and changed nothing."""
    with database.writing() as tx:
        tx.execute(delete(IdempotencyRow).where(_row(account_id, key)))
