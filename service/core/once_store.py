"""Answers already given to POSTs with an Idempotency-Key."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
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
        query = select(IdempotencyRow).where(
            IdempotencyRow.account_id == account_id, IdempotencyRow.key == key
        )
        row = tx.scalars(query.with_for_update()).first()
        if row is not None and not (row.status == 0 and row.created_at < now() - AT_WORK):
            return Answer(row.request_hash, row.status, row.body)
        tx.merge(
            IdempotencyRow(
                account_id=account_id,
                key=key,
                request_hash=request_hash,
                status=0,
                body={},
                created_at=now(),
            )
        )
    return None


def forget_old(tx: Session) -> None:
    """Forget answers nobody will ask for again."""
    tx.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now() - KEPT))


def used(tx: Session, account_id: str, key: str) -> bool:
    """Whether a key was used in an earlier transaction; if not, it is from this one's commit on."""
    insert = sqlite_insert if tx.get_bind().dialect.name == "sqlite" else postgres_insert
    new = insert(IdempotencyRow).values(
        account_id=account_id, key=key, request_hash="", status=200, body={}, created_at=now()
    )
    return tx.execute(new.on_conflict_do_nothing().returning(IdempotencyRow.key)).first() is None


def keep(database: Database, account_id: str, key: str, status: int, body: dict[str, Any]) -> None:
    """Keep the answer for whoever repeats the call."""
    with database.writing() as tx:
        tx.execute(
            update(IdempotencyRow)
            .where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            .values(status=status, body=body)
        )


def release(database: Database, account_id: str, key: str) -> None:
    """Give a key back after a call that failed and changed nothing."""
    with database.writing() as tx:
        tx.execute(
            delete(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
        )
