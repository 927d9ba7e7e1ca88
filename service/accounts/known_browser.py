"""A browser in which the owner of a name signed in before is told from strangers' by a mark that only we can make.

A mark opens nothing: whoever brings it is counted by it alone, so that what strangers get wrong elsewhere does not
slow the owner in her own browser. It holds chance, an end and a keyed hash, and no word about anybody. A new
password ends it.
"""

import hmac
import re
import secrets
import time

from service.accounts.account_rows import AccountRow
from service.core.deployment import Deployment
from service.core.secrets import fingerprint

DAYS = 180
MOST = 4
"""Of a browser that several people use: the newest stay."""
BETWEEN = "~"
MARK = re.compile(r"([0-9a-f]{32})\.([0-9]{10})\.([0-9a-f]{64})")


def cookie_name(deployment: Deployment) -> str:
    """The cookie of the marks, bound to this host wherever there is TLS."""
    return "__Host-belong-known" if deployment.settings.secure_cookies else "belong-known"


def marked(deployment: Deployment, account: AccountRow, before: str) -> str:
    """What the browser keeps from now on: a new mark of this account beside those of others it has."""
    chance, ends = secrets.token_hex(16), str(int(time.time()) + DAYS * 86400)
    new = f"{chance}.{ends}.{_hash(deployment, account, chance, ends)}"
    own = _own(deployment, account, before)
    others = [mark for mark in _marks(before) if mark != own]
    return BETWEEN.join([new, *others][:MOST])


def known_by(deployment: Deployment, account: AccountRow | None, brought: str) -> str:
    """By what this browser is counted: the chance in its mark of this account, "" where it has none that holds."""
    mark = _own(deployment, account, brought) if account is not None and account.closed_at is None else ""
    return mark.partition(".")[0]


def _own(deployment: Deployment, account: AccountRow, brought: str) -> str:
    for mark in _marks(brought):
        chance, ends, said = mark.split(".")
        true = hmac.compare_digest(_hash(deployment, account, chance, ends), said)
        if true and time.time() < int(ends) <= time.time() + DAYS * 86400:
            return mark
    return ""


def _marks(brought: str) -> list[str]:
    return [mark for mark in brought[:1000].split(BETWEEN)[:MOST] if MARK.fullmatch(mark)]


def _hash(deployment: Deployment, account: AccountRow, chance: str, ends: str) -> str:
    about = "|".join((account.id, fingerprint(account.password_hash or ""), chance, ends))
    return deployment.home.keyed("known browser", about)
