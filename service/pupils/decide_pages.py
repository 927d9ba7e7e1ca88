"""Close a suggestion in two clicks: support, already supported, not now, or the records are wrong."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response

from data_contracts.errors import Refused
from service.core import clock
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.taking import Line, Term, checked_day
from service.pupils import card_parts, closing
from service.pupils.cards import card_for, own_pupil
from service.pupils.closing import Closing, DecidedMeanwhile
from service.pupils.pages import PupilPath, Words, back, fitting_offers
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for, term_words
from service.shell.rendering import Page, render
from service.support import (
    DECISION_HINTS,
    DECISION_WORDS,
    REVIEW_AFTER,
    Decision,
    Known,
    Offer,
    SupportPlan,
    checklist_for,
    decisions,
    menu,
)

router = APIRouter(include_in_schema=False)
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]
TITLES = {
    Decision.support: "Start support for {name}",
    Decision.already: "{name} is supported already",
    Decision.not_now: "Not now for {name}",
    Decision.data_wrong: "The records about {name} are wrong",
}


@dataclass(frozen=True)
class DecidePage(Page):
    """The four answers, or the short form of the one chosen."""

    template: ClassVar[str] = "pupils/decide.html"

    pupil_id: str
    name: str
    term: str
    term_words: str
    answers: tuple[tuple[str, str, str], ...]
    chosen: str
    chosen_words: str
    fitting: tuple[tuple[str, str], ...]
    others: tuple[Offer, ...]
    checklist: tuple[str, ...]
    seen: str
    sent: "DecisionForm"
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DecisionForm:
    """What came back from the form, as text."""

    decision: Annotated[Line, Form(max_length=20)] = ""
    known: Annotated[Line, Form(max_length=20)] = ""
    why: Words = ""
    offer: Annotated[Line, Form(max_length=40)] = ""
    other: Annotated[Line, Form(max_length=40)] = ""
    own_words: Annotated[Line, Form(max_length=200)] = ""
    who: Annotated[Line, Form(max_length=200)] = ""
    starts: Annotated[Line, Form(max_length=10)] = ""
    until: Annotated[Line, Form(max_length=10)] = ""
    review_on: Annotated[Line, Form(max_length=10)] = ""
    seen: Annotated[Line, Form(max_length=40)] = ""

    @property
    def from_menu(self) -> str:
        """The line of the menu that was chosen: from all of it, or among those that fit."""
        return self.other or self.offer


@router.get("/pupils/{pupil_id}/decide")
def ask(
    caller: Decides,
    pupil_id: PupilPath,
    decision: Annotated[Line, Query(max_length=20)] = "",
    offer: Annotated[Line, Query(max_length=40)] = "",
) -> HTMLResponse:
    """The four answers; or, where `decision` names one, its form, with `offer` chosen."""
    today = clock.today()
    blank = DecisionForm(
        decision=decision if decision in list(Decision) else "",
        offer=offer,
        who=caller.reader.name,
        starts=today.isoformat(),
        review_on=(today + REVIEW_AFTER).isoformat(),
    )
    return _form(caller, pupil_id, blank, {})


@router.post("/pupils/{pupil_id}/decide", dependencies=[Depends(checked_form)])
def decide(
    caller: Decides,
    pupil_id: PupilPath,
    term: Annotated[Term, Form()],
    sent: Annotated[DecisionForm, Depends()],
) -> Response:
    """Keep the decision, and begin the support where one was chosen."""
    errors = _missing(sent)
    if not errors:
        try:
            _keep(caller, pupil_id, term, sent)
        except DecidedMeanwhile as error:
            return _form(caller, pupil_id, sent, {"decision": str(error)}, status=412)
        except (Refused, ValueError) as error:
            errors = {"why" if sent.decision != Decision.support else "offer": str(error)}
    return _form(caller, pupil_id, sent, errors) if errors else back(pupil_id)


def _missing(sent: DecisionForm) -> dict[str, str]:
    errors = {}
    if sent.decision not in list(Decision):
        errors["decision"] = "Choose one of the four answers."
    elif sent.known not in list(Known):
        errors["known"] = "Say whether you knew already."
    if sent.decision == Decision.support and not (sent.from_menu or sent.own_words.strip()):
        errors["offer"] = "Choose what support begins, or write your own."
    if sent.decision in (Decision.not_now, Decision.data_wrong) and not sent.why.strip():
        errors["why"] = "Say why, in a few words."
    return errors


def _keep(caller: Caller, pupil_id: str, term: str, sent: DecisionForm) -> None:
    """Keep what was sent."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        kind = Decision(sent.decision)
        plan = _plan(tx, school, sent) if kind is Decision.support else None
        closing.close(
            caller, tx, pupil_id, Closing(term, kind, Known(sent.known), sent.why, plan, seen=sent.seen)
        )


def _plan(tx: Transaction, school: str, sent: DecisionForm) -> SupportPlan:
    offer = next((one for one in menu.menu(tx, school) if one.id == sent.from_menu), None)
    own = sent.own_words.strip()
    return SupportPlan(
        name=own or (offer.name if offer else ""),
        who=sent.who,
        starts=checked_day(sent.starts) or clock.today(),
        until=checked_day(sent.until),
        review_on=checked_day(sent.review_on),
        menu_id=offer.id if offer and not own else None,
    )


def _form(
    caller: Caller, pupil_id: str, sent: DecisionForm, errors: dict[str, str], *, status: int = 422
) -> HTMLResponse:
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id)
        if card.term is None or card.model_id is None:
            raise Refused("Nothing is published about this pupil yet, so there is nothing to decide.")
        offers = menu.menu(tx, card.facts.school)
        stands = decisions.latest(card.read, card.facts.school, [card.term]).get((pupil_id, card.term))
    fitting = fitting_offers(card, offers)
    if "offer" in errors and not fitting:
        errors = {"own_words": errors["offer"]}
    chosen = Decision(sent.decision) if sent.decision in list(Decision) else None
    name = card_parts.called(card.facts)
    page = DecidePage(
        TITLES[chosen].format(name=name) if chosen else f"Decide what happens next for {name}",
        pupil_id=pupil_id,
        name=name,
        term=card.term,
        term_words=term_words(card.term),
        answers=tuple((str(key), words, DECISION_HINTS[key]) for key, words in DECISION_WORDS.items()),
        chosen=str(chosen or ""),
        chosen_words=DECISION_WORDS[chosen] if chosen else "",
        fitting=tuple((one.id, card_parts.offer_words(one)) for one in fitting[: card_parts.FITTING_SHOWN]),
        others=tuple(offers),
        checklist=checklist_for(card_parts.sen_provision(card), card.events, card.term),
        seen=stands.id if stands else "",
        sent=sent,
        errors=errors,
    )
    frame = frame_for(caller, section="term", synthetic=card.synthetic)
    return render(page, frame, status=status if errors else 200)
