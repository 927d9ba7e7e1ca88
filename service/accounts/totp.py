"""One-time codes for roles that could open every door: the second factor of local accounts."""

import time

import pyotp

from data_contracts.errors import Refused
from service.audit import Event
from service.callers import Caller
from service.db import account_store
from service.db.people_rows import AccountRow
from service.deployment import Deployment
from service.permissions import SECOND_FACTOR

STEP_SECONDS = 30


def required(deployment: Deployment, account: AccountRow) -> bool:
    """True where a local account needs a code beside its password: some roles in production."""
    return deployment.settings.production and account.role in SECOND_FACTOR


def begin(caller: Caller) -> str:
    """A new secret for the caller's own account, as the address an authenticator app reads."""
    secret = pyotp.random_base32()
    with caller.writing() as tx:
        account = account_store.account(tx, caller.reader.account_id)
        if account is None or account.totp_sealed is not None:
            raise Refused("This account has a second factor already.", hint="Ask an administrator to end it.")
        account.totp_sealed = caller.deployment.home.upload_cipher().encrypt(secret.encode()).decode()
        caller.record(tx, Event.SECOND_FACTOR_SET, subject=account.id)
    return pyotp.TOTP(secret).provisioning_uri(name=caller.reader.user, issuer_name="Belong")


def fits(deployment: Deployment, account: AccountRow, code: str | None) -> bool:
    """True for the code of this moment or its neighbours, each used once."""
    if account.totp_sealed is None or not code:
        return False
    secret = deployment.home.upload_cipher().decrypt(account.totp_sealed.encode()).decode()
    step = int(time.time()) // STEP_SECONDS
    for candidate in (step - 1, step, step + 1):
        if candidate > account.totp_last and pyotp.TOTP(secret).verify(
            code.strip(), for_time=candidate * STEP_SECONDS
        ):
            account.totp_last = candidate
            return True
    return False
