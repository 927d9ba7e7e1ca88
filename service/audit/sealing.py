"""Seals over the audit log: a chain of hashes, so that a changed, removed or added event can be told."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from service.db import audit_store
from service.db.audit_rows import AuditRow
from service.deployment import Deployment

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


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the seals found. `broken` names the first seal that does not hold; None if all do.

    `last` is the newest seal's hash. Whoever owns the database could write log and seals anew, so it is worth
    noting down outside: as long as a noted hash is among the seals, nothing before it was changed.
    """

    seals: int
    sealed: int
    unsealed: int
    broken: int | None
    last: str | None = None


def seal(deployment: Deployment) -> int:
    """Seal what has been written since the last seal; returns how many events that were."""
    with deployment.database.writing() as tx:
        audit_store.hold_writers(tx)
        before = audit_store.last_seal(tx)
        rows = list(audit_store.between(tx, (before.last if before else 0) + 1, limit=BATCH))
        if rows:
            digest = chained(before.hash if before else "", rows)
            audit_store.add_seal(tx, first=rows[0].id, last=rows[-1].id, rows=len(rows), digest=digest)
    return len(rows)


def verify(deployment: Deployment) -> Verified:
    """Recompute every seal in order, and count the tail that no seal covers yet."""
    with deployment.database.reading() as tx:
        previous, last, sealed, broken = "", 0, 0, None
        seals = audit_store.seals(tx)
        for one in seals:
            rows = list(audit_store.between(tx, last + 1, one.last))
            if chained(previous, rows) != one.hash or len(rows) != one.rows:
                broken = one.id
                break
            previous, last, sealed = one.hash, one.last, sealed + len(rows)
        unsealed = audit_store.count(tx) - sealed
    return Verified(len(seals), sealed, unsealed, broken, seals[-1].hash if seals else None)


def known(deployment: Deployment, noted: str) -> bool:
    """Whether a hash that was noted down earlier, or its beginning, is one of the seals."""
    with deployment.database.reading() as tx:
        return any(one.hash.startswith(noted.strip().lower()) for one in audit_store.seals(tx))


def chained(previous: str, rows: Iterable[AuditRow]) -> str:
    """The hash of the seal before and of the rows in order."""
    digest = hashlib.sha256(previous.encode())
    for row in rows:
        plain = [row.at.isoformat(), *(getattr(row, name) for name in FIELDS)]
        digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode())
    return digest.hexdigest()
