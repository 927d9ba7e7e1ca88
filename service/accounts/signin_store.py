"""Sign-ins under way: each is taken once."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from service.accounts.account_rows import SessionRow
from service.accounts.signin_rows import SignInAttemptRow
from service.core.audit import Recorded


def add_attempt(tx: Session, row: SignInAttemptRow) -> None:
    """Remember an attempt."""
    tx.add(row)
    tx.flush()


def take_attempt(tx: Session, state_hash: str) -> SignInAttemptRow | None:
    """The attempt behind a state, gone from here on: a second use finds nothing, even at the same moment."""
    taken = delete(SignInAttemptRow).where(SignInAttemptRow.state_hash == state_hash)
    return tx.scalars(taken.returning(SignInAttemptRow)).one_or_none()


def forget_attempts(tx: Session, before: datetime) -> None:
    """Drop attempts that nobody came back from."""
    tx.execute(delete(SignInAttemptRow).where(SignInAttemptRow.expires_at < before))


def confirm_second_factor(told: Recorded, id_hash: str) -> None:
    """Note that the owner of a session has shown a code."""
    told.tx.execute(update(SessionRow).where(SessionRow.id_hash == id_hash).values(second_factor=True))
