"""Schools: register, pause, resume, and whether each may be scored."""

from typing import Any

from data_contracts.errors import Refused
from data_contracts.schools import School, checked_school, is_synthetic
from service import governance
from service.audit import Event
from service.callers import Caller
from service.db import school_store
from service.db.base import now
from service.db.school_rows import SchoolRow
from service.permissions import check
from service.reads.schools import known_school


def register(caller: Caller, urn: str, *, name: str, phase: str, mis: str) -> dict[str, Any]:
    """Register a school and begin its governance section. Refused for a number, phase or MIS unknown."""
    check(caller.reader, "schools.manage")
    school = checked_school(School(urn, name, phase, mis, is_synthetic(urn)))
    with caller.deployment.database.writing(caller.reader.schools) as tx:
        if school_store.school(tx, urn) is not None:
            raise Refused(f"School {urn} is registered already.")
        row = SchoolRow(
            urn=urn, name=name, phase=phase, mis=mis, synthetic=school.synthetic, created_at=now()
        )
        school_store.add(tx, row)
        caller.record(tx, Event.SCHOOL_REGISTERED, school=urn, synthetic=school.synthetic)
    if school.synthetic:
        return {"urn": urn, "name": name, "synthetic": True, "next": "It is synthetic and may be scored."}
    path = governance.add_school(caller.deployment.home, urn, name)
    return {
        "urn": urn,
        "name": name,
        "synthetic": False,
        "next": f"Complete {path} with your data protection officer before anything is scored.",
    }


def pause(caller: Caller, urn: str, reason: str) -> None:
    """Stop scoring a school and hide its suggestions at once."""
    check(caller.reader, "school.pause", urn)
    if not reason.strip():
        raise Refused("Say why the school is paused.")
    with caller.writing() as tx:
        row = known_school(tx, urn)
        row.paused_at, row.paused_by, row.pause_reason = now(), caller.reader.account_id, reason.strip()
        caller.record(tx, Event.SCHOOL_PAUSED, school=urn)


def resume(caller: Caller, urn: str, reason: str) -> None:
    """Let a paused school be scored and its suggestions be seen again."""
    check(caller.reader, "school.pause", urn)
    if not reason.strip():
        raise Refused("Say why the school is resumed.")
    with caller.writing() as tx:
        row = known_school(tx, urn)
        row.paused_at, row.paused_by, row.pause_reason = None, None, None
        caller.record(tx, Event.SCHOOL_RESUMED, school=urn)


def states(caller: Caller) -> list[dict[str, Any]]:
    """The reader's schools, each with a word on whether it may be scored."""
    with caller.reading() as tx:
        rows = school_store.schools(tx, caller.reader.schools)
    return [
        {
            "urn": row.urn,
            "name": row.name,
            "phase": row.phase,
            "mis": row.mis,
            "synthetic": row.synthetic,
            "state": _state(caller, row),
        }
        for row in rows
    ]


def _state(caller: Caller, row: SchoolRow) -> str:
    if row.paused_at is not None:
        return "paused"
    try:
        governance.check_governance(caller.deployment.home, row.urn, synthetic=row.synthetic)
    except Refused:
        return "waits for governance.toml"
    return "synthetic" if row.synthetic else "ready"
