"""What people do: their views, decisions, supports, reviews, the menu and the support places."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from service.access import needs
from service.api.answers import ERRORS, once, tagged
from service.api.bodies import Body, CreatedResponse, DoneResponse, TermId
from service.callers import Caller
from service.db import score_store
from service.permissions import check
from service.reads.cards import own_pupil
from service.support import decided, given, offered
from service.support.words import Decision, FlagList, Known, Leaning, Next, Went

router = APIRouter(tags=["support"], responses=ERRORS)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$")]
UrnPath = Annotated[str, Path(pattern=r"^[0-9]{6}$", examples=["999001"])]
Words = Annotated[str, Field(max_length=2000)]
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]


class ViewRequest(Body):
    """What a person thinks of a pupil this term, before or beside the reasons."""

    term: TermId
    leaning: Leaning
    words: Words = ""


class SupportRequest(Body):
    """A support that begins."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Weekly mentor"])]
    who: Annotated[str, Field(min_length=1, max_length=200, examples=["Ms Green"])]
    starts: date
    review_on: date | None = None
    menu_id: Annotated[str, Field(max_length=40)] | None = None
    aim: Words = ""


class DecisionRequest(Body):
    """How a suggestion is closed. `support` comes with the support that begins."""

    term: TermId
    decision: Decision
    known: Known
    why: Words = ""
    support: SupportRequest | None = None


class ReviewRequest(Body):
    """What a review found, and what follows."""

    held_on: date
    went: Went
    words: Words = ""
    next: Next
    next_review: date | None = None


class ReviewResponse(Body):
    """One review."""

    held_on: date
    went: str
    words: str
    next_step: str
    by: str


class SupportResponse(Body):
    """A support with its reviews."""

    id: str
    name: str
    who: str
    aim: str
    starts: date
    ends: date | None
    review_on: date | None
    reviews: list[ReviewResponse]


class SupportsResponse(Body):
    """A pupil's supports."""

    supports: list[SupportResponse]


class DecisionResponse(Body):
    """The decision that counts for a pupil and term."""

    pupil_id: str
    term: str
    decision: str
    known: str
    why: str
    by: str
    at: datetime


class DecisionsResponse(Body):
    """A school's decisions of a term."""

    decisions: list[DecisionResponse]


class OfferResponse(Body):
    """A line of the school's menu of supports."""

    id: str
    about: str
    name: str
    lead: str
    capacity: int | None
    used: int


class MenuResponse(Body):
    """The school's menu of supports."""

    offers: list[OfferResponse]


class PlacesRequest(Body):
    """How many reviews can be done: for a year group (or `all`) and a list. Null takes a number away."""

    nc_year: Annotated[str, Field(pattern=r"^(all|R|[0-9]{1,2})$")] = "all"
    flag_list: FlagList
    places: Annotated[int, Field(ge=0, le=500)] | None


class PlacesResponse(Body):
    """The support places a school has set."""

    places: list[PlacesRequest]


@router.post("/pupils/{pupil_id}/views", status_code=201, response_model=DoneResponse)
def record_view(request: Request, caller: Decides, pupil_id: PupilPath, body: ViewRequest) -> Response:
    """Write down what one thinks of a pupil."""

    def make() -> DoneResponse:
        with caller.writing() as tx:
            school = own_pupil(caller, tx, pupil_id).school
            decided.record_view(tx, caller.reader, school, pupil_id, body.term, body.leaning, body.words)
        return DoneResponse()

    return once(caller, request, body.model_dump(), make, 201)


@router.post("/pupils/{pupil_id}/decisions", status_code=201, response_model=DoneResponse)
def decide(request: Request, caller: Decides, pupil_id: PupilPath, body: DecisionRequest) -> Response:
    """Close a suggestion: only a person's decision does."""

    def make() -> DoneResponse:
        with caller.writing() as tx:
            school = own_pupil(caller, tx, pupil_id).school
            support_id = None
            if body.support is not None:
                support_id = given.begin(tx, caller.reader, school, pupil_id, _plan(body.support))
            decided.decide(
                tx,
                caller.reader,
                school,
                pupil_id,
                body.term,
                kind=body.decision,
                known=body.known,
                why=body.why,
                support_id=support_id,
            )
        return DoneResponse()

    return once(caller, request, body.model_dump(), make, 201)


@router.get("/schools/{urn}/decisions", response_model=DecisionsResponse)
def list_decisions(
    request: Request, caller: Decides, urn: UrnPath, term: Annotated[TermId, Query()]
) -> Response:
    """A school's decisions of a term, those of the reader's own year groups."""
    check(caller.reader, "pupil.decide", urn)
    with caller.reading() as tx:
        found = decided.latest(tx, urn, [term])
        years = caller.reader.year_groups
        rolls = {row.pupil_id: row.nc_year for row in score_store.roll_of(tx, urn, term)}
    own = [one for one in found.values() if years is None or rolls.get(one.pupil_id) in years]
    shown = [
        DecisionResponse(
            pupil_id=one.pupil_id,
            term=one.term,
            decision=str(one.kind),
            known=one.known,
            why=one.why,
            by=one.by,
            at=one.at,
        )
        for one in own
    ]
    return tagged(request, DecisionsResponse(decisions=shown))


@router.get("/pupils/{pupil_id}/supports", response_model=SupportsResponse)
def list_supports(request: Request, caller: Decides, pupil_id: PupilPath) -> Response:
    """A pupil's supports with their reviews."""
    with caller.reading() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        found = given.of_pupil(tx, school, pupil_id)
    shown = [SupportResponse(**{n: getattr(s, n) for n in SupportResponse.model_fields}) for s in found]
    return tagged(request, SupportsResponse(supports=shown))


@router.post("/pupils/{pupil_id}/supports", status_code=201, response_model=CreatedResponse)
def begin_support(request: Request, caller: Decides, pupil_id: PupilPath, body: SupportRequest) -> Response:
    """Begin a support, with or without a suggestion."""

    def make() -> CreatedResponse:
        with caller.writing() as tx:
            school = own_pupil(caller, tx, pupil_id).school
            return CreatedResponse(id=given.begin(tx, caller.reader, school, pupil_id, _plan(body)))

    return once(caller, request, body.model_dump(), make, 201)


@router.post("/schools/{urn}/supports/{support_id}/reviews", status_code=201, response_model=DoneResponse)
def keep_review(
    request: Request, caller: Decides, urn: UrnPath, support_id: str, body: ReviewRequest
) -> Response:
    """Keep a review of a support: how it went and what follows."""

    def make() -> DoneResponse:
        check(caller.reader, "pupil.decide", urn)
        found = given.ReviewFound(
            held_on=body.held_on,
            went=body.went,
            words=body.words,
            next_step=body.next,
            review_on=body.next_review,
        )
        with caller.writing() as tx:
            own_pupil(caller, tx, given.find(tx, urn, support_id).pupil_id)
            given.keep_review(tx, caller.reader, urn, support_id, found)
        return DoneResponse()

    return once(caller, request, body.model_dump(), make, 201)


@router.get("/schools/{urn}/menu", response_model=MenuResponse)
def read_menu(request: Request, caller: Decides, urn: UrnPath) -> Response:
    """The supports a school offers, and how many places of each are taken."""
    check(caller.reader, "pupil.decide", urn)
    with caller.reading() as tx:
        offers = offered.menu(tx, urn)
    shown = [OfferResponse(**{n: getattr(o, n) for n in OfferResponse.model_fields}) for o in offers]
    return tagged(request, MenuResponse(offers=shown))


@router.get("/schools/{urn}/places", response_model=PlacesResponse)
def read_places(
    request: Request, caller: Annotated[Caller, Depends(needs("places.read"))], urn: UrnPath
) -> Response:
    """How many reviews the school says it can do."""
    check(caller.reader, "places.read", urn)
    with caller.reading() as tx:
        found = offered.places(tx, urn)
    rows = [PlacesRequest(nc_year=year, flag_list=which, places=n) for (year, which), n in found.items()]
    return tagged(request, PlacesResponse(places=rows))


@router.post("/schools/{urn}/places", response_model=DoneResponse)
def set_places(
    request: Request,
    caller: Annotated[Caller, Depends(needs("places.edit"))],
    urn: UrnPath,
    body: PlacesRequest,
) -> Response:
    """Say how many reviews can be done; lists are cut there, never at a risk number."""

    def make() -> DoneResponse:
        with caller.writing() as tx:
            offered.set_places(tx, caller.reader, urn, {(body.nc_year, body.flag_list): body.places})
        return DoneResponse()

    return once(caller, request, body.model_dump(), make)


def _plan(body: SupportRequest) -> given.SupportPlan:
    return given.SupportPlan(
        name=body.name,
        who=body.who,
        starts=body.starts,
        review_on=body.review_on,
        menu_id=body.menu_id,
        aim=body.aim,
    )
