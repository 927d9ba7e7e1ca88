"""Setting up one-time codes: a secret counts only once its owner has shown a code made with it."""

import json

import pyotp
from cryptography.fernet import InvalidToken

from data_contracts.errors import Refused
from service.accounts import account_store, signin_store, totp
from service.accounts.account_rows import AccountRow
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.core.throttle import Throttle

MINUTES = 15
WRONG_CODE = "That code is not right."
CURRENT_CODE = "To replace your codes, type a fresh code from your current app."
NEXT_CODE = "Check the clock of your phone and try the next code."


def begin(caller: Caller) -> dict[str, str]:
    """A new secret for the caller: {address for an authenticator app, secret to type, pending}.

    Nothing is kept yet; `pending` is the sealed secret that `confirm` takes back. Refused without a password here.
    """
    check(caller.reader, "self.change")
    with caller.reading() as tx:
        own_local_account(caller, tx)
    secret = pyotp.random_base32()
    kept = json.dumps({"account": caller.reader.account_id, "secret": secret}).encode()
    return _shown(caller, secret, caller.deployment.home.upload_cipher().encrypt(kept).decode())


def again(caller: Caller, pending: str) -> dict[str, str]:
    """What `begin` gave, once more, for whoever mistyped a code. Refused like `confirm`."""
    return _shown(caller, _secret(caller, pending), pending)


def confirm(caller: Caller, pending: str, code: str, current: str = "") -> None:
    """Keep the secret if the code fits it; where codes are set already, `current` must be one of those.

    Refused for a wrong code or a `pending` that is not the caller's, TooMany after too many tries.
    """
    check(caller.reader, "self.change")
    slow_down(caller)
    secret = _secret(caller, pending)
    step = totp.step_of(secret, code)
    if step is None:
        raise Refused(WRONG_CODE, hint=NEXT_CODE)
    with caller.writing() as tx:
        account = own_local_account(caller, tx)
        told = caller.record(tx, Event.SECOND_FACTOR_SET, subject=account.id)
        if account.totp_sealed is not None:
            if not totp.fits(caller.deployment, account, current):
                raise Refused(
                    CURRENT_CODE,
                    hint="If you no longer have that app, ask an administrator to turn your codes off.",
                )
            account_store.end_others(told, account.id, caller.session)
        account.totp_sealed = caller.deployment.home.upload_cipher().encrypt(secret.encode()).decode()
        account.totp_last = step
        if caller.session is not None:
            signin_store.confirm_second_factor(told, caller.session)


def stop(caller: Caller, code: str) -> None:
    """The caller ends their own codes, showing one. Refused where the role needs them, or for a wrong code."""
    check(caller.reader, "self.change")
    slow_down(caller)
    with caller.writing() as tx:
        account = own_local_account(caller, tx)
        if totp.required(caller.deployment, account):
            raise Refused("Your role must use two-step sign-in.", hint="You can replace your codes.")
        if not totp.fits(caller.deployment, account, code):
            raise Refused(WRONG_CODE, hint=NEXT_CODE)
        account.totp_sealed, account.totp_last = None, 0
        told = caller.record(tx, Event.SECOND_FACTOR_ENDED, subject=account.id)
        account_store.end_others(told, account.id, caller.session)


def end(caller: Caller, account_id: str) -> None:
    """An administrator ends an account's codes (a lost phone); its sessions end too. NotFound where it has none."""
    check(caller.reader, "accounts.manage")
    with caller.writing() as tx:
        account = account_store.account(tx, account_id)
        if account is None or account.closed_at is not None or account.totp_sealed is None:
            raise NotFound("There is no such account with one-time codes.")
        account.totp_sealed, account.totp_last = None, 0
        told = caller.record(tx, Event.SECOND_FACTOR_ENDED, subject=account.id)
        account_store.end_all(told, account.id)


def own_local_account(caller: Caller, tx: Transaction) -> AccountRow:
    """The caller's own row; Refused for machines and for whoever signs in elsewhere or is no account."""
    account = account_store.account(tx, caller.reader.account_id)
    if account is None or account.password_hash is None or caller.reader.via == "token":
        raise Refused("This is for accounts that sign in here with a password.")
    return account


def slow_down(caller: Caller) -> None:
    """Whoever sits at an open session may not try passwords or codes one after the other. Raises TooMany."""
    limit = caller.deployment.settings.sign_ins_per_minute
    Throttle(caller.deployment.database).pass_or_raise(limit, "own-account", caller.reader.account_id)


def _secret(caller: Caller, pending: str) -> str:
    cipher = caller.deployment.home.upload_cipher()
    try:
        kept = json.loads(cipher.decrypt(pending.encode(), ttl=MINUTES * 60))
    except InvalidToken:
        raise Refused("That took too long.", hint="Begin again and type the code soon.") from None
    if kept["account"] != caller.reader.account_id:
        raise Refused("That is not yours.", hint="Begin again.")
    return str(kept["secret"])


def _shown(caller: Caller, secret: str, pending: str) -> dict[str, str]:
    address = pyotp.TOTP(secret).provisioning_uri(name=caller.reader.user, issuer_name="Belong")
    return {"address": address, "secret": secret, "pending": pending}
