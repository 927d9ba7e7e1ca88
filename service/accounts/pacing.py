"""Wrong passwords make the next try wait. They never shut the owner of a name out, wherever they come from."""

import ipaddress
import math
import time

from service.core.deployment import Deployment
from service.core.secrets import fingerprint
from service.core.throttle import OFTEN, DatabaseCounters, TooMany

MINUTE, WHILE = 60.0, 600.0
PAUSE = 5.0
"""Seconds between two tries at one name from one network, once there were too many of them."""
BREATH = 1.0
"""Seconds between two tries at any name from one network, once there were too many of them."""
OF_ONE_NETWORK, OF_ALL_NETWORKS = 10, 20
"""How many times a name's own share make too many for a network, and for a name from everywhere."""


def network(address: str) -> str:
    """The network an address lies in: a /24 of IPv4, a /64 of IPv6, as one household or school gets them."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        known = known.ipv4_mapped or known
    return str(ipaddress.ip_network((known, 24 if known.version == 4 else 64), strict=False))


class Try:
    """One try to sign in: counted when it begins, so that many at once can't slip through, and taken back when
    it was the owner's own or was never looked at."""

    def __init__(self, deployment: Deployment, name: str, address: str, known_by: str = "") -> None:
        """Raises TooMany while the next try at this name, from this network, has to wait.

        A browser in which this name's owner signed in before (`known_by`) is counted by itself, wherever it is.
        """
        self._counters = DatabaseCounters(deployment.database)
        self._limit = deployment.settings.sign_ins_per_minute
        where = network(address)
        self._known = bool(known_by)
        self._here = _key("known", name, known_by) if known_by else _key("here", name, where)
        self._name, self._from = _key("name", name), _key("from", where)
        self._counted: list[str] = []
        self._wait_for_turn()

    def right(self) -> None:
        """It was the owner: nothing of it counts, and what went wrong here before is forgotten."""
        self.never_looked_at()
        self._counters.clear(self._here)
        self._counters.clear(_pause(self._here))

    def never_looked_at(self) -> None:
        """It came to no answer about the password."""
        for key in self._counted:
            self._counters.incr(key, MINUTE, -1)
        self._counted.clear()

    def _wait_for_turn(self) -> None:
        if not self._known and self._counters.get(self._from) >= self._limit * OF_ONE_NETWORK:
            self._turn(self._from, BREATH)
        besieged = not self._known and self._counters.get(self._name) >= self._limit * OF_ALL_NETWORKS
        free = 1 if besieged else self._limit
        tries = self._counters.incr(self._here, MINUTE)
        if tries > free:
            self._turn(self._here, PAUSE)
        elif tries == free:
            self._counters.incr(_pause(self._here), PAUSE)
        self._counters.incr(self._name, WHILE)
        self._counters.incr(self._from, MINUTE)
        self._counted = [self._here, self._name, self._from]

    def _turn(self, key: str, seconds: float) -> None:
        """Take the one turn there is in so many seconds. A try that is refused doesn't make the wait longer."""
        pause = _pause(key)
        if self._counters.incr(pause, seconds) > 1:
            left = self._counters.get_expiry(pause) - time.time()
            raise TooMany(OFTEN, retry_after=max(1, math.ceil(left)))


def _key(kind: str, *parts: str) -> str:
    return f"sign-in/{kind}/{fingerprint('|'.join(parts))[:32]}"


def _pause(key: str) -> str:
    return f"{key}/pause"
