"""Schools: register, pause, resume, and whether each may be scored."""

from typing import Any

from data_contracts.errors import Refused
from data_contracts.schools import School, checked_school, is_synthetic
from service.core import governance, holding
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import DPO, NotAllowed, check
from service.schools import school_store
from service.schools.lines import known_school
from service.schools.school_rows import SchoolRow


def register(caller: Caller, urn: str, *, name: str, phase: str, mis: str) -> dict[str, Any]:
    """Register a school and begin its governance section. Refused for a number, phase or MIS unknown."""
    check(caller.reader, "schools.manage")
    school = checked_school(School(urn, name, phase, mis, is_synthetic(urn)))
    with caller.deployment.database.writing(caller.reader.schools) as tx:
        holding.while_it_stands(
            tx
        )  # or the pause of everything would pass a school by that comes at that moment
        if school_store.school(tx, urn) is not None:
            raise Refused(f"School {urn} is registered already.")
        row = SchoolRow(
            urn=urn, name=name, phase=phase, mis=mis, synthetic=school.synthetic, created_at=now()
        )
        others = school_store.schools(tx)
        if stopped := next((one for one in others if one.stopped_at is not None), None):
            for name in ("stopped_at", "stopped_by", "stopped_role", "stop_reason"):
                setattr(row, name, getattr(stopped, name))
        caller.record(tx, Event.SCHOOL_REGISTERED, school=urn, synthetic=school.synthetic).add(row)
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
    """Stop scoring a school and hide its suggestions at once. Refused where its officer paused it already."""
    check(caller.reader, "school.pause", urn)
    _check_reason(reason, "Say why the school is paused.")
    with caller.writing() as tx:
        holding.to_take_away(tx)
        row = known_school(tx, urn)
        if row.paused_role == DPO and caller.reader.role != DPO:
            raise Refused("The data protection officer has paused this school already.")
        row.paused_at, row.paused_by, row.pause_reason = now(), caller.reader.account_id, reason.strip()
        row.paused_role = caller.reader.role
        caller.record(tx, Event.SCHOOL_PAUSED, school=urn)


def resume(caller: Caller, urn: str, reason: str) -> None:
    """Let a paused school be scored and its suggestions be seen again.

    NotAllowed where the data protection officer paused it, for anybody else. Refused where there is nothing to
    lift but the pause of the whole deployment, which is lifted for all schools together.
    """
    check(caller.reader, "school.pause", urn)
    _check_reason(reason, "Say why the school is resumed.")
    with caller.writing() as tx:
        row = known_school(tx, urn)
        if row.paused_at is None and row.stopped_at is not None:
            raise Refused("The whole deployment is paused.", hint=who_resumes(row))
        _check_may_lift(caller, row.paused_role)
        row.paused_at, row.paused_by, row.pause_reason, row.paused_role = None, None, None, None
        caller.record(tx, Event.SCHOOL_RESUMED, school=urn)


def pause_all(caller: Caller, reason: str) -> list[str]:
    """Stop scoring every school and hide all suggestions at once: the one switch. Returns the schools.

    NotAllowed for anybody who does not reach every school.
    """
    _check_reason(reason, "Say why everything is paused.")
    with caller.writing() as tx:
        holding.to_take_away(tx)
        rows = _all_schools(caller, tx)
        if any(row.stopped_role == DPO for row in rows) and caller.reader.role != DPO:
            raise Refused("The data protection officer has paused everything already.")
        for row in rows:
            row.stopped_at, row.stopped_by, row.stop_reason = now(), caller.reader.account_id, reason.strip()
            row.stopped_role = caller.reader.role
            caller.record(tx, Event.SCHOOL_PAUSED, school=row.urn, all=True)
        return [row.urn for row in rows]


def resume_all(caller: Caller, reason: str) -> list[str]:
    """Lift the pause of the whole deployment; a school that was paused by itself stays paused. Returns the schools.

    NotAllowed where the data protection officer paused it, for anybody else.
    """
    _check_reason(reason, "Say why everything is resumed.")
    with caller.writing() as tx:
        rows = [row for row in _all_schools(caller, tx) if row.stopped_at is not None]
        if not rows:
            raise Refused("The deployment is not paused.")
        for row in rows:
            _check_may_lift(caller, row.stopped_role)
            row.stopped_at, row.stopped_by, row.stop_reason, row.stopped_role = None, None, None, None
            caller.record(tx, Event.SCHOOL_RESUMED, school=row.urn, all=True)
        return [row.urn for row in rows]


def all_paused(caller: Caller) -> bool:
    """Whether the whole deployment is paused."""
    with caller.reading() as tx:
        return any(row.stopped_at is not None for row in school_store.schools(tx))


def who_resumes(row: SchoolRow) -> str:
    """Who may lift the pause that stands in the way, and how."""
    whole = row.stopped_at is not None
    if (row.stopped_role if whole else row.paused_role) == DPO:
        return "The data protection officer paused it and can resume it on the page Schools."
    return (
        f"Resume it on the page Schools or with: belong resume {'--all' if whole else row.urn} --reason ..."
    )


def _all_schools(caller: Caller, tx: Transaction) -> list[SchoolRow]:
    """Every school, for somebody who may pause them all."""
    check(caller.reader, "deployment.pause")
    rows = school_store.schools(tx)
    if not {row.urn for row in rows} <= caller.reader.schools:
        raise NotAllowed(
            "Only someone who looks after every school can pause them all.", hint="Pause your own schools."
        )
    if not rows:
        raise Refused("There is no school yet.")
    return rows


def _check_may_lift(caller: Caller, role: str | None) -> None:
    if role == DPO and caller.reader.role != DPO:
        raise NotAllowed(
            "The data protection officer paused this, and only they can resume it.",
            hint="Ask them; they do it on the page Schools.",
        )


def _check_reason(reason: str, message: str) -> None:
    if not reason.strip():
        raise Refused(message)


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
    if row.halted_at is not None:
        return "paused"
    try:
        governance.check_governance(caller.deployment.home, row.urn, synthetic=row.synthetic)
    except Refused:
        return "waits for governance.toml"
    return "synthetic" if row.synthetic else "ready"
