"""One's own account: what it is, a new password, and the other browsers it is signed in at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data_contracts.errors import Refused
from service.accounts import account_store, totp
from service.accounts.second_factor import own_local_account, slow_down
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.permissions import NotFound, check
from service.core.secrets import password_fits, password_hash

WRONG_PASSWORD = "That is not your current password."  # noqa: S105


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in; `here` is the one that asks."""

    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What an account may know of itself. `schools` are URNs or '*'; `local` says it has a password here."""

    user: str
    name: str
    role: str
    schools: tuple[str, ...]
    year_groups: tuple[str, ...]
    local: bool
    has_codes: bool
    needs_codes: bool
    sessions: tuple[OpenSession, ...]


def own_account(caller: Caller) -> OwnAccount:
    """The caller's account with its running sessions, the latest used first. NotFound for whoever has none."""
    settings, moment = caller.deployment.settings, now()
    with caller.reading() as tx:
        row = account_store.account(tx, caller.reader.account_id)
        if row is None:
            raise NotFound("There is no account behind this.")
        running = account_store.sessions(
            tx,
            row.id,
            used_since=moment - timedelta(minutes=settings.idle_minutes),
            begun_since=moment - timedelta(hours=settings.absolute_hours),
        )
        return OwnAccount(
            user=row.user,
            name=row.name,
            role=row.role,
            schools=tuple(row.schools),
            year_groups=tuple(row.year_groups or ()),
            local=row.password_hash is not None,
            has_codes=row.totp_sealed is not None,
            needs_codes=row.password_hash is not None and totp.required(caller.deployment, row),
            sessions=tuple(
                OpenSession(one.created_at, one.seen_at, one.id_hash == caller.session) for one in running
            ),
        )


def change_password(caller: Caller, current: str, new: str) -> None:
    """Give oneself a new password; every other session of the account ends.

    Refused for a wrong current password or a weak new one, TooMany after too many tries.
    """
    check(caller.reader, "self.change")
    slow_down(caller)
    with caller.reading() as tx:
        row = own_local_account(caller, tx)
    known = row.password_hash
    if not password_fits(current, known):
        raise Refused(WRONG_PASSWORD)
    hashed = password_hash(new, (row.name, row.user))
    with caller.writing() as tx:
        account = own_local_account(caller, tx)
        if account.password_hash != known:
            raise Refused("Your password was changed meanwhile.", hint="Sign in again.")
        account.password_hash = hashed
        told = caller.record(tx, Event.ACCOUNT_CHANGED, subject=account.id, changed="password")
        account_store.end_others(told, account.id, caller.session)


def end_others(caller: Caller) -> None:
    """End every session of the caller's account but the one that asks."""
    with caller.writing() as tx:
        told = caller.record(tx, Event.SIGNED_OUT, subject=caller.reader.account_id)
        told.detail["others"] = account_store.end_others(told, caller.reader.account_id, caller.session)
