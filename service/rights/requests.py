"""Complaints, objections and requests about data, each with the day by which it must be answered."""

from datetime import date, timedelta
from typing import Any

from data_contracts.errors import Refused
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.permissions import NotFound, check
from service.rights import life_store
from service.rights.life_rows import RequestRow
from service.rights.policy import months_later

KINDS = ("access", "erasure", "objection", "rectification", "restriction", "complaint")
ANSWER_MONTHS, EXTENSION_MONTHS = 1, 2
ACKNOWLEDGE_DAYS = 30
"""A complaint must be acknowledged within 30 days and then answered without undue delay."""
OPEN, EXTENDED, CLOSED = "open", "extended", "closed"


def due(kind: str, received: date) -> date:
    """The day by which a request must be answered: one calendar month, or 30 days for a complaint."""
    if kind == "complaint":
        return received + timedelta(days=ACKNOWLEDGE_DAYS)
    return months_later(received, ANSWER_MONTHS)


def open_request(
    caller: Caller, school: str, kind: str, received: date, pupil_id: str | None = None
) -> dict[str, Any]:
    """Note a request: {id, due_on, ...}. Refused for an unknown kind or a day to come."""
    check(caller.reader, "requests.manage", school)
    if kind not in KINDS:
        raise Refused("Belong doesn't know this kind of request.", hint=f"One of: {', '.join(KINDS)}.")
    if received > date.today():
        raise Refused("The day a request arrived can't be in the future.")
    with caller.writing() as tx:
        if pupil_id is not None and not life_store.schools_of_pupil(tx, pupil_id, {school}):
            raise NotFound("There is no such pupil at this school.")
        row = RequestRow(
            id=new_id("r"),
            school=school,
            pupil_id=pupil_id,
            kind=kind,
            received_on=received,
            due_on=due(kind, received),
            state=OPEN,
            by=caller.reader.account_id,
        )
        told = {"school": school, "subject": pupil_id, "request": row.id, "kind": kind}
        caller.record(tx, Event.REQUEST_RECORDED, **told).add(row)
        return _shown(row)


def extend(caller: Caller, request_id: str, why: str) -> dict[str, Any]:
    """Put off the answer by two months, once, with a reason the person must be told. Refused otherwise."""
    check(caller.reader, "requests.manage")
    if not why.strip():
        raise Refused("Say why more time is needed. The person must be told.")
    with caller.writing() as tx:
        row = _own(caller, request_id, tx)
        if row.state != OPEN or row.kind == "complaint":
            raise Refused("The deadline of this request can't be extended.")
        row.due_on, row.state = months_later(row.due_on, EXTENSION_MONTHS), EXTENDED
        row.outcome = f"More time needed: {why.strip()}"
        caller.record(tx, Event.REQUEST_EXTENDED, school=row.school, request=row.id)
        return _shown(row)


def close_request(caller: Caller, request_id: str, outcome: str) -> dict[str, Any]:
    """Note how a request was answered. Refused without words or where it is closed."""
    check(caller.reader, "requests.manage")
    if not outcome.strip():
        raise Refused("Say how the request was answered.")
    with caller.writing() as tx:
        row = _own(caller, request_id, tx)
        if row.closed_at is not None:
            raise Refused("This request is already closed.")
        row.state, row.outcome, row.closed_at = CLOSED, outcome.strip(), now()
        late = row.closed_at.date() > row.due_on
        caller.record(
            tx, Event.REQUEST_CLOSED, school=row.school, subject=row.pupil_id, request=row.id, late=late
        )
        return _shown(row)


def listed(caller: Caller, *, open_only: bool = True) -> list[dict[str, Any]]:
    """The requests of the caller's schools, those due soonest first."""
    check(caller.reader, "requests.manage")
    with caller.reading() as tx:
        rows = life_store.data_requests(tx, caller.reader.schools, open_only=open_only)
        return [_shown(row) for row in rows]


def _own(caller: Caller, request_id: str, tx: Any) -> RequestRow:
    row = life_store.data_request(tx, request_id, caller.reader.schools)
    if row is None:
        raise NotFound("This request can't be found among yours.")
    return row


def _shown(row: RequestRow) -> dict[str, Any]:
    names = ("id", "school", "pupil_id", "kind", "received_on", "due_on", "state", "outcome", "closed_at")
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "overdue": row.closed_at is None and date.today() > row.due_on}
