"""Reviews due: support in place, and recording a review."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.core import clock
from service.core.audit import Told, unaudited
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can
from service.core.taking import Id, Line, Text, Urn, checked_day
from service.pupils.cards import own_pupil
from service.schools import SchoolLine, known_school, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import _
from service.shell.rendering import Page, render
from service.support import (
    NEXT_WORDS,
    WENT_WORDS,
    Meanwhile,
    Next,
    ReviewFound,
    Support,
    Went,
    decisions,
    notes,
    support_store,
    supports,
)

router = APIRouter(include_in_schema=False)
Keeps = Annotated[Caller, Depends(needs("pupil.decide"))]
UrnQuery = Annotated[str, Query(pattern=r"^([0-9]{6})?$")]


@dataclass(frozen=True)
class DueLine:
    """A support going on. `name` is None for readers who may not see names."""

    support: Support
    name: str | None
    year: str
    overdue: bool


@dataclass(frozen=True)
class WrongLine:
    """Records that somebody found wrong: what the person who uploads has to correct."""

    decision_id: str
    pupil_id: str
    name: str
    term: str
    why: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ReviewsPage(Page):
    """The supports in place at a school, the next review first."""

    template: ClassVar[str] = "pupils/due.html"
    section: ClassVar[str] = "reviews"

    school: str
    schools: tuple[tuple[str, str], ...]
    lines: tuple[DueLine, ...]
    overdue: int
    to_put_right: tuple[WrongLine, ...]
    mine_only: bool
    may_keep: bool


@dataclass(frozen=True)
class ReviewPage(Page):
    """The form for one review."""

    template: ClassVar[str] = "pupils/keep.html"
    section: ClassVar[str] = "reviews"

    school: str
    support: Support
    name: str
    seen: str
    sent: "ReviewForm"
    went: tuple[tuple[str, str], ...]
    next_steps: tuple[tuple[str, str], ...]
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/reviews")
def read_reviews(
    caller: Annotated[Caller, Depends(needs("reviews.due"))], school: UrnQuery = "", mine: bool = False
) -> HTMLResponse:
    """Reviews due at one school, for the reader's year groups."""
    with caller.writing() as tx:
        schools = schools_of(caller, tx)
        chosen = _chosen(schools, school)
        read = unaudited(tx, "the list of reviews due; opening a pupil's card from it is told")
        lines = _lines(caller, read, chosen.urn, mine=mine)
        wrong = _to_put_right(caller, read, chosen.urn)
    page = ReviewsPage(
        _("Reviews due"),
        school=chosen.urn,
        schools=tuple((line.urn, line.name) for line in schools),
        lines=lines,
        overdue=sum(1 for line in lines if line.overdue),
        to_put_right=wrong,
        mine_only=mine,
        may_keep=can(caller.reader, "pupil.decide", chosen.urn),
    )
    return render(page, frame_for(caller, section="reviews", synthetic=chosen.synthetic))


def _chosen(schools: list[SchoolLine], urn: str) -> SchoolLine:
    if not schools:
        raise NotFound("You have no schools yet.", hint="Ask your administrator to add one.")
    return next((line for line in schools if line.urn == urn), schools[0])


def _lines(caller: Caller, read: Told, school: str, *, mine: bool) -> tuple[DueLine, ...]:
    running = supports.going_on(read, school)
    own = notes.my_pupils(read.tx, caller.reader, school) if mine else None
    named = can(caller.reader, "names.read", school)
    people = support_store.roll_entries(read, school, {one.pupil_id for one in running})
    today, lines = clock.today(), []
    for support in running:
        roll = people.get(support.pupil_id)
        year = roll.nc_year if roll else None
        years = caller.reader.year_groups
        if (years is not None and year not in years) or (own is not None and support.pupil_id not in own):
            continue
        name = f"{roll.surname}, {roll.forename}" if named and roll else None
        overdue = support.review_on is not None and support.review_on < today
        lines.append(DueLine(support, name, _("Year %(year)s") % {"year": year} if year else "", overdue))
    return tuple(lines)


def _to_put_right(caller: Caller, read: Told, school: str) -> tuple[WrongLine, ...]:
    """The tasks of whoever uploads; () for everyone else."""
    if not (can(caller.reader, "uploads.create", school) and can(caller.reader, "names.read", school)):
        return ()
    found = decisions.to_put_right(read, school)
    people = support_store.roll_entries(read, school, {one.pupil_id for one in found}) if found else {}
    lines = []
    for one in found:
        roll = people.get(one.pupil_id)
        name = f"{roll.surname}, {roll.forename}" if roll else _("Name not known")
        lines.append(WrongLine(one.id, one.pupil_id, name, term_words(one.term), one.why, one.by, one.at))
    return tuple(lines)


@router.post("/put-right/{school}/{decision_id}", dependencies=[Depends(checked_form)])
def put_right(
    caller: Annotated[Caller, Depends(needs("uploads.create"))], school: Urn, decision_id: Id
) -> Response:
    """Say that records were corrected at the source and uploaded again."""
    with caller.writing() as tx:
        decisions.mend(tx, caller.reader, school, decision_id)
    return RedirectResponse(f"/reviews?school={school}#put-right", 303)


@router.get("/supports/{support_id}/review")
def ask_review(caller: Keeps, support_id: Id) -> HTMLResponse:
    """The form for one review."""
    return _form(caller, support_id, ReviewForm(held_on=clock.today().isoformat()), {})


@dataclass(frozen=True)
class ReviewForm:
    """What came back from the form, as text."""

    held_on: Annotated[Line, Form(max_length=10)] = ""
    went: Annotated[Line, Form(max_length=20)] = ""
    next_step: Annotated[Line, Form(max_length=20)] = ""
    words: Annotated[Text, Form(max_length=2000)] = ""
    review_on: Annotated[Line, Form(max_length=10)] = ""
    seen: Annotated[Line, Form(max_length=40)] = ""


@router.post("/supports/{support_id}/review", dependencies=[Depends(checked_form)])
def keep_review(caller: Keeps, support_id: Id, sent: Annotated[ReviewForm, Depends()]) -> Response:
    """Record the review."""
    errors = {}
    if sent.went not in list(Went):
        errors["went"] = _("Say how it went.")
    if sent.next_step not in list(Next):
        errors["next_step"] = _("Say what happens next.")
    if errors:
        return _form(caller, support_id, sent, errors)
    try:
        found = ReviewFound(
            checked_day(sent.held_on) or clock.today(),
            Went(sent.went),
            Next(sent.next_step),
            sent.words,
            checked_day(sent.review_on),
            seen=sent.seen,
        )
    except Refused as error:
        return _form(caller, support_id, sent, {"held_on": str(error)})
    try:
        with caller.writing() as tx:
            school, support = _own_support(caller, tx, support_id)
            supports.keep_review(tx, caller.reader, school, support.id, found)
    except Meanwhile as error:
        return _form(caller, support_id, sent, {"went": str(error)}, status=412)
    except Refused as error:
        return _form(caller, support_id, sent, {"went": str(error)})
    return RedirectResponse(f"/pupils/{support.pupil_id}#support", 303)


def _own_support(caller: Caller, tx: Transaction, support_id: str) -> tuple[str, Support]:
    """The school and the support, if its pupil is one of the reader's own."""
    for school in sorted(caller.reader.schools):
        try:
            support = supports.find(tx, school, support_id)
        except NotFound:
            continue
        own_pupil(caller, tx, support.pupil_id)
        return school, support
    raise NotFound("This support can't be found.")


def _form(
    caller: Caller, support_id: str, sent: ReviewForm, errors: dict[str, str], *, status: int = 422
) -> HTMLResponse:
    with caller.writing() as tx:
        school, support = _own_support(caller, tx, support_id)
        last = supports.last_review(tx, school, support_id)
        roll = own_pupil(caller, tx, support.pupil_id)
        synthetic = known_school(tx, school).synthetic
    name = f"{roll.forename or ''} {roll.surname or ''}".strip() or _("this pupil")
    page = ReviewPage(
        _("Review: %(support)s") % {"support": support.name},
        school=school,
        support=support,
        name=name,
        seen=last.id if last else "",
        sent=sent,
        went=tuple((str(key), _(words)) for key, words in WENT_WORDS.items()),
        next_steps=tuple((str(key), _(words)) for key, words in NEXT_WORDS.items()),
        errors=errors,
    )
    frame = frame_for(caller, section="reviews", synthetic=synthetic)
    return render(page, frame, status=status if errors else 200)
