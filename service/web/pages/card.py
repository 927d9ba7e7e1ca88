"""A pupil's card, readable in a minute, and what people write on it."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form, Path, Query
from fastapi.responses import HTMLResponse, Response
from starlette.responses import RedirectResponse

from data_contracts.schools import is_synthetic
from service.access import checked_form, needs
from service.callers import Caller
from service.db.engine import Transaction
from service.reads import card_for, who_can_see
from service.reads.cards import Card, own_pupil
from service.support import decided, given, offered, said
from service.support.decided import Decided, View
from service.support.given import Support
from service.support.said import KnownBy, Note, Voice
from service.support.words import LEANING_WORDS, LIST_WORDS, FlagList, Leaning
from service.web import charts
from service.web.frames import ROLE_WORDS, frame_for, term_words
from service.web.pages import card_parts
from service.web.pages.card_parts import ReasonGroup, RecordLine, Similar
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$")]
TermQuery = Annotated[str | None, Query(pattern=r"^[0-9]{4}-(autumn|spring|summer)$")]
Words = Annotated[str, Form(max_length=2000)]
Reads = Annotated[Caller, Depends(needs("pupil.read"))]
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]


@dataclass(frozen=True)
class CardPage(Page):
    """Everything a card shows about one pupil to one reader."""

    template: ClassVar[str] = "card/card.html"

    pupil_id: str
    school: str
    year_and_form: str
    entry: Any
    term: str | None
    term_words: str
    suggested: bool
    new: bool
    list_words: str
    cannot_say: str | None
    ask_view_first: bool
    views: tuple[View, ...]
    leanings: tuple[tuple[str, str], ...]
    groups: tuple[ReasonGroup, ...]
    strengths: tuple[str, ...]
    chart: charts.BarChart | None
    similar: Similar | None
    timeline: charts.Timeline
    records: tuple[RecordLine, ...]
    sen: tuple[RecordLine, ...]
    voice: Voice | None
    known_by: tuple[KnownBy, ...]
    supports: tuple[Support, ...]
    notes: tuple[Note, ...]
    decision: Decided | None
    why: str
    seen_by: tuple[tuple[str, str], ...]
    decidable: bool


@router.get("/pupils/{pupil_id}")
def read_card(caller: Reads, pupil_id: PupilPath, term: TermQuery = None) -> HTMLResponse:
    """The card of one pupil; reading it is written to the audit log."""
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id, term)
        page = _page(caller, tx, card)
    synthetic = is_synthetic(card.facts.school)
    return render(page, frame_for(caller, section="term", synthetic=synthetic))


def _page(caller: Caller, tx: Transaction, card: Card) -> CardPage:
    school, pupil_id = card.facts.school, card.facts.pupil_id
    body = card.explanation
    first = _view_is_due(caller, tx, card)
    shown = body if body and not body["abstained"] and not first else None
    supports = tuple(given.of_pupil(tx, school, pupil_id))
    voices = said.voice(tx, school, pupil_id)
    return CardPage(
        card_parts.called(card.facts),
        pupil_id=pupil_id,
        school=school,
        year_and_form=card_parts.year_and_form(card.facts),
        entry=card.facts.entry_date,
        term=card.term,
        term_words=term_words(card.term) if card.term else "",
        suggested=card.flagged,
        new=card.new,
        list_words=LIST_WORDS[FlagList(card.flag_list)] if card.flag_list else "",
        cannot_say=body["abstained"] if body else None,
        ask_view_first=first,
        views=tuple(decided.views(tx, school, pupil_id, card.term)) if card.term else (),
        leanings=tuple((str(key), words) for key, words in LEANING_WORDS.items()),
        groups=card_parts.reason_groups(shown) if shown else (),
        strengths=card_parts.going_well(card),
        chart=card_parts.contribution_chart(shown) if shown else None,
        similar=card_parts.similar(shown) if shown else None,
        timeline=card_parts.timeline_chart(card, supports),
        records=card_parts.recent_records(card),
        sen=card_parts.sen_lines(card),
        voice=voices[0] if voices else None,
        known_by=tuple(said.known_by(tx, school, pupil_id)),
        supports=supports,
        notes=tuple(said.notes(tx, caller.reader, school, pupil_id)) if card.decidable else (),
        decision=decided.latest(tx, school, [card.term]).get((pupil_id, card.term)) if card.term else None,
        why=card.why,
        seen_by=tuple((one["name"], ROLE_WORDS[one["role"]]) for one in who_can_see(caller, tx, pupil_id)),
        decidable=card.decidable,
    )


def _view_is_due(caller: Caller, tx: Transaction, card: Card) -> bool:
    """Whether this reader must write their own view before the reasons are shown."""
    if not (card.flagged and card.decidable and card.term and offered.view_first(tx, card.facts.school)):
        return False
    return not decided.has_view(tx, caller.reader, card.facts.school, card.facts.pupil_id, card.term)


@router.post("/pupils/{pupil_id}/view", dependencies=[Depends(checked_form)])
def write_view(
    caller: Decides,
    pupil_id: PupilPath,
    term: Annotated[str, Form(pattern=r"^[0-9]{4}-(autumn|spring|summer)$")],
    leaning: Annotated[Leaning, Form()] = Leaning.unsure,
    words: Words = "",
) -> Response:
    """Keep what a person thinks, before or beside the reasons."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        decided.record_view(tx, caller.reader, school, pupil_id, term, leaning, words)
    return back(pupil_id)


@router.post("/pupils/{pupil_id}/notes", dependencies=[Depends(checked_form)])
def write_note(
    caller: Decides, pupil_id: PupilPath, note: Words = "", restricted: Annotated[str, Form()] = ""
) -> Response:
    """Write a note."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        said.write_note(tx, caller.reader, school, pupil_id, note, restricted=restricted == "yes")
    return back(pupil_id, "notes")


@router.post("/pupils/{pupil_id}/known-by", dependencies=[Depends(checked_form)])
def say_known(
    caller: Decides, pupil_id: PupilPath, how: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Put the pupil among the reader's own."""
    with caller.writing() as tx:
        said.say_known(tx, caller.reader, own_pupil(caller, tx, pupil_id).school, pupil_id, how)
    return back(pupil_id)


def back(pupil_id: str, part: str = "") -> Response:
    """To the card, at the part just changed."""
    return RedirectResponse(f"/pupils/{pupil_id}{'#' + part if part else ''}", 303)
