"""Who makes figures or copies of pupils' records, and who takes records away, wait for each other.

On PostgreSQL two transactions side by side don't see each other: a list could be published with a pupil who is
erased at that moment, and neither would notice. SQLite's one writer at a time does it alone. Take the lock before
anything is written to the audit log, whose own lock comes after it, so that nobody waits in a circle.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from data_contracts.errors import Held

LOCK = 0x62656C70


def while_it_stands(tx: Session) -> None:
    """What is read from here on about who may have a figure still holds when this transaction commits."""
    _hold(tx, "pg_advisory_xact_lock_shared")


def to_take_away(tx: Session) -> None:
    """Wait for every publication, training and copy begun before now; those begun later see what is done here."""
    _hold(tx, "pg_advisory_xact_lock")


def _hold(tx: Session, function: str) -> None:
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text(f"select {function}(:lock)"), {"lock": LOCK})


class Overtaken(Held):
    """What was computed rests on records or a model that have changed since; it has to be computed again."""
