"""Marks that keep a pupil out of scoring and training. Staff see no reason, and support stays open."""

from typing import Any

from data_contracts.errors import Refused
from pipelines.identity import KINDS, alias_hash
from service.core import engine, holding
from service.core.audit import Event, Recorded
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import widened
from service.core.permissions import NotFound, check
from service.records import DoNotScoreRow
from service.rights import life_store

REASONS = ("objection", "restricted", "other")
KEPT_OUT = "kept_out"
"""The code of why a marked pupil has no figure; staff see no reason behind it."""


def mark(caller: Caller, pupil_id: str, reason: str) -> str:
    """Keep a pupil out from now on, at every school of the deployment; what was published loses their figures at
    once. Returns the mark's schools.

    Raises Refused for an unknown reason or a pupil who is marked, NotFound for one nobody knows.
    """
    check(caller.reader, "subject.mark")
    if reason not in REASONS:
        raise Refused("That reason is not known.", hint=f"One of: {', '.join(REASONS)}.")
    with caller.writing() as tx:
        holding.to_take_away(tx)
        schools = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
        if not schools:
            raise NotFound("There is no such pupil among yours.")
        if life_store.open_mark(tx, pupil_id, schools) is not None:
            raise Refused("This pupil is marked already.")
        for school in sorted(schools):
            row = DoNotScoreRow(
                pupil_id=pupil_id, school=school, reason=reason, by=caller.reader.account_id, at=now()
            )
            told = caller.record(tx, Event.DO_NOT_SCORE_SET, school=school, subject=pupil_id)
            told.add(row)
        _blank_everywhere(told, pupil_id)
    return ",".join(sorted(schools))


def _blank_everywhere(told: Recorded, pupil_id: str) -> None:
    """Also where the pupil has moved to since: the mark goes with them, whoever set it."""
    everywhere = engine.all_urns(told.tx)
    with widened(told.tx, everywhere):
        life_store.blank_scores(told, pupil_id, everywhere, KEPT_OUT)


def unmark(caller: Caller, pupil_id: str) -> None:
    """End a pupil's mark; figures are made again from the next publication on. NotFound where there is none."""
    check(caller.reader, "subject.mark")
    with caller.writing() as tx:
        ended = False
        while (row := life_store.open_mark(tx, pupil_id, caller.reader.schools)) is not None:
            row.ended_at, ended = now(), True
            tx.flush()
            caller.record(tx, Event.DO_NOT_SCORE_ENDED, school=row.school, subject=pupil_id)
        if not ended:
            raise NotFound("This pupil is not marked.")


def marked(caller: Caller) -> list[dict[str, Any]]:
    """The marks that stand at the caller's schools."""
    check(caller.reader, "subject.mark")
    with caller.reading() as tx:
        return [
            {"pupil_id": row.pupil_id, "school": row.school, "reason": row.reason, "since": row.at}
            for row in life_store.marks(tx, caller.reader.schools)
        ]


def pupil_known_as(caller: Caller, school: str, identifier: str) -> str:
    """The pupil_id behind a UPN, admission number or MIS id; NotFound where nobody has it.

    So a request that names a pupil can be met by someone who never opens a roll.
    """
    check(caller.reader, "subject.mark", school)
    key = caller.deployment.home.alias_key()
    with caller.reading() as tx:
        for kind in KINDS:
            found = life_store.pupil_by_alias(tx, alias_hash(key, kind, school, identifier))
            if found is not None and life_store.schools_of_pupil(tx, found, caller.reader.schools):
                return found
    raise NotFound("Nobody at this school is known by that.", hint="Check the UPN or admission number.")
