"""The other half of an invitation's key, for accounts that see pupils.

Whoever hands an invitation over holds its link, and administrators, who see no pupil, must not come to see one by
claiming an account that they invited themselves. So a role that sees pupils is joined with a code beside the link.
Only people who answer for pupils at those schools already can read it, and they give it to the person they know.
A school's first such account needs none, as nobody is there yet who could vouch; nor does what is invited from the
machine's own command line, whose keys open everything anyway.
"""

import hmac
from collections.abc import Collection

from data_contracts.errors import Refused
from service.accounts.readers import reach
from service.accounts.secrets import fingerprint
from service.accounts.throttle import Throttle
from service.audit import Event
from service.callers import Caller
from service.db import account_store
from service.db.base import now
from service.db.engine import Transaction
from service.db.people_rows import InvitationRow
from service.deployment import Deployment
from service.permissions import RULES, SEES_PUPILS, NotFound, check

COMMAND = "command"
WRONG = "That is not the code that belongs to this invitation."


def needs_code(tx: Transaction, row: InvitationRow) -> bool:
    """True where the link alone does not make the account."""
    return row.by != COMMAND and row.role in SEES_PUPILS and somebody_vouches(tx, row.schools)


def somebody_vouches(tx: Transaction, schools: Collection[str]) -> bool:
    """True where someone answers or has answered for pupils at any of these schools."""
    urns = account_store.all_urns(tx)
    return any(
        account.role in RULES["invitations.vouch"] and reach(account.schools, urns) & reach(schools, urns)
        for account in account_store.accounts(tx)
    )


def waiting(caller: Caller) -> list[InvitationRow]:
    """Invitations the caller may vouch for: all of their schools are the caller's, and someone else invited."""
    check(caller.reader, "invitations.vouch")
    with caller.reading() as tx:
        urns = account_store.all_urns(tx)
        return [
            row
            for row in account_store.open_invitations(tx, now())
            if needs_code(tx, row)
            and row.by != caller.reader.account_id
            and reach(row.schools, urns) <= caller.reader.schools
        ]


def code_for_colleague(caller: Caller, invitation_id: str) -> tuple[InvitationRow, str]:
    """The code of a waiting invitation, for the caller to give to the person invited; recorded. NotFound elsewhere."""
    found = next((row for row in waiting(caller) if row.id == invitation_id), None)
    if found is None:
        raise NotFound("There is no such invitation among yours.")
    with caller.writing() as tx:
        caller.record(tx, Event.INVITATION_VOUCHED, subject=found.id, role=found.role)
    return found, caller.deployment.home.vouching_code(found.id)


def code_from_the_machine(caller: Caller, user: str) -> str:
    """The code of whoever is invited by this name, for whoever runs commands on the machine; recorded."""
    check(caller.reader, "accounts.manage")
    if caller.reader.via != COMMAND:
        raise NotFound("There is no such invitation among yours.")
    with caller.writing() as tx:
        named = [row for row in account_store.open_invitations(tx, now()) if row.user == user.strip().lower()]
        if not named:
            raise NotFound(f"Nobody is invited as {user}.", hint="Invitations end after a week.")
        caller.record(tx, Event.INVITATION_VOUCHED, subject=named[0].id, role=named[0].role)
    return caller.deployment.home.vouching_code(named[0].id)


def asks_code(deployment: Deployment, secret: str) -> bool:
    """True for a running invitation that its link alone does not redeem."""
    with deployment.database.reading() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
        return row is not None and row.used_at is None and row.expires_at > now() and needs_code(tx, row)


def check_code(deployment: Deployment, secret: str, code: str) -> None:
    """Refused for a wrong code where an invitation asks for one, TooMany after too many tries."""
    if not asks_code(deployment, secret):
        return
    limit = deployment.settings.sign_ins_per_minute
    Throttle(deployment.database).pass_or_raise(limit, "invitation", fingerprint(secret)[:32])
    with deployment.database.reading() as tx:
        row = account_store.invitation(tx, fingerprint(secret))
        right = deployment.home.vouching_code(row.id) if row is not None else ""
    if not hmac.compare_digest(_plain(code), _plain(right)):
        raise Refused(WRONG, hint="Ask the colleague who gave it to you to check it.")


def _plain(code: str) -> bytes:
    """As people write it: with or without the gap, in small letters or large ones."""
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
