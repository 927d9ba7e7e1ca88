"""Bearer tokens of accounts: never wider than the account, shown once, ended by those who manage accounts."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from data_contracts.errors import Refused
from service.accounts import account_store
from service.accounts.account_rows import AccountRow, TokenRow
from service.accounts.keeping import NO_ACCOUNT, may_manage
from service.accounts.promises import BY_COMMAND
from service.accounts.readers import reach
from service.core import engine
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import SEES_PUPILS, NotAllowed, NotFound, check
from service.core.secrets import TOKEN_PREFIX, fingerprint, new_secret

TOO_LONG = "A token lasts from 1 to 365 days."


def issue_token(
    caller: Caller,
    user: str,
    *,
    days: int,
    label: str = "",
    schools: Collection[str] | None = None,
) -> dict[str, Any]:
    """A bearer token for an account: {id, token, expires}. The token is shown this once.

    Whoever holds it reads as that account. Administrators see no pupil, so they get none for an account
    that does (NotAllowed); whoever runs commands on the machine holds its keys anyway.
    """
    may_manage(caller)
    checked_days(days)
    with caller.writing() as tx:
        account = account_store.account_by_user(tx, user.strip().lower())
        if account is None:
            raise NotFound(f"There is no open account {user}.")
        if caller.reader.via != BY_COMMAND and account.role in SEES_PUPILS:
            raise NotAllowed(
                "This account sees pupils, and you do not: its token would let you in.",
                hint="Its owner makes it under Your account.",
            )
        return add_token(caller, tx, account, days=days, label=label, schools=schools)


def checked_days(days: int) -> None:
    """Refused for a life that is too long or none."""
    if not 1 <= days <= 365:
        raise Refused(TOO_LONG)


def add_token(
    caller: Caller,
    tx: Transaction,
    account: AccountRow,
    *,
    days: int,
    label: str,
    schools: Collection[str] | None,
) -> dict[str, Any]:
    """A token of an account with its event, once it is settled that the caller may have it: {id, token, expires}.

    Refused for schools beyond the account's own.
    """
    urns = engine.all_urns(tx)
    if schools is not None and not reach(schools, urns) <= reach(account.schools, urns):
        raise Refused("A token cannot reach further than its account.")
    secret = new_secret(TOKEN_PREFIX)
    row = TokenRow(
        id=new_id("t"),
        account_id=account.id,
        token_hash=fingerprint(secret),
        label=label,
        role=account.role,
        schools=account.schools if schools is None else sorted(schools),
        by=caller.reader.account_id,
        created_at=now(),
        expires_at=now() + timedelta(days=days),
    )
    caller.record(tx, Event.TOKEN_ISSUED, subject=row.id, account=account.id, days=days).add(row)
    return {"id": row.id, "token": secret, "expires": row.expires_at.isoformat()}


def tokens_of(caller: Caller, account_id: str) -> list[TokenRow]:
    """An account's tokens, newest first; NotFound for an id nobody has."""
    check(caller.reader, "accounts.read")
    with caller.reading() as tx:
        if account_store.account(tx, account_id) is None:
            raise NotFound(NO_ACCOUNT)
        return account_store.tokens(tx, account_id)


def end_token(caller: Caller, token_id: str) -> None:
    """End a token; NotFound where none with that id runs."""
    may_manage(caller)
    with caller.writing() as tx:
        if not account_store.end_token(caller.record(tx, Event.TOKEN_ENDED, subject=token_id), token_id):
            raise NotFound("There is no such token.")
