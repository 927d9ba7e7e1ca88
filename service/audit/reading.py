"""The audit log as pages and API show it: the events of the reader's own schools; each search is an event too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.accounts import account_store, reach
from service.core import engine
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search is narrowed by. `since` is the first moment, `until` the first one too late."""

    event: Event | None = None
    actor: str | None = None
    school: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def audit_events(
    caller: Caller, tx: Transaction, asked: Asked, *, before: int | None, limit: int, **detail: Any
) -> list[AuditRow]:
    """Events newest first, from the one before id `before` on; that they were read is recorded with `detail`.

    What belongs to no school, such as a sign-in, is shown unless it is about somebody of other schools alone.
    """
    check(caller.reader, "audit.read", asked.school)
    rows = audit_store.search(
        tx,
        before=before,
        limit=limit,
        since=asked.since,
        until=asked.until,
        event=str(asked.event) if asked.event else None,
        actor=asked.actor,
        school=asked.school,
        subject=asked.subject,
        schools=caller.reader.schools,
        strangers=strangers(caller, tx),
    )
    caller.record(tx, Event.AUDIT_READ, school=asked.school, events=len(rows), **detail)
    return rows


def strangers(caller: Caller, tx: Transaction) -> set[str]:
    """Accounts of other schools alone; an administrator without a school of their own is everybody's."""
    urns = engine.all_urns(tx)
    return {
        one.id
        for one in account_store.accounts(tx)
        if one.schools and not reach(one.schools, urns) & caller.reader.schools
    }
