"""Closing a suggestion, for API and pages alike: of what is published, once, and in sight of what stands."""

from dataclasses import dataclass

from data_contracts.errors import Refused
from service.core.audit import Told, unaudited
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.pupils.cards import own_pupil
from service.schools import known_school
from service.scoring import score_store
from service.support import (
    KNOWN_WORDS,
    Decided,
    Decision,
    Known,
    Meanwhile,
    SupportPlan,
    decisions,
    support_store,
    supports,
)


@dataclass(frozen=True)
class Closing:
    """What a person decides. `seen` is the id of the decision they saw standing, "" for none."""

    term: str
    kind: Decision
    known: Known
    why: str = ""
    plan: SupportPlan | None = None
    seen: str = ""


class DecidedMeanwhile(Meanwhile):
    """Another decision stands than the one the reader saw: for them to see before they replace it."""

    def __init__(self, standing: Decided | None, closing: Closing) -> None:
        said, stands = "The decision you saw has been removed meanwhile.", {}
        if standing is not None:
            why = f": “{standing.why}”" if standing.why else ""
            said = f"{standing.by} decided meanwhile: {standing.done_words}{why}."
            stands = {"id": standing.id, "decision": str(standing.kind), "known": standing.known}
            stands |= {"why": standing.why, "by": standing.by, "at": standing.at.isoformat()}
        yours = {
            "decision": str(closing.kind),
            "known": KNOWN_WORDS[closing.known],
            "why": closing.why.strip(),
        }
        super().__init__(said, stands, yours)


def close(caller: Caller, tx: Transaction, pupil_id: str, closing: Closing) -> None:
    """Keep a decision, and start the support that comes with it.

    Raises NotFound for another's pupil, Refused where nothing is published about them for the term or the menu
    holds no place, DecidedMeanwhile where another decision stands than the reader saw.
    """
    school = own_pupil(caller, tx, pupil_id).school
    check(caller.reader, "pupil.decide", school)
    support_store.in_turn(tx, school)
    read = unaudited(tx, "what was decided before is compared; the new decision is told")
    _check_published(caller, read, school, pupil_id, closing.term)
    standing = decisions.latest(read, school, [closing.term]).get((pupil_id, closing.term))
    if closing.seen != (standing.id if standing else ""):
        raise DecidedMeanwhile(standing, closing)
    support_id = None
    if closing.plan is not None:
        support_id = supports.begin(tx, caller.reader, school, pupil_id, closing.plan)
    decisions.decide(
        tx, caller.reader, school, pupil_id, closing.term,
        kind=closing.kind, known=closing.known, why=closing.why, support_id=support_id,
    )  # fmt: skip


def _check_published(caller: Caller, read: Told, school: str, pupil_id: str, term: str) -> None:
    found = score_store.score(read, pupil_id, term, caller.reader.schools)
    if not found or known_school(read.tx, school).paused_at is not None:
        raise Refused(
            "Nothing is published about this pupil for this term, so there is nothing to decide.",
            hint="Support can start without a suggestion.",
        )
