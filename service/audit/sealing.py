"""Seals over the audit log: a chain of keyed hashes, so that a changed, removed or added event can be told.

The key lies in the home's `keys/`: who has the database alone can't make a seal. Each seal's hash also goes to
the log stream, which leaves the machine, and into the anchor beside the keys.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.core import logs
from service.core.audit import anchor, audit_store
from service.core.audit.anchor import Anchored
from service.core.audit.audit_rows import AuditRow, SealRow
from service.core.deployment import Deployment
from service.core.engine import Transaction

BATCH = 5_000
FIELDS = (
    "id",
    "event",
    "actor",
    "role",
    "via",
    "school",
    "subject",
    "purpose",
    "request_id",
    "detail",
)
Altered = Literal["", "beginning", "middle", "end", "everything"]
Anchor = Literal["whole", "shorter", "missing"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the seals found. `broken` names the first seal that does not hold or is gone; None if all do.

    `altered` says where the log was changed, `anchor` whether the file beside the keys names every seal, `since`
    since when events wait for a seal. `last` is the newest seal's hash: whoever owns the machine could write log,
    seals and anchor anew, so it is worth noting down outside. As long as a noted hash is among the seals, nothing
    before it was changed.
    """

    seals: int
    sealed: int
    unsealed: int
    broken: int | None
    last: str | None = None
    altered: Altered = ""
    anchor: Anchor = "whole"
    since: datetime | None = None


def seal(deployment: Deployment) -> int:
    """Seal what has been written since the last seal; returns how many events that were."""
    key = deployment.home.seal_key()
    with deployment.database.writing() as tx:
        audit_store.hold_writers(tx)
        before = audit_store.last_seal(tx)
        rows = list(audit_store.between(tx, before.last + 1 if before else None, limit=BATCH))
        if rows:
            digest = chained(before.hash if before else "", rows, key)
            audit_store.add_seal(tx, first=rows[0].id, last=rows[-1].id, rows=len(rows), digest=digest)
    _tell_outside(deployment)
    return len(rows)


def seal_all(deployment: Deployment) -> None:
    """Seal until nothing is left that was written before."""
    while seal(deployment) == BATCH:
        pass


def _tell_outside(deployment: Deployment) -> None:
    """Anchor the seals that are not yet, and say them in the log stream, where one is configured."""
    after = anchor.last(deployment.home)
    with deployment.database.reading() as tx:
        seals = audit_store.seals(tx, after or 0)
    for one in anchor.catch_up(deployment.home, seals):
        if logs.configured():
            logs.log("service.audit").info("audit log sealed", seal=one.id, count=one.rows, hash=one.hash)


def begin_anchor(deployment: Deployment) -> None:
    """For a home of a release before seals had a key: anchor what is sealed so far, and make the key."""
    with deployment.database.reading() as tx:
        known, previous, last = [], "", None
        for one in audit_store.seals(tx):
            rows = audit_store.between(tx, last, one.last)
            known.append((one, chained(previous, rows, None) != one.hash))
            previous, last = one.hash, one.last + 1
    anchor.begin(deployment.home, known)
    deployment.home.make_seal_key()  # last: while it is missing, this is done again


def note_restore(deployment: Deployment) -> None:
    """After a restore: the log ends where the backup's did, which the anchor has to know."""
    if anchor.read(deployment.home) is None or not deployment.home.has_seal_key():
        begin_anchor(deployment)
    with deployment.database.reading() as tx:
        seals = audit_store.seals(tx)
    anchor.restored(deployment.home, seals)


def verify(deployment: Deployment) -> Verified:
    """Recompute every seal in order, compare with the anchor, and look at the tail that no seal covers yet."""
    key, anchored = deployment.home.seal_key(), anchor.read(deployment.home)
    expected = {one.seal: one for one in anchored or ()}
    with deployment.database.reading() as tx:
        seals = audit_store.seals(tx)
        bad, last, sealed = _first_bad(tx, seals, key, expected, anchored is not None)
        unsealed = audit_store.count(tx) - sealed
        since = audit_store.oldest_after(tx, last)
    there = {one.id for one in seals}
    gone = sorted(set(expected) - there)
    broken = min([*gone, *([bad] if bad is not None else [])], default=None)
    state: Anchor = "missing" if anchored is None else "whole" if there <= set(expected) else "shorter"
    newest = seals[-1].hash if seals else None
    return Verified(
        len(seals), sealed, unsealed, broken, newest, _where(broken, bad, seals, expected), state, since
    )


def _first_bad(
    tx: Transaction, seals: list[SealRow], key: bytes, expected: Mapping[int, Anchored], has_anchor: bool
) -> tuple[int | None, int | None, int]:
    """The first seal that does not hold, the last event of those that do, and how many events they cover."""
    previous, last, sealed = "", None, 0
    for one in seals:
        rows = list(audit_store.between(tx, None if last is None else last + 1, one.last))
        known = expected.get(one.id)
        keys = [key, None] if not has_anchor else [None if known is not None and not known.keyed else key]
        holds = any(hmac.compare_digest(chained(previous, rows, each), one.hash) for each in keys)
        if not holds or len(rows) != one.rows or (known is not None and known.hash != one.hash):
            return one.id, last, sealed
        previous, last, sealed = one.hash, one.last, sealed + len(rows)
    return None, last, sealed


def _where(
    broken: int | None, bad: int | None, seals: list[SealRow], expected: Mapping[int, Anchored]
) -> Altered:
    """In which part of the log something was changed."""
    if broken is None:
        return ""
    if not seals:
        return "everything"
    if broken == min([*expected, *(one.id for one in seals)]):
        return "beginning"
    return "end" if broken > seals[-1].id or broken == bad == seals[-1].id else "middle"


def is_seal(deployment: Deployment, noted: str) -> bool:
    """True where a hash that was noted down earlier, or its beginning, is one of the seals."""
    with deployment.database.reading() as tx:
        return any(one.hash.startswith(noted.strip().lower()) for one in audit_store.seals(tx))


def chained(previous: str, rows: Iterable[AuditRow], key: bytes | None) -> str:
    """The hash of the seal before and of the rows in order; keyed, but for seals of releases without a key."""
    digest = hashlib.sha256() if key is None else hmac.new(key, digestmod="sha256")
    digest.update(previous.encode())
    for row in rows:
        plain = [row.at.isoformat(), *(getattr(row, name) for name in FIELDS)]
        digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode())
    return digest.hexdigest()
