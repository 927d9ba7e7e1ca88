"""One-time codes: which accounts need one beside the password, and whether a code fits."""

import time

import pyotp

from service.accounts.account_rows import AccountRow
from service.core.audit import no_event
from service.core.deployment import Deployment
from service.core.permissions import SECOND_FACTOR

STEP_SECONDS = 30


def required(deployment: Deployment, account: AccountRow) -> bool:
    """True where a local account needs a code beside its password: some roles in production."""
    return deployment.settings.production and account.role in SECOND_FACTOR


@no_event("that a code was used once; the sign-in or change is told")
def fits(deployment: Deployment, account: AccountRow, code: str | None) -> bool:
    """True for the code of this moment or its neighbours, each used once."""
    if account.totp_sealed is None or not code:
        return False
    secret = deployment.home.upload_cipher().decrypt(account.totp_sealed.encode()).decode()
    step = step_of(secret, code, after=account.totp_last)
    if step is not None:
        account.totp_last = step
    return step is not None


def step_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """The time step a code belongs to: this one or a neighbour, later than `after`; None where it fits none."""
    now = int(time.time()) // STEP_SECONDS
    clock = pyotp.TOTP(secret)
    fitting = (
        step
        for step in (now - 1, now, now + 1)
        if step > after and clock.verify(code.strip(), for_time=step * STEP_SECONDS)
    )
    return next(fitting, None)
