"""Invitations: an account promised to a person, who makes it with the link and, where asked, a colleague's code."""

from collections.abc import Collection
from typing import Any

from service.accounts import account_store, promises, vouching
from service.accounts.keeping import (
    check_name_free,
    checked_reach,
    listed_years,
    may_manage,
    new_account,
    sign_in_name,
)
from service.accounts.promises import Kind
from service.accounts.sight import Reach
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.permissions import check
from service.core.secrets import password_hash


def invite(
    caller: Caller,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None = None,
    name: str = "",
) -> dict[str, Any]:
    """An invitation that makes an account once: {id, secret, expires, asks_code}. Hand the link over securely;
    where `asks_code`, a colleague gives the person the other half."""
    may_manage(caller)
    user = sign_in_name(user)
    with caller.writing() as tx:
        checked_reach(tx, role, schools)
        check_name_free(tx, user)
        told = caller.record(tx, Event.ACCOUNT_INVITED, role=role, schools=sorted(schools))
        row, secret = promises.promise(
            told,
            caller.reader.account_id,
            Kind.JOIN,
            user=user,
            name=name.strip()[:200],
            role=role,
            schools=sorted(schools),
            year_groups=listed_years(year_groups),
        )
        told.subject = row.id
        asks = vouching.needs_code(tx, row)
        return {"id": row.id, "secret": secret, "expires": row.expires_at.isoformat(), "asks_code": asks}


def accept_invitation(caller: Caller, secret: str, *, name: str, password: str, code: str = "") -> str:
    """Make the invited account; NotFound for a secret that is unknown, used, withdrawn or too old.

    Refused without the code that a colleague gives, where the account will see pupils, and for a weak password.
    """
    vouching.check_code(caller.deployment, secret, code)
    known = promises.peek(caller, secret, Kind.JOIN)
    hashed = password_hash(password, (name, known.user if known else ""))
    with caller.deployment.database.writing() as tx:
        row = promises.behind(tx, secret, Kind.JOIN)
        account = new_account(tx, row.user, Reach.of(row))
        account.name, account.password_hash, row.used_at = name[:200], hashed, now()
        told = caller.record(tx, Event.ACCOUNT_ADDED, subject=account.id, role=row.role, invitation=row.id)
        told.add(account)
        return account.id


def open_invitations(caller: Caller) -> list[dict[str, Any]]:
    """What is promised and still open, the latest first: for whom, by whom, until when, whether a code is asked."""
    check(caller.reader, "accounts.read")
    with caller.reading() as tx:
        names = promises.names_of(tx)
        return [
            {
                "id": row.id,
                "kind": row.kind,
                "account_id": row.account_id,
                "user": row.user,
                "name": row.name,
                "role": row.role,
                "schools": row.schools,
                "year_groups": row.year_groups,
                "made_by": promises.maker(names, row.by),
                "created_at": row.created_at,
                "expires_at": row.expires_at,
                "asks_code": vouching.needs_code(tx, row),
            }
            for row in account_store.open_invitations(tx, now())
        ]
