"""Adding, changing and closing accounts; tokens and invitations. Each leaves its event."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from data_contracts.errors import Refused
from service.accounts import vouching
from service.accounts.readers import EVERY_SCHOOL, reach
from service.accounts.secrets import TOKEN_PREFIX, fingerprint, new_secret, password_hash
from service.audit import Event
from service.callers import Caller
from service.db import account_store
from service.db.base import new_id, now
from service.db.engine import Transaction
from service.db.people_rows import AccountRow, InvitationRow, TokenRow
from service.permissions import ROLES, SEES_PUPILS, NotAllowed, NotFound, check

INVITATION_DAYS = 7
TOO_LONG = "A token lasts from 1 to 365 days."


def may_manage(caller: Caller) -> None:
    """Administrators manage accounts; so does whoever runs commands on the machine."""
    check(caller.reader, "accounts.manage")


def add_account(
    caller: Caller,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    password: str | None = None,
    name: str = "",
    year_groups: Collection[str] | None = None,
    identity: tuple[str, str] | None = None,
) -> str:
    """Add an account and return its id; `identity` is (issuer, subject) of an identity provider.

    Raises Refused for an unknown role or school, a name in use, or a weak password.
    """
    may_manage(caller)
    hashed = password_hash(password) if password is not None else None
    with caller.deployment.database.writing(caller.reader.schools) as tx:
        row = _account(tx, user, role, schools, year_groups)
        row.name, row.password_hash = name, hashed
        if identity is not None:
            row.issuer, row.subject = identity
        account_store.add(tx, row)
        caller.record(tx, Event.ACCOUNT_ADDED, subject=row.id, role=role, schools=sorted(schools))
        return row.id


def _account(
    tx: Transaction,
    user: str,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None,
) -> AccountRow:
    name = _name(user)
    checked_reach(tx, role, schools)
    if account_store.account_by_user(tx, name) is not None:
        raise Refused(f"There is an account {name} already.")
    return AccountRow(
        id=new_id("a"),
        user=name,
        role=role,
        schools=sorted(schools),
        year_groups=sorted(year_groups) if year_groups is not None else None,
        created_at=now(),
    )


def _name(user: str) -> str:
    name = user.strip().lower()
    if not name or len(name) > 200 or any(ord(letter) < 33 for letter in name):
        raise Refused("An account needs a sign-in name of at most 200 letters, without spaces.")
    return name


def checked_reach(tx: Transaction, role: str, schools: Collection[str]) -> None:
    """Refused for a role or school that does not exist."""
    if role not in ROLES:
        raise Refused(f"There is no role '{role}'.", hint=f"Roles: {', '.join(ROLES)}.")
    urns = account_store.all_urns(tx)
    unknown = sorted(set(schools) - urns - {EVERY_SCHOOL})
    if unknown:
        raise Refused(f"There is no school {unknown[0]} here.", hint="Register it with: belong schools add")


def close_account(caller: Caller, user: str) -> None:
    """Close an account at once: sessions and tokens end with it. NotFound for a name nobody has."""
    may_manage(caller)
    with caller.writing() as tx:
        row = account_store.account_by_user(tx, user.strip().lower())
        if row is None:
            raise NotFound(f"There is no account {user}.")
        row.closed_at = now()
        account_store.end_all(tx, row.id)
        caller.record(tx, Event.ACCOUNT_CLOSED, subject=row.id)


def change_account(
    caller: Caller,
    account_id: str,
    *,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None = None,
) -> None:
    """Give an account another role or reach. Its sessions and tokens end, so the old reach is gone at once.

    Nobody changes their own (Refused): an administrator would read pupils by it. Nor does a change open pupils
    who were closed to the account (NotAllowed) where somebody could vouch for who is behind it.
    """
    may_manage(caller)
    if account_id == caller.reader.account_id:
        raise Refused("Nobody changes their own role or reach.", hint="Ask another administrator.")
    with caller.writing() as tx:
        row = account_store.account(tx, account_id)
        if row is None or row.closed_at is not None:
            raise NotFound("There is no such account.")
        checked_reach(tx, role, schools)
        _check_opens_no_pupils(caller, tx, row, role, schools)
        row.role, row.schools = role, sorted(schools)
        row.year_groups = sorted(year_groups) if year_groups is not None else None
        account_store.end_all(tx, row.id)
        caller.record(tx, Event.ACCOUNT_CHANGED, subject=row.id, role=role, schools=sorted(schools))


def _check_opens_no_pupils(
    caller: Caller, tx: Transaction, row: AccountRow, role: str, schools: Collection[str]
) -> None:
    """Whoever claimed an account that sees nobody must not have it turned into one that does."""
    if role not in SEES_PUPILS or caller.reader.via == vouching.COMMAND:
        return
    urns = account_store.all_urns(tx)
    seen = reach(row.schools, urns) if row.role in SEES_PUPILS else frozenset[str]()
    new = reach(schools, urns) - seen
    if new and vouching.somebody_vouches(tx, new):
        raise NotAllowed(
            "This account would see pupils it could not see before.",
            hint="Close it and send the person a new invitation: a colleague at the school then vouches for them.",
        )


def user_of(caller: Caller, account_id: str) -> str:
    """The sign-in name of an account's id; NotFound for an id nobody has."""
    may_manage(caller)
    with caller.reading() as tx:
        row = account_store.account(tx, account_id)
    if row is None:
        raise NotFound("There is no such account.")
    return row.user


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
        if account is None or account.closed_at is not None:
            raise NotFound(f"There is no open account {user}.")
        if caller.reader.via != "command" and account.role in SEES_PUPILS:
            raise NotAllowed(
                "This account sees pupils, and you do not: its token would let you in.",
                hint="Its owner makes it under Your account, or the system administrator: belong users token NAME.",
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
    urns = account_store.all_urns(tx)
    if schools is not None and not reach(schools, urns) <= reach(account.schools, urns):
        raise Refused("A token cannot reach further than its account.")
    secret = new_secret(TOKEN_PREFIX)
    row = TokenRow(
        id=new_id("t"),
        account_id=account.id,
        token_hash=fingerprint(secret),
        label=label[:100],
        role=account.role,
        schools=account.schools if schools is None else sorted(schools),
        created_at=now(),
        expires_at=now() + timedelta(days=days),
    )
    account_store.add(tx, row)
    caller.record(tx, Event.TOKEN_ISSUED, subject=row.id, account=account.id, days=days)
    return {"id": row.id, "token": secret, "expires": row.expires_at.isoformat()}


def tokens_of(caller: Caller, account_id: str) -> list[TokenRow]:
    """An account's tokens, newest first; NotFound for an id nobody has."""
    may_manage(caller)
    with caller.reading() as tx:
        if account_store.account(tx, account_id) is None:
            raise NotFound("There is no such account.")
        return account_store.tokens(tx, account_id)


def end_token(caller: Caller, token_id: str) -> None:
    """End a token; NotFound where none with that id runs."""
    may_manage(caller)
    with caller.writing() as tx:
        if not account_store.end_token(tx, token_id):
            raise NotFound("There is no such token.")
        caller.record(tx, Event.TOKEN_ENDED, subject=token_id)


def invite(
    caller: Caller,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None = None,
) -> dict[str, Any]:
    """An invitation that makes an account once: {id, secret, expires, asks_code}. Send the secret by a safe way;
    where `asks_code`, a colleague gives the person the other half."""
    may_manage(caller)
    secret = new_secret()
    with caller.writing() as tx:
        checked_reach(tx, role, schools)
        if account_store.account_by_user(tx, _name(user)) is not None:
            raise Refused(f"There is an account {_name(user)} already.")
        row = InvitationRow(
            id=new_id("i"),
            secret_hash=fingerprint(secret),
            user=_name(user),
            role=role,
            schools=sorted(schools),
            year_groups=sorted(year_groups) if year_groups is not None else None,
            by=caller.reader.account_id,
            created_at=now(),
            expires_at=now() + timedelta(days=INVITATION_DAYS),
        )
        account_store.add(tx, row)
        caller.record(tx, Event.ACCOUNT_INVITED, subject=row.id, role=role, schools=sorted(schools))
        asks = vouching.needs_code(tx, row)
        return {"id": row.id, "secret": secret, "expires": row.expires_at.isoformat(), "asks_code": asks}


def accept_invitation(caller: Caller, secret: str, *, name: str, password: str, code: str = "") -> str:
    """Make the invited account; NotFound for a secret that is unknown, used or too old.

    Refused without the code that a colleague gives, where the account will see pupils.
    """
    vouching.check_code(caller.deployment, secret, code)
    hashed = password_hash(password)
    with caller.deployment.database.writing() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
        if row is None or row.used_at is not None or row.expires_at <= now():
            raise NotFound("This invitation is not valid any more.", hint="Ask for a new one.")
        account = _account(tx, row.user, row.role, row.schools, row.year_groups)
        account.name, account.password_hash, row.used_at = name[:200], hashed, now()
        account_store.add(tx, account)
        caller.record(tx, Event.ACCOUNT_ADDED, subject=account.id, role=row.role, invitation=row.id)
        return account.id


def list_accounts(caller: Caller) -> list[dict[str, Any]]:
    """All accounts: user, name, role, schools, year groups, whether open."""
    may_manage(caller)
    with caller.reading() as tx:
        return [
            {
                "id": row.id,
                "user": row.user,
                "name": row.name,
                "role": row.role,
                "schools": row.schools,
                "year_groups": row.year_groups,
                "active": row.closed_at is None,
                "second_factor": row.totp_sealed is not None,
            }
            for row in account_store.accounts(tx)
        ]
