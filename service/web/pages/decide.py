"""Close a suggestion in two clicks: support, already supported, not now, or the records are wrong."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from data_contracts.errors import Refused
from service.access import checked_form, needs
from service.callers import Caller
from service.db.base import now
from service.db.engine import Transaction
from service.reads import card_for
from service.reads.cards import own_pupil
from service.reads.schools import known_school
from service.support import decided, given, offered
from service.support.given import REVIEW_AFTER, SupportPlan
from service.support.offered import Offer
from service.support.words import DECISION_WORDS, KNOWN_WORDS, Decision, Known
from service.web.frames import frame_for, term_words
from service.web.pages import card_parts
from service.web.pages.card import PupilPath, Words, back
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]
TERM = r"^[0-9]{4}-(autumn|spring|summer)$"
OWN_WORDS = "own"


@dataclass(frozen=True)
class DecidePage(Page):
    """The decision form, with the menu in the order in which the reasons point to it."""

    template: ClassVar[str] = "card/decide.html"

    pupil_id: str
    name: str
    term: str
    term_words: str
    decisions: tuple[tuple[str, str], ...]
    known: tuple[tuple[str, str], ...]
    fitting: tuple[Offer, ...]
    others: tuple[Offer, ...]
    checklist: tuple[str, ...]
    who: str
    starts: str
    review_on: str
    chosen: str = ""
    known_chosen: str = ""
    why: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DecisionForm:
    """What came back from the form, as text."""

    decision: Annotated[str, Form(max_length=20)] = ""
    known: Annotated[str, Form(max_length=20)] = ""
    why: Words = ""
    offer: Annotated[str, Form(max_length=40)] = ""
    own_words: Annotated[str, Form(max_length=200)] = ""
    who: Annotated[str, Form(max_length=200)] = ""
    starts: Annotated[str, Form(max_length=10)] = ""
    review_on: Annotated[str, Form(max_length=10)] = ""


@router.get("/pupils/{pupil_id}/decide")
def ask(caller: Decides, pupil_id: PupilPath) -> HTMLResponse:
    """The form."""
    return _form(caller, pupil_id, None, {})


@router.post("/pupils/{pupil_id}/decide", dependencies=[Depends(checked_form)])
def decide(
    caller: Decides,
    pupil_id: PupilPath,
    term: Annotated[str, Form(pattern=TERM)],
    sent: Annotated[DecisionForm, Depends()],
) -> Response:
    """Keep the decision, and begin the support where one was chosen."""
    errors = _missing(sent)
    if not errors:
        try:
            _keep(caller, pupil_id, term, sent)
        except (Refused, ValueError) as error:
            errors = {"why" if sent.decision != Decision.support else "offer": str(error)}
    return _form(caller, pupil_id, sent, errors) if errors else back(pupil_id)


def _missing(sent: DecisionForm) -> dict[str, str]:
    errors = {}
    if sent.decision not in list(Decision):
        errors["decision"] = "Choose one of the four answers."
    if sent.known not in list(Known):
        errors["known"] = "Say whether you knew already."
    if sent.decision == Decision.support and not (sent.offer or sent.own_words.strip()):
        errors["offer"] = "Choose what support begins, or write your own."
    if sent.decision in (Decision.not_now, Decision.data_wrong) and not sent.why.strip():
        errors["why"] = "Say why, in a few words."
    return errors


def _keep(caller: Caller, pupil_id: str, term: str, sent: DecisionForm) -> None:
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        kind = Decision(sent.decision)
        support_id = _begin(caller, tx, school, pupil_id, sent) if kind is Decision.support else None
        decided.decide(
            tx, caller.reader, school, pupil_id, term,
            kind=kind, known=Known(sent.known), why=sent.why, support_id=support_id,
        )  # fmt: skip


def _begin(caller: Caller, tx: Transaction, school: str, pupil_id: str, sent: DecisionForm) -> str:
    offer = next((one for one in offered.menu(tx, school) if one.id == sent.offer), None)
    if offer is not None and offer.left == 0:
        raise Refused(f"“{offer.name}” is full.", hint="Choose another support, or end one that is over.")
    plan = SupportPlan(
        name=sent.own_words.strip() or (offer.name if offer else ""),
        who=sent.who,
        starts=_day(sent.starts) or now().date(),
        review_on=_day(sent.review_on),
        menu_id=offer.id if offer and not sent.own_words.strip() else None,
    )
    return given.begin(tx, caller.reader, school, pupil_id, plan)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("Write dates as year-month-day, such as 2026-09-14.") from None


def _form(caller: Caller, pupil_id: str, sent: DecisionForm | None, errors: dict[str, str]) -> HTMLResponse:
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id)
        if card.term is None or card.explanation is None:
            raise Refused("Nothing is published about this pupil yet, so there is nothing to decide.")
        school = known_school(tx, card.facts.school)
        menu = offered.menu(tx, school.urn)
    manifest = caller.deployment.manifest(card.explanation["model_id"])
    abouts = card_parts.suggested_abouts(manifest, card.explanation)
    today = now().date()
    name = card_parts.called(card.facts)
    page = DecidePage(
        f"Decide what happens next for {name}",
        pupil_id=pupil_id,
        name=name,
        term=card.term,
        term_words=term_words(card.term),
        decisions=tuple((str(key), words) for key, words in DECISION_WORDS.items()),
        known=tuple((str(key), words) for key, words in KNOWN_WORDS.items()),
        fitting=tuple(one for one in menu if one.about in abouts),
        others=tuple(one for one in menu if one.about not in abouts),
        checklist=checklist(card_parts.sen_provision(card)),
        who=sent.who if sent else caller.reader.name,
        starts=sent.starts if sent else today.isoformat(),
        review_on=sent.review_on if sent else (today + REVIEW_AFTER).isoformat(),
        chosen=sent.decision if sent else "",
        known_chosen=sent.known if sent else "",
        why=sent.why if sent else "",
        errors=errors,
    )
    frame = frame_for(caller, section="term", synthetic=school.synthetic)
    return render(page, frame, status=422 if errors else 200)


def checklist(provision: str | None) -> tuple[str, ...]:
    """Who must be part of a review, by what is recorded: reminders, never a score."""
    lines = ["The pupil, in their own words", "A parent or carer, invited and heard"]
    if provision in ("K", "E"):
        lines.append("The SENDCo, with the adjustments tried so far")
    if provision == "E":
        lines.append("The local authority, if the plan should be reviewed early")
    lines.append("If the pupil is looked after: the virtual school and the designated teacher")
    lines.append("If there is a social worker: invited")
    return tuple(lines)
