"""A pupil's card, readable in a minute, and what people write on it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form, Path, Query
from fastapi.responses import HTMLResponse, Response
from starlette.responses import RedirectResponse

from service.core import clock
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.taking import Line, Term, Text
from service.pupils import card_history, card_parts
from service.pupils.card_parts import RecordLine, Similar, ThemePanel
from service.pupils.cards import Card, card_for, own_pupil, readers_of
from service.shell import charts
from service.shell.access import checked_form, needs
from service.shell.frames import ROLE_WORDS, frame_for, term_words
from service.shell.rendering import Page, render
from service.support import (
    DECISION_WORDS,
    LEANING_WORDS,
    LIST_WORDS,
    Decided,
    FlagList,
    Leaning,
    PupilRecord,
    decisions,
    menu,
    notes,
    offers_that_fit,
    record_of,
)

router = APIRouter(include_in_schema=False)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$")]
TermQuery = Annotated[str | None, Query(pattern=r"^[0-9]{4}-(autumn|spring|summer)$")]
Words = Annotated[Text, Form(max_length=2000)]
Reads = Annotated[Caller, Depends(needs("pupil.read"))]
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]


@dataclass(frozen=True)
class CardPage(Page):
    """Everything a card shows about one pupil to one reader."""

    template: ClassVar[str] = "pupils/card.html"

    pupil_id: str
    school: str
    year_and_form: str
    entry: Any
    left_on: Any
    term: str | None
    term_words: str
    as_of: Any
    ends_on: Any
    ended: bool
    suggested: bool
    new: bool
    list_words: str
    cannot_say: str | None
    ask_view_first: bool
    leanings: tuple[tuple[str, str], ...]
    reasons: tuple[ThemePanel, ...]
    further: tuple[ThemePanel, ...]
    well: tuple[str, ...]
    later: tuple[RecordLine, ...]
    later_shown: int
    chart: charts.BarChart | None
    similar: Similar | None
    timeline: charts.Timeline
    records: tuple[RecordLine, ...]
    since: card_history.SinceLastTerm | None
    responses: dict[str, card_history.Shown]
    sen: card_history.SenPicture
    record: PupilRecord
    decision: Decided | None
    answers: tuple[tuple[str, str], ...]
    could_help: tuple[tuple[str, str], ...]
    why: str
    seen_by: tuple[tuple[str, str], ...]
    decidable: bool


@router.get("/pupils/{pupil_id}")
def read_card(caller: Reads, pupil_id: PupilPath, term: TermQuery = None) -> HTMLResponse:
    """The card of one pupil; reading it is written to the audit log."""
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id, term)
        page = _page(caller, tx, card)
    return render(page, frame_for(caller, section="term", synthetic=card.synthetic))


def _page(caller: Caller, tx: Transaction, card: Card) -> CardPage:
    facts, today = card.facts, clock.today()
    written = record_of(card.read, caller.reader, facts.school, facts.pupil_id, card.term)
    first = _view_is_due(caller, tx, card, written)
    readers = readers_of(tx, facts.school, facts.nc_year)
    return CardPage(
        card_parts.called(facts),
        pupil_id=facts.pupil_id,
        school=facts.school,
        year_and_form=card_parts.year_and_form(facts),
        entry=facts.entry_date,
        left_on=card.left_on,
        term=card.term,
        term_words=term_words(card.term) if card.term else "",
        as_of=card.as_of,
        ends_on=card.ends_on,
        ended=has_ended(card, today),
        suggested=card.flagged,
        new=card.new,
        list_words=LIST_WORDS[FlagList(card.flag_list)] if card.flag_list else "",
        cannot_say=card.no_figure,
        ask_view_first=first,
        leanings=tuple((str(key), words) for key, words in LEANING_WORDS.items()),
        reasons=() if first else card_parts.panels(card, written.supports, today),
        further=() if first else card_parts.further(card, written.supports, today),
        well=card_parts.going_well(card, written.supports, today),
        later=card_parts.since(card),
        later_shown=card_parts.LATER_SHOWN,
        chart=None if first else card_parts.theme_chart(card),
        similar=None if first else card_parts.similar(card),
        timeline=card_parts.timeline_chart(card, written.supports),
        records=card_parts.recent_records(card),
        since=None if first else _since(card, written, today),
        responses=card_history.responses(card, written.supports),
        sen=card_history.sen_picture(card, written.supports, today),
        record=written,
        decision=written.decisions.get(card.term) if card.term else None,
        answers=tuple((str(key), words) for key, words in DECISION_WORDS.items()),
        could_help=_could_help(tx, card) if card.flagged and card.decidable and not first else (),
        why=card.why,
        seen_by=tuple((one["name"], ROLE_WORDS[one["role"]]) for one in readers),
        decidable=card.decidable,
    )


def has_ended(card: Card, today: date) -> bool:
    """Whether the list shown is over: its last day has passed, or a later term's list has been made."""
    past = card.ends_on is not None and today > card.ends_on
    return past or bool(card.terms and card.term != card.terms[0])


def _since(card: Card, written: PupilRecord, today: date) -> card_history.SinceLastTerm | None:
    return card_history.since_last_term(card, written.supports, card.as_of or today, today)


def _could_help(tx: Transaction, card: Card) -> tuple[tuple[str, str], ...]:
    """What the school's menu holds for these reasons: (id, words)."""
    offers = fitting_offers(card, menu.menu(tx, card.facts.school))
    return tuple((one.id, card_parts.offer_words(one)) for one in offers[: card_parts.FITTING_SHOWN])


def fitting_offers(card: Card, offers: list[menu.Offer]) -> list[menu.Offer]:
    """The offers that fit a card."""
    return offers_that_fit(offers, card.account, card.records) if card.account else []


def _view_is_due(caller: Caller, tx: Transaction, card: Card, written: PupilRecord) -> bool:
    """Whether this reader must write their own view before the reasons are shown."""
    if not (card.flagged and card.decidable) or written.has_view_of(caller.reader):
        return False
    return menu.view_first(tx, card.facts.school)


@router.post("/pupils/{pupil_id}/view", dependencies=[Depends(checked_form)])
def write_view(
    caller: Decides,
    pupil_id: PupilPath,
    term: Annotated[Term, Form()],
    leaning: Annotated[Leaning, Form()] = Leaning.unsure,
    words: Words = "",
) -> Response:
    """Keep what a person thinks, before or beside the reasons."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        decisions.record_view(tx, caller.reader, school, pupil_id, term, leaning, words)
    return back(pupil_id)


@router.post("/pupils/{pupil_id}/notes", dependencies=[Depends(checked_form)])
def write_note(
    caller: Decides,
    pupil_id: PupilPath,
    note: Words = "",
    restricted: Annotated[Line, Form()] = "",
) -> Response:
    """Write a note."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        notes.write_note(tx, caller.reader, school, pupil_id, note, restricted=restricted == "yes")
    return back(pupil_id, "notes")


@router.post("/pupils/{pupil_id}/known-by", dependencies=[Depends(checked_form)])
def say_known(
    caller: Decides, pupil_id: PupilPath, how: Annotated[Line, Form(max_length=200)] = ""
) -> Response:
    """Put the pupil among the reader's own."""
    with caller.writing() as tx:
        notes.say_known(tx, caller.reader, own_pupil(caller, tx, pupil_id).school, pupil_id, how)
    return back(pupil_id)


def back(pupil_id: str, part: str = "") -> Response:
    """To the card, at the part just changed."""
    return RedirectResponse(f"/pupils/{pupil_id}{'#' + part if part else ''}", 303)
