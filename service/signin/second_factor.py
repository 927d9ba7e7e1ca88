"""Setting up one-time codes: a secret counts only once its owner has shown a code made with it."""

import json
import time

import pyotp
from cryptography.fernet import InvalidToken

from data_contracts.errors import Refused
from service.audit import Event
from service.callers import Caller
from service.db import account_store, signin_store
from service.permissions import NotFound, check

MINUTES = 15
STEP_SECONDS = 30


def begin(caller: Caller) -> dict[str, str]:
    """A new secret for the caller: {address for an authenticator app, secret to type, pending}.

    Nothing is kept yet; `pending` is the sealed secret that `confirm` takes back. Refused where codes are set.
    """
    with caller.reading() as tx:
        account = account_store.account(tx, caller.reader.account_id)
        if account is None or account.password_hash is None:
            raise Refused("One-time codes belong to accounts that sign in here with a password.")
        if account.totp_sealed is not None:
            raise Refused("This account has one-time codes already.", hint="An administrator can end them.")
    secret = pyotp.random_base32()
    pending = json.dumps({"account": caller.reader.account_id, "secret": secret})
    return {
        "address": pyotp.TOTP(secret).provisioning_uri(name=caller.reader.user, issuer_name="Belong"),
        "secret": secret,
        "pending": caller.deployment.home.upload_cipher().encrypt(pending.encode()).decode(),
    }


def confirm(caller: Caller, pending: str, code: str) -> None:
    """Keep the secret if the code fits it. Refused for a wrong code or a `pending` that is not the caller's."""
    cipher = caller.deployment.home.upload_cipher()
    try:
        kept = json.loads(cipher.decrypt(pending.encode(), ttl=MINUTES * 60))
    except InvalidToken:
        raise Refused("That took too long.", hint="Begin again and type the code soon.") from None
    step = _step(str(kept["secret"]), code)
    if kept["account"] != caller.reader.account_id or step is None:
        raise Refused("That code is not right.", hint="Check the clock of your phone and try the next code.")
    with caller.writing() as tx:
        account = account_store.account(tx, caller.reader.account_id)
        if account is None or account.totp_sealed is not None:
            raise Refused("This account has one-time codes already.")
        account.totp_sealed = cipher.encrypt(str(kept["secret"]).encode()).decode()
        account.totp_last = step
        if caller.session is not None:
            signin_store.confirm_second_factor(tx, caller.session)
        caller.record(tx, Event.SECOND_FACTOR_SET, subject=account.id)


def end(caller: Caller, user: str) -> None:
    """An administrator ends an account's codes (a lost phone); its sessions end too. NotFound for no such name."""
    check(caller.reader, "accounts.manage")
    with caller.writing() as tx:
        account = account_store.account_by_user(tx, user.strip().lower())
        if account is None or account.totp_sealed is None:
            raise NotFound("There is no such account with one-time codes.")
        account.totp_sealed, account.totp_last = None, 0
        account_store.end_all(tx, account.id)
        caller.record(tx, Event.SECOND_FACTOR_ENDED, subject=account.id)


def _step(secret: str, code: str) -> int | None:
    """The time step a code belongs to: this one or a neighbour."""
    now = int(time.time()) // STEP_SECONDS
    clock = pyotp.TOTP(secret)
    fitting = (
        step for step in (now - 1, now, now + 1) if clock.verify(code.strip(), for_time=step * STEP_SECONDS)
    )
    return next(fitting, None)
