"""Closing a suggestion, for API and pages alike: of what is published, once, and in sight of what stands."""

from dataclasses import dataclass

from data_contracts.errors import BelongError, Refused
from service.core import once_store
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.pupils.cards import own_pupil
from service.schools import known_school
from service.scoring import score_store
from service.support import Decided, Decision, Known, SupportPlan, decisions, support_store, supports


@dataclass(frozen=True)
class Closing:
    """What a person decides. `seen` is the id of the decision they saw standing ("" for none); None where
    nobody said, and then whatever stands is replaced."""

    term: str
    kind: Decision
    known: Known
    why: str = ""
    plan: SupportPlan | None = None
    seen: str | None = None


class DecidedMeanwhile(BelongError):
    """Somebody decided after the reader last looked: what stands, for them to see before they replace it."""

    http_status = 412

    def __init__(self, standing: Decided | None) -> None:
        said = "The decision you saw has been removed meanwhile."
        if standing is not None:
            why = f": “{standing.why}”" if standing.why else ""
            said = f"{standing.by} decided meanwhile: {standing.done_words}{why}."
        super().__init__(said, hint="Save yours only if it is still right.")
        self.standing = standing


def close(caller: Caller, tx: Transaction, pupil_id: str, closing: Closing) -> None:
    """Keep a decision, and start the support that comes with it.

    Raises NotFound for another's pupil, Refused where nothing is published about them for the term or the menu
    holds no place, DecidedMeanwhile where another decision stands than the reader saw.
    """
    school = own_pupil(caller, tx, pupil_id).school
    check(caller.reader, "pupil.decide", school)
    support_store.in_turn(tx, school)
    _check_published(caller, tx, school, pupil_id, closing.term)
    standing = decisions.latest(tx, school, [closing.term]).get((pupil_id, closing.term))
    if closing.seen is not None and closing.seen != (standing.id if standing else ""):
        raise DecidedMeanwhile(standing)
    support_id = None
    if closing.plan is not None:
        support_id = supports.begin(tx, caller.reader, school, pupil_id, closing.plan)
    decisions.decide(
        tx, caller.reader, school, pupil_id, closing.term,
        kind=closing.kind, known=closing.known, why=closing.why, support_id=support_id,
    )  # fmt: skip


def sent_before(caller: Caller, tx: Transaction, form_id: str) -> bool:
    """Whether this very form was kept already: a second press of its button changes nothing."""
    return bool(form_id) and once_store.used(tx, caller.reader.account_id, f"form:{form_id}")


def _check_published(caller: Caller, tx: Transaction, school: str, pupil_id: str, term: str) -> None:
    found = score_store.score(tx, pupil_id, term, caller.reader.schools)
    if not found or known_school(tx, school).paused_at is not None:
        raise Refused(
            "Nothing is published about this pupil for this term, so there is nothing to decide.",
            hint="Support can start without a suggestion.",
        )
