"""What a store asks for in the place of a transaction: the event that tells of a change or a reading, or why none does.

An event is written as the last thing before its transaction commits, so that what it tells can still be added, and
nobody who waits for a row holds up whoever seals the log.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import SessionTransaction

from service.core.base import Base
from service.core.engine import Transaction

Store = TypeVar("Store", bound=Callable[..., Any])


@dataclass(eq=False)
class _Within:
    """Something said within one transaction, and good for that one alone."""

    _tx: Transaction
    _open: SessionTransaction = field(init=False)

    def __post_init__(self) -> None:
        self._open = self._tx.get_transaction() or self._tx.begin()

    @property
    def tx(self) -> Transaction:
        """The transaction; RuntimeError once it is over."""
        if self._tx.get_transaction() is not self._open:
            raise RuntimeError("what was said of another transaction does not hold for this one")
        return self._tx

    def add(self, *rows: Base) -> None:
        """Keep new rows."""
        self.tx.add_all(rows)
        self.tx.flush()

    def delete(self, *rows: Base) -> None:
        """Remove rows."""
        for row in rows:
            self.tx.delete(row)


@dataclass(eq=False)
class Recorded(_Within):
    """An event of this transaction, made by `record` alone. What it tells may be added until that commits."""

    school: str | None
    subject: str | None
    detail: dict[str, Any]


@dataclass(eq=False)
class Unaudited(_Within):
    """Said by a caller that changes or reads something and leaves no event of its own, with the reason."""

    why: str


Told = Recorded | Unaudited


def unaudited(tx: Transaction, why: str) -> Unaudited:
    """In the place of an event where there is none by design; every `why` is listed by the tests."""
    return Unaudited(tx, why)


def no_event(why: str) -> Callable[[Store], Store]:
    """Marks a store's function that leaves no event by design, whoever calls it; every `why` is listed by the tests."""
    del why
    return lambda store: store
