"""Adding, changing and closing accounts. Each leaves its event."""

from collections.abc import Collection
from typing import Any

from data_contracts.errors import Refused
from service.accounts import account_store, promises, vouching
from service.accounts.account_rows import AccountRow, InvitationRow
from service.accounts.promises import BY_COMMAND, Kind
from service.accounts.readers import EVERY_SCHOOL
from service.accounts.sight import NOTHING, Reach
from service.core import engine
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import ROLES, RULES, NotAllowed, NotFound, check
from service.core.secrets import password_hash

MANAGERS = RULES["accounts.manage"]
NO_ACCOUNT = "There is no such account."


def may_manage(caller: Caller) -> None:
    """Administrators manage accounts, signed in as a person; so does whoever runs commands on the machine."""
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

    For the machine's own use alone: nobody vouches for whom it adds (NotAllowed for anybody else). Raises Refused
    for an unknown role or school, a name in use, or a weak password.
    """
    may_manage(caller)
    if caller.reader.via != BY_COMMAND:
        raise NotAllowed("Accounts are made by an invitation.")
    hashed = password_hash(password, (user, name)) if password is not None else None
    with caller.deployment.database.writing(caller.reader.schools) as tx:
        row = new_account(tx, user, Reach.given(role, schools, year_groups))
        row.name, row.password_hash = name, hashed
        if identity is not None:
            row.issuer, row.subject = identity
        told = caller.record(tx, Event.ACCOUNT_ADDED, subject=row.id, role=role, schools=sorted(schools))
        told.add(row)
        return row.id


def check_first(caller: Caller, role: str, schools: Collection[str], years: Collection[str] | None) -> None:
    """Refused where somebody is there who could vouch for an account of this reach: then it takes an invitation."""
    with caller.reading() as tx:
        if vouching.waits(tx, NOTHING, Reach.given(role, schools, years)):
            raise Refused(
                "This account would see pupils, and somebody at its school can vouch for the person.",
                hint="Invite them: belong users invite NAME. A colleague then gives them a code.",
            )


def new_account(tx: Transaction, user: str, reach: Reach) -> AccountRow:
    """The row of a new account, not yet added; Refused for a name in use, an unknown role or school."""
    name = sign_in_name(user)
    checked_reach(tx, reach.role, reach.schools)
    check_name_free(tx, name)
    return AccountRow(
        id=new_id("a"),
        user=name,
        role=reach.role,
        schools=sorted(reach.schools),
        year_groups=listed_years(reach.years),
        created_at=now(),
    )


def check_name_free(tx: Transaction, name: str) -> None:
    """Refused where an open account signs in by this name; a closed one leaves it free."""
    if account_store.account_by_user(tx, name) is not None:
        raise Refused(f"There is an account {name} already.", hint="Close it first, or use another name.")


def sign_in_name(user: str) -> str:
    """A sign-in name as it is kept; Refused for one that can't be."""
    name = user.strip().lower()
    if not name or len(name) > 200 or any(ord(letter) < 33 for letter in name):
        raise Refused("An account needs a sign-in name of at most 200 letters, without spaces.")
    return name


def listed_years(years: Collection[str] | None) -> list[str] | None:
    """Year groups as a row keeps them; None means all."""
    return None if years is None else sorted(years)


def checked_reach(tx: Transaction, role: str, schools: Collection[str]) -> None:
    """Refused for a role or school that does not exist."""
    if role not in ROLES:
        raise Refused(f"There is no role '{role}'.", hint=f"Roles: {', '.join(ROLES)}.")
    urns = engine.all_urns(tx)
    unknown = sorted(set(schools) - urns - {EVERY_SCHOOL})
    if unknown:
        raise Refused(f"There is no school {unknown[0]} here.", hint="Register it with: belong schools add")


def close_account(caller: Caller, user: str) -> None:
    """Close the open account of a sign-in name, as `close`; NotFound for a name nobody has."""
    close(caller, id_of(caller, user))


def close(caller: Caller, account_id: str) -> None:
    """Close an account at once. Its sessions and tokens end, and so do the tokens it made for others and the
    invitations it made; its sign-in name is free again.

    Refused for one's own account and for the last administrator's; NotFound for an id no open account has.
    """
    may_manage(caller)
    if account_id == caller.reader.account_id:
        raise Refused("You can’t close your own account.", hint="Ask another administrator.")
    with caller.writing() as tx:
        row = open_account(tx, account_id)
        check_somebody_manages(tx, row)
        row.closed_at = now()
        told = caller.record(tx, Event.ACCOUNT_CLOSED, subject=row.id)
        account_store.end_all(told, row.id)
        account_store.end_what_it_made(told, row.id)
        account_store.withdraw_for(told, row.id)


def check_somebody_manages(tx: Transaction, leaving: AccountRow) -> None:
    """Refused where nobody would manage accounts once this one no longer does."""
    if leaving.role not in MANAGERS:
        return
    if not [row for row in account_store.open_accounts_of(tx, MANAGERS) if row.id != leaving.id]:
        raise Refused(
            "This is the last administrator: nobody could manage accounts any more.",
            hint="Invite another administrator first.",
        )


def open_account(tx: Transaction, account_id: str) -> AccountRow:
    """The open account of an id; NotFound for any other."""
    row = account_store.account(tx, account_id)
    if row is None or row.closed_at is not None:
        raise NotFound(NO_ACCOUNT)
    return row


def change_account(
    caller: Caller,
    account_id: str,
    *,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None = None,
) -> InvitationRow | None:
    """Give an account another role or reach; returns what waits where it can't be done at once.

    What lets the account see more of pupils than before waits, for a week, until its owner gives the code that a
    colleague told them. Anything else is done: sessions and tokens end, so the old reach is gone at once.
    Refused for one's own account, an unknown role or school, and the last administrator.
    """
    may_manage(caller)
    if account_id == caller.reader.account_id:
        raise Refused("Nobody changes their own role or reach.", hint="Ask another administrator.")
    after = Reach.given(role, schools, year_groups)
    with caller.writing() as tx:
        row = open_account(tx, account_id)
        checked_reach(tx, role, schools)
        if role not in MANAGERS:
            check_somebody_manages(tx, row)
        if not vouching.waits(tx, Reach.of(row), after):
            _apply(caller, tx, row, after)
            return None
        told = caller.record(tx, Event.CHANGE_ASKED, subject=row.id, role=role, schools=sorted(schools))
        account_store.withdraw_for(told, row.id)
        waiting, _ = promises.promise(
            told,
            caller.reader.account_id,
            Kind.CHANGE,
            account_id=row.id,
            user=row.user,
            name=row.name,
            role=role,
            schools=sorted(schools),
            year_groups=listed_years(after.years),
        )
        return waiting


def own_change(caller: Caller) -> InvitationRow | None:
    """The change that waits for the caller's own code."""
    with caller.reading() as tx:
        return next(
            (
                row
                for row in account_store.open_invitations(tx, now())
                if row.kind == Kind.CHANGE and row.account_id == caller.reader.account_id
            ),
            None,
        )


def confirm_change(caller: Caller, change_id: str, code: str) -> None:
    """The owner of an account takes on the change that waits, with a colleague's code; all sessions end.

    NotFound for a change that isn't the caller's or is over, Refused for a wrong code, TooMany after many tries.
    """
    check(caller.reader, "self.change")
    waiting = own_change(caller)
    if waiting is None or waiting.id != change_id:
        raise NotFound("No such change waits for you.", hint="Ask your administrator.")
    vouching.check_code_of(caller.deployment, change_id, code)
    with caller.writing() as tx:
        row = account_store.invitation_of(tx, change_id)
        if row is None or not promises.is_open(row, Kind.CHANGE):
            raise NotFound("No such change waits for you.", hint="Ask your administrator.")
        account = open_account(tx, caller.reader.account_id)
        _apply(caller, tx, account, Reach.of(row), asked=row)


def _apply(
    caller: Caller, tx: Transaction, row: AccountRow, after: Reach, *, asked: InvitationRow | None = None
) -> None:
    """Give an account its new reach; what it made as an administrator ends where it is none any more."""
    if asked is not None:
        asked.used_at = now()
    row.role, row.schools, row.year_groups = after.role, sorted(after.schools), listed_years(after.years)
    told = caller.record(tx, Event.ACCOUNT_CHANGED, subject=row.id, role=after.role, schools=row.schools)
    account_store.end_all(told, row.id)
    account_store.withdraw_for(told, row.id)
    if after.role not in MANAGERS:
        account_store.end_what_it_made(told, row.id)


def id_of(caller: Caller, user: str) -> str:
    """The id of the open account that signs in by a name; NotFound for a name nobody has."""
    may_manage(caller)
    with caller.reading() as tx:
        row = account_store.account_by_user(tx, user.strip().lower())
    if row is None:
        raise NotFound(f"There is no open account {user}.")
    return row.id


def account_of(caller: Caller, account_id: str) -> dict[str, Any]:
    """One account as `list_accounts` says it; NotFound for an id nobody has."""
    found = next((one for one in list_accounts(caller) if one["id"] == account_id), None)
    if found is None:
        raise NotFound(NO_ACCOUNT)
    return found


def list_accounts(caller: Caller) -> list[dict[str, Any]]:
    """All accounts: user, name, role, schools, year groups, whether open."""
    check(caller.reader, "accounts.read")
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
                "local": row.password_hash is not None,
            }
            for row in account_store.accounts(tx)
        ]
