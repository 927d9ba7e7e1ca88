"""What is promised to a person and waits for them: an account, a change of theirs, a new password.

Each is known by a secret link or by the account it is for, works once, ends by itself and can be withdrawn.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from service.accounts import account_store
from service.accounts.account_rows import InvitationRow
from service.core.audit import Event, Recorded
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.core.secrets import fingerprint, new_secret

OVER = "This link is not valid any more."
BY_COMMAND = "command"


class Kind(StrEnum):
    """What is promised."""

    JOIN = "join"
    CHANGE = "change"
    RESET = "reset"


LASTS = {Kind.JOIN: timedelta(days=7), Kind.CHANGE: timedelta(days=7), Kind.RESET: timedelta(days=1)}


def promise(told: Recorded, by: str, kind: Kind, **what: Any) -> tuple[InvitationRow, str]:
    """Write a promise down and return it with the secret of its link, which is kept nowhere."""
    secret, moment = new_secret(), now()
    row = InvitationRow(
        id=new_id("i"),
        kind=kind,
        secret_hash=fingerprint(secret),
        by=by,
        created_at=moment,
        expires_at=moment + LASTS[kind],
        **what,
    )
    told.add(row)
    return row, secret


def is_open(row: InvitationRow | None, kind: Kind) -> bool:
    """True for a promise of this kind that can still be used."""
    return (
        row is not None
        and row.kind == kind
        and row.used_at is None
        and row.withdrawn_at is None
        and row.expires_at > now()
    )


def behind(tx: Transaction, secret: str, kind: Kind) -> InvitationRow:
    """The promise behind a link; NotFound for one that is unknown, used, withdrawn or too old."""
    row = account_store.invitation(tx, fingerprint(secret))
    if row is None or not is_open(row, kind):
        raise NotFound(OVER, hint="Ask for a new one.")
    return row


def peek(caller: Caller, secret: str, kind: Kind) -> InvitationRow | None:
    """What a link promises, for whoever holds it; None where it is over."""
    with caller.deployment.database.reading() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
        return row if is_open(row, kind) else None


def withdraw(caller: Caller, promise_id: str) -> None:
    """Withdraw what was promised and not used yet; NotFound where nothing with that id waits."""
    check(caller.reader, "accounts.manage")
    with caller.writing() as tx:
        told = caller.record(tx, Event.INVITATION_WITHDRAWN, subject=promise_id)
        if not account_store.withdraw(told, promise_id):
            raise NotFound("There is no such open invitation.")


def maker(names: dict[str, str], by: str) -> str:
    """The name of whoever made a promise."""
    return "System administrator (command line)" if by == BY_COMMAND else names.get(by, "Not known")


def names_of(tx: Transaction) -> dict[str, str]:
    """Account id -> the name that stands for the person."""
    return {row.id: row.name or row.user for row in account_store.accounts(tx)}
