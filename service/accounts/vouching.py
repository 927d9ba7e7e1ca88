"""The other half of a link's key, for accounts that see pupils.

Whoever hands an invitation over holds its link, and administrators, who see no pupil, must not come to see one by
claiming an account that they invited, changed or gave a new password themselves. So whatever lets somebody see more
of pupils than before takes a code beside it. Only people who answer for pupils at those schools already can read it,
and they give it to the person they know. A school's first such account needs none, as nobody is there yet who could
vouch. Whoever runs commands on the machine holds its keys and can show a code, which is recorded.
"""

import hmac
import json
from collections.abc import Collection

from cryptography.fernet import InvalidToken

from data_contracts.errors import Refused
from service.accounts import account_store, promises
from service.accounts.account_rows import InvitationRow
from service.accounts.promises import BY_COMMAND, Kind
from service.accounts.readers import reach
from service.accounts.sight import NOTHING, Reach, covers, opens_more
from service.core import engine
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.permissions import RULES, NotFound, check
from service.core.secrets import fingerprint
from service.core.throttle import Throttle

WRONG = "That is not the code that belongs to this."
NONE_HERE = "There is no such invitation among yours."
SHOWN_MINUTES = 30


def needs_code(tx: Transaction, row: InvitationRow) -> bool:
    """True where the link, or being signed in, is not enough."""
    account = account_store.account(tx, row.account_id) if row.account_id is not None else None
    if row.kind == Kind.CHANGE and account is not None:
        return waits(tx, Reach.of(account), Reach.of(row))
    if (
        row.kind == Kind.RESET and account is not None
    ):  # as it stands now, whatever it was when the link was made
        return waits(tx, NOTHING, Reach.of(account))
    return waits(tx, NOTHING, Reach.of(row))


def waits(tx: Transaction, before: Reach, after: Reach) -> bool:
    """True where more of pupils would be seen and somebody is there who could vouch for it."""
    return opens_more(before, after, engine.all_urns(tx)) and somebody_vouches(tx, after.schools)


def somebody_vouches(tx: Transaction, schools: Collection[str]) -> bool:
    """True where someone answers or has answered for pupils at any of these schools."""
    urns = engine.all_urns(tx)
    return any(
        account.role in RULES["invitations.vouch"] and reach(account.schools, urns) & reach(schools, urns)
        for account in account_store.accounts(tx)
    )


def waiting(caller: Caller) -> list[InvitationRow]:
    """What the caller may vouch for: all of its schools and years are theirs, it was made by someone else and is
    for someone else."""
    check(caller.reader, "invitations.vouch")
    own = Reach(caller.reader.role, caller.reader.schools, caller.reader.year_groups)
    with caller.reading() as tx:
        urns = engine.all_urns(tx)
        return [
            row
            for row in account_store.open_invitations(tx, now())
            if caller.reader.account_id not in (row.by, row.account_id)
            and covers(own, Reach.of(row), urns)
            and needs_code(tx, row)
        ]


def code_for_colleague(caller: Caller, invitation_id: str) -> tuple[InvitationRow, str]:
    """The code of what waits, for the caller to give to the person it is for; recorded. NotFound elsewhere."""
    found = next((row for row in waiting(caller) if row.id == invitation_id), None)
    if found is None:
        raise NotFound(NONE_HERE)
    with caller.writing() as tx:
        caller.record(tx, Event.INVITATION_VOUCHED, subject=found.id, role=found.role, kind=found.kind)
    return found, caller.deployment.home.vouching_code(found.id)


def code_from_the_machine(caller: Caller, user: str) -> str:
    """The code of what waits for this sign-in name, for whoever runs commands on the machine; recorded."""
    check(caller.reader, "accounts.manage")
    if caller.reader.via != BY_COMMAND:
        raise NotFound(NONE_HERE)
    with caller.writing() as tx:
        named = [row for row in account_store.open_invitations(tx, now()) if row.user == user.strip().lower()]
        if not named:
            raise NotFound(
                f"Nothing waits for {user}.", hint="Invitations end after a week, new passwords after a day."
            )
        caller.record(tx, Event.INVITATION_VOUCHED, subject=named[0].id, role=named[0].role)
    return caller.deployment.home.vouching_code(named[0].id)


def asks_code(deployment: Deployment, secret: str, kind: Kind = Kind.JOIN) -> bool:
    """True for an open promise that its link alone does not redeem."""
    with deployment.database.reading() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
        return row is not None and promises.is_open(row, kind) and needs_code(tx, row)


def check_code(deployment: Deployment, secret: str, code: str, kind: Kind = Kind.JOIN) -> None:
    """Refused for a wrong code where a link asks for one, TooMany after too many tries."""
    if not asks_code(deployment, secret, kind):
        return
    with deployment.database.reading() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
    if row is not None:
        check_code_of(deployment, row.id, code)


def check_code_of(deployment: Deployment, promise_id: str, code: str) -> None:
    """Refused for a wrong code of what waits under this id, TooMany after too many tries."""
    limit = deployment.settings.sign_ins_per_minute
    Throttle(deployment.database).pass_or_raise(limit, "invitation", promise_id)
    if not hmac.compare_digest(_plain(code), _plain(deployment.home.vouching_code(promise_id))):
        raise Refused(WRONG, hint="Ask the colleague who gave it to you to check it.")


def shown(deployment: Deployment, secret: str) -> str:
    """A sealed note that this link's code was given right, for the browser's cookie: code and link must not stand
    in one address."""
    return (
        deployment.home.upload_cipher()
        .encrypt(json.dumps({"vouched": fingerprint(secret)}).encode())
        .decode()
    )


def was_shown(deployment: Deployment, secret: str, note: str) -> bool:
    """True for a note that `shown` made for this link within the last half hour."""
    try:
        kept = json.loads(
            deployment.home.upload_cipher().decrypt(note.encode(), ttl=SHOWN_MINUTES * 60).decode()
        )
    except (InvalidToken, ValueError):
        return False
    return bool(kept.get("vouched") == fingerprint(secret))


def _plain(code: str) -> bytes:
    """As people write it: with or without the gap, in small letters or large ones."""
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
