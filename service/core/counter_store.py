"""Counters with an end, increased in one statement so that no two processes miscount."""

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from service.core.base import touched
from service.core.engine import Database
from service.core.once_rows import CounterRow

LONGEST = 24 * 3600.0
"""Seconds: no window is longer."""


def increase(database: Database, key: str, expiry: float, amount: int, moment: float) -> int:
    """Add to a counter, or begin its next window; returns the count.

    A window that ends later than one begun now would was begun under another clock, and is over.
    """
    insert = sqlite_insert if database.sqlite else postgres_insert
    over = (CounterRow.expires <= moment) | (CounterRow.expires > moment + expiry)
    new = insert(CounterRow).values(key=key[:200], count=amount, expires=moment + expiry)
    statement = new.on_conflict_do_update(
        index_elements=[CounterRow.key],
        set_={
            "count": case((over, amount), else_=CounterRow.count + amount),
            "expires": case((over, moment + expiry), else_=CounterRow.expires),
        },
    ).returning(CounterRow.count)
    with database.writing() as tx:
        return tx.execute(statement).scalar_one()


def read(database: Database, key: str, moment: float) -> tuple[int, float]:
    """A counter's count and end; (0, now) where none runs."""
    with database.reading() as tx:
        row = tx.scalars(select(CounterRow).where(CounterRow.key == key[:200])).first()
        runs = row is not None and moment < row.expires <= moment + LONGEST
        return (row.count, row.expires) if row and runs else (0, moment)


def forget_over(tx: Session, moment: float) -> None:
    """Remove counters whose window is over, or was begun under another clock."""
    over = (CounterRow.expires <= moment) | (CounterRow.expires > moment + LONGEST)
    tx.execute(delete(CounterRow).where(over))


def forget(database: Database, key: str | None, before: float | None = None) -> int:
    """Remove one counter, those that ended before a moment, or all."""
    statement = delete(CounterRow)
    if key is not None:
        statement = statement.where(CounterRow.key == key[:200])
    if before is not None:
        statement = statement.where(CounterRow.expires < before)
    with database.writing() as tx:
        return touched(tx.execute(statement))
