"""A new password for someone who has lost theirs: an administrator makes a link, which works once, for a day.

Where the account sees pupils the person also needs a colleague's code: whoever makes the link must not come in by it.
"""

from typing import Any

from data_contracts.errors import Refused
from service.accounts import account_store, promises, vouching
from service.accounts.keeping import may_manage, open_account
from service.accounts.promises import Kind
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.secrets import password_hash


def make_reset(caller: Caller, account_id: str) -> dict[str, Any]:
    """A link to set a new password by: {id, secret, expires, asks_code}; an older one ends.

    Refused for one's own account, and for one that signs in elsewhere and has no password here.
    """
    may_manage(caller)
    if account_id == caller.reader.account_id:
        raise Refused("You change your own password under Your account.")
    with caller.writing() as tx:
        row = open_account(tx, account_id)
        if row.password_hash is None:
            raise Refused(
                "This account has no password here.",
                hint="Its owner signs in with a sign-in service or a token.",
            )
        told = caller.record(tx, Event.RESET_MADE, subject=row.id)
        account_store.withdraw_for(told, row.id, Kind.RESET)
        made, secret = promises.promise(
            told,
            caller.reader.account_id,
            Kind.RESET,
            account_id=row.id,
            user=row.user,
            name=row.name,
            role=row.role,
            schools=row.schools,
            year_groups=row.year_groups,
        )
        asks = vouching.needs_code(tx, made)
        return {"id": made.id, "secret": secret, "expires": made.expires_at.isoformat(), "asks_code": asks}


def set_password(caller: Caller, secret: str, *, password: str, code: str = "") -> str:
    """The owner's new password; returns their account's id. All sessions and tokens of the account end.

    NotFound for a link that is over, Refused without the colleague's code where one is asked, or for a weak password.
    """
    vouching.check_code(caller.deployment, secret, code, Kind.RESET)
    known = promises.peek(caller, secret, Kind.RESET)
    hashed = password_hash(password, (known.name, known.user) if known else ())
    with caller.deployment.database.writing() as tx:
        row = promises.behind(tx, secret, Kind.RESET)
        account = open_account(tx, row.account_id or "")
        account.password_hash, row.used_at = hashed, now()
        changed = {"changed": "password", "reset": row.id}
        told = caller.record(tx, Event.ACCOUNT_CHANGED, subject=account.id, **changed)
        account_store.end_all(told, account.id)
        return account.id
