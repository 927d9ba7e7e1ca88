"""Deleting that was held back: the data protection officer looks at it, and confirms or refuses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_contracts.errors import BelongError
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotAllowed, check
from service.rights import retention, unusual

WHY = "why"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A run that waits: by its id the one that was shown, what would go by table, and who refused it, if anybody."""

    id: int
    since: datetime
    why: str
    gone: Mapping[str, int]
    refused_at: datetime | None = None
    refused_by: str = ""


class AnotherWaits(BelongError):
    """What waits now is not what was looked at."""

    http_status = 412


def held_back(caller: Caller) -> HeldBack | None:
    """What waits; None where deleting goes by itself."""
    check(caller.reader, "retention.decide")
    with caller.reading() as tx:
        return _held_back(tx)


def confirm(caller: Caller, seen: int) -> dict[str, int]:
    """Let go what was shown; returns what went, by table. AnotherWaits where it isn't what waits now.

    NotAllowed for anybody who does not reach every school: it is deleted for all of them. Waits where much more
    would go than was shown.
    """
    waits = _shown(caller, seen)
    return retention.run(caller, confirmed=True, agreed=waits.gone)


def refuse(caller: Caller, seen: int) -> None:
    """Say that what was shown must not go. Nothing is deleted; it is asked again when the next run looks wrong too."""
    _shown(caller, seen)
    with caller.writing() as tx:
        caller.record(tx, Event.RETENTION_REFUSED)


def _shown(caller: Caller, seen: int) -> HeldBack:
    check(caller.reader, "retention.decide")
    if not caller.reader.schools >= caller.deployment.all_urns():
        raise NotAllowed(
            "This concerns schools that are not yours.",
            hint="A data protection officer of all schools can decide, or your system administrator.",
        )
    with caller.reading() as tx:
        waits = _held_back(tx)
    if waits is None or waits.id != seen:
        raise AnotherWaits(
            "This was decided or looked at again meanwhile.", hint="Read what waits now, then decide."
        )
    return waits


def _held_back(tx: Transaction) -> HeldBack | None:
    row = unusual.waiting(tx)
    if row is None:
        return None
    gone = {name: count for name, count in row.detail.items() if name != WHY}
    said = _refusal(tx, row)
    why = str(row.detail.get(WHY, unusual.MUCH))
    if said is None:
        return HeldBack(row.id, row.at, why, gone)
    return HeldBack(row.id, row.at, why, gone, said.at, said.actor)


def _refusal(tx: Transaction, waits: AuditRow) -> Any:
    """Who refused this run, if anybody did after it began to wait."""
    found = audit_store.search(tx, before=None, limit=1, event=Event.RETENTION_REFUSED)
    return found[0] if found and found[0].id > waits.id else None
