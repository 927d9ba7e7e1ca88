"""All that is kept about one pupil, for the person who asks; prepared by the machine, released by a person."""

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data_contracts.errors import Refused
from service.core import holding
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.rights import life_store, subject_files
from service.rights.gathering import gather
from service.rights.life_rows import SubjectExportRow
from service.rights.policy import schedule

SCHOOL_RECORDS = frozenset({"records", "timeline", "superseded"})
"""The same records as uploaded, as dated events, and as they were before: left out together."""
QUOTED_AS = frozenset({"evidence"})
"""Where an explanation quotes them, beside `records`."""


def prepare(caller: Caller, pupil_id: str, request_id: str | None = None) -> dict[str, Any]:
    """Gather and seal an export: {id, sections, expires_on}. NotFound for a pupil nobody knows."""
    check(caller.reader, "subject.export")
    kept = schedule(caller.deployment.home)
    with caller.writing() as tx:
        holding.while_it_stands(tx)
        schools = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
        if not schools:
            raise NotFound("There is no such pupil among yours.")
        told = caller.record(tx, Event.SUBJECT_EXPORT_PREPARED, school=min(schools), subject=pupil_id)
        body = gather(caller, told, pupil_id, kept)
        data = json.dumps(body, default=_plain, ensure_ascii=False, indent=1).encode()
        row = SubjectExportRow(
            id=new_id("x"),
            school=min(schools),
            pupil_id=pupil_id,
            request_id=request_id,
            sha256=hashlib.sha256(data).hexdigest(),
            made_by=caller.reader.account_id,
            made_at=now(),
            expires_on=datetime.now(UTC).date() + timedelta(days=kept.subject_exports_days),
            withheld=[],
        )
        told.add(row)
        told.detail["export"] = row.id
        subject_files.write(caller, row.id, data)
    return {"id": row.id, "sections": sorted(body), "expires_on": row.expires_on}


def read(caller: Caller, export_id: str) -> dict[str, Any]:
    """A prepared export, whole, for the person who looks it through. An audited read of the pupil."""
    check(caller.reader, "subject.export")
    with caller.writing() as tx:
        row = _own(caller, tx, export_id)
        caller.record(tx, Event.PUPIL_READ, school=row.school, subject=row.pupil_id, export=row.id)
    data = subject_files.read(caller, export_id)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Refused("This export was changed after it was prepared.", hint="Prepare it again.")
    body: dict[str, Any] = json.loads(data)
    return body


def release(caller: Caller, export_id: str, withhold: Collection[str] = ()) -> dict[str, Any]:
    """What may be handed over, without what a person decided to withhold; who released it is recorded.

    `withhold` names sections, or ids of records that would tell about somebody else: those go from every
    section. School records go in all their forms. Refused for a name that is neither.
    """
    if caller.reader.via == "token":
        raise Refused("A person releases an export, not a machine.", hint="Sign in and release it there.")
    body = read(caller, export_id)
    wanted = frozenset(withhold)
    unknown = wanted - body.keys() - _ids(body)
    if unknown:
        raise Refused(f"Nothing here is called {sorted(unknown)[0]!r}.", hint="Name a section or an id.")
    with caller.writing() as tx:
        row = _own(caller, tx, export_id)
        row.released_by, row.released_at, row.withheld = caller.reader.account_id, now(), sorted(wanted)
        caller.record(
            tx, Event.SUBJECT_EXPORTED, school=row.school, subject=row.pupil_id,
            export=row.id, withheld=len(wanted),
        )  # fmt: skip
    if wanted & SCHOOL_RECORDS:
        wanted |= SCHOOL_RECORDS | QUOTED_AS
    released: dict[str, Any] = _without(body, wanted)
    released["withheld"] = len(frozenset(withhold))
    return released


def _own(caller: Caller, tx: Transaction, export_id: str) -> SubjectExportRow:
    row = life_store.export(tx, export_id, caller.reader.schools)
    if row is None:
        raise NotFound("There is no such export among yours.")
    return row


def _ids(body: Any) -> set[str]:
    """The ids of all records inside an export."""
    if isinstance(body, dict):
        own = {str(body["id"])} if "id" in body else set()
        return own.union(*(_ids(value) for value in body.values()))
    if isinstance(body, list):
        return set().union(*(_ids(value) for value in body))
    return set()


def _without(body: Any, withheld: frozenset[str]) -> Any:
    """The same without sections and records of these names and ids, wherever they are spoken of."""
    if isinstance(body, dict):
        return {name: _without(value, withheld) for name, value in body.items() if name not in withheld}
    if isinstance(body, list):
        return [_without(one, withheld) for one in body if not _is_withheld(one, withheld)]
    return body


def _is_withheld(one: Any, withheld: frozenset[str]) -> bool:
    """Whether an entry is a withheld record, or its bare id in a list of ids."""
    if isinstance(one, dict):
        return str(one.get("id")) in withheld
    return isinstance(one, str) and one in withheld


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
