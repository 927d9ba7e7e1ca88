"""Tokens that people make for their own machines: as narrow as they are, shown once, after proof of who sits there."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from data_contracts.errors import Refused
from service.accounts import account_store, totp
from service.accounts.account_rows import AccountRow, TokenRow
from service.accounts.own_account import WRONG_PASSWORD
from service.accounts.second_factor import NEXT_CODE, WRONG_CODE, slow_down
from service.accounts.tokens import TOO_LONG, add_token, checked_days
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.permissions import NotAllowed, NotFound, check
from service.core.secrets import password_fits

__all__ = ["TOO_LONG", "end_own", "is_running", "issue_own", "own_tokens"]

FRESH_MINUTES = 10
MOST_TOKENS = 10


def own_tokens(caller: Caller) -> list[TokenRow]:
    """The caller's own tokens, newest first, without their secrets."""
    with caller.reading() as tx:
        return account_store.tokens(tx, caller.reader.account_id)


def issue_own(
    caller: Caller,
    *,
    label: str,
    days: int,
    schools: Collection[str] | None = None,
    password: str = "",
    code: str = "",
) -> dict[str, Any]:
    """A token that reads and does what its maker may, at their schools or some of them: {id, token, expires}.

    The maker gives their password, and a one-time code where they have codes; who signs in elsewhere has to
    have done so just now. NotAllowed for a machine, Refused for a wrong proof, a reach beyond one's own or
    too many tokens, TooMany after too many tries.
    """
    check(caller.reader, "self.change")
    if caller.session is None:
        raise NotAllowed("A token can’t do this.", hint="Sign in with a browser.")
    checked_days(days)
    slow_down(caller)
    with caller.reading() as tx:
        known = account_store.account(tx, caller.reader.account_id)
        session = account_store.session_and_account(tx, caller.session)
    if known is None or session is None:
        raise NotFound("There is no account behind this.")
    if known.password_hash is None:
        if now() - session[0].created_at > timedelta(minutes=FRESH_MINUTES):
            raise Refused(
                "You signed in too long ago for this.",
                hint=f"Sign out, sign in again and make the token within {FRESH_MINUTES} minutes.",
            )
    elif not password_fits(password, known.password_hash):
        raise Refused(WRONG_PASSWORD)
    with caller.writing() as tx:
        account = account_store.account(tx, caller.reader.account_id)
        assert account is not None
        _check_code(caller, account, code)
        running = [one for one in account_store.tokens(tx, account.id) if is_running(one)]
        if len(running) >= MOST_TOKENS:
            raise Refused(f"You have {MOST_TOKENS} tokens already.", hint="End one that you no longer need.")
        return add_token(caller, tx, account, days=days, label=label, schools=schools)


def end_own(caller: Caller, token_id: str) -> None:
    """End one of the caller's own tokens; NotFound for any other."""
    with caller.writing() as tx:
        own = {one.id for one in account_store.tokens(tx, caller.reader.account_id)}
        told = caller.record(tx, Event.TOKEN_ENDED, subject=token_id)
        if token_id not in own or not account_store.end_token(told, token_id):
            raise NotFound("There is no such token among yours.")


def is_running(row: TokenRow) -> bool:
    """True for a token that still opens something."""
    return row.ended_at is None and row.expires_at > now()


def _check_code(caller: Caller, account: AccountRow, code: str) -> None:
    """Refused unless a one-time code fits, where the account has codes."""
    if account.totp_sealed is not None and not totp.fits(caller.deployment, account, code):
        raise Refused(WRONG_CODE, hint=NEXT_CODE)
