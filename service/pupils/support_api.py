"""What people do: their views, decisions, supports and reviews."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from service.core.audit import Event
from service.core.callers import Caller
from service.core.permissions import check
from service.core.taking import Term
from service.pupils.api import PupilPath
from service.pupils.cards import own_pupil
from service.pupils.closing import Closing, close
from service.pupils.support_bodies import (
    DecisionRequest,
    DecisionResponse,
    DecisionsResponse,
    ReviewRequest,
    SupportRequest,
    SupportResponse,
    SupportsResponse,
    ViewRequest,
)
from service.records import in_own_years
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, tagged
from service.shell.bodies import CreatedResponse, DoneResponse
from service.shell.paging import Cursor, Limit, UrnPath, page_of
from service.support import decisions, supports

router = APIRouter(tags=["support"], responses=ERRORS)
NumberPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-]{1,40}$", examples=["d0123456789abcdef"])]
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]


@router.post("/pupils/{pupil_id}/views", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def record_view(caller: Decides, pupil_id: PupilPath, body: ViewRequest) -> DoneResponse:
    """Write down what one thinks of a pupil."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        decisions.record_view(tx, caller.reader, school, pupil_id, body.term, body.leaning, body.words)
    return DoneResponse()


@router.post("/pupils/{pupil_id}/decisions", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def decide(caller: Decides, pupil_id: PupilPath, body: DecisionRequest) -> DoneResponse:
    """Close a suggestion: only a person's decision does."""
    with caller.writing() as tx:
        plan = _plan(body.support) if body.support is not None else None
        close(
            caller,
            tx,
            pupil_id,
            Closing(body.term, body.decision, body.known, body.why, plan, body.replaces or ""),
        )
    return DoneResponse()


@router.get("/schools/{urn}/decisions", response_model=DecisionsResponse)
def list_decisions(
    request: Request,
    caller: Decides,
    urn: UrnPath,
    term: Annotated[Term, Query(examples=["2026-summer"])],
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Response:
    """A school's decisions of a term, those of the reader's own year groups."""
    check(caller.reader, "pupil.decide", urn)
    with caller.writing() as tx:
        read = caller.record(tx, Event.FLAGS_READ, school=urn, term=term)
        found = list(decisions.latest(read, urn, [term]).values())
        own = in_own_years(caller, tx, {one.pupil_id for one in found})
        found = [one for one in found if one.pupil_id in own]
        shown, more = page_of(found, lambda one: one.id, cursor, limit)
        read.detail["decisions"] = len(shown)
    return tagged(request, DecisionsResponse(decisions=[_decision(one) for one in shown], next=more))


@router.post("/schools/{urn}/decisions/{decision_id}/mended", response_model=DoneResponse)
@answers_once()
def mark_mended(
    caller: Annotated[Caller, Depends(needs("uploads.create"))],
    urn: UrnPath,
    decision_id: NumberPath,
) -> DoneResponse:
    """The records that a decision called wrong are put right."""
    with caller.writing() as tx:
        decisions.mend(tx, caller.reader, urn, decision_id)
    return DoneResponse()


@router.get("/pupils/{pupil_id}/supports", response_model=SupportsResponse)
def list_supports(
    request: Request, caller: Decides, pupil_id: PupilPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """A pupil's supports with their reviews, those going on first."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        read = caller.record(tx, Event.PUPIL_READ, school=school, subject=pupil_id, part="supports")
        shown, more = page_of(supports.of_pupil(read, school, pupil_id), lambda one: one.id, cursor, limit)
    return tagged(request, SupportsResponse(supports=[_support(one) for one in shown], next=more))


@router.get("/schools/{urn}/supports", response_model=SupportsResponse)
def list_supports_of_school(
    request: Request, caller: Decides, urn: UrnPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """The supports that go on at a school, the next review first; those of the reader's own year groups."""
    check(caller.reader, "pupil.decide", urn)
    with caller.writing() as tx:
        read = caller.record(tx, Event.FLAGS_READ, school=urn)
        found = supports.going_on(read, urn)
        own = in_own_years(caller, tx, {one.pupil_id for one in found})
        found = [one for one in found if one.pupil_id in own]
        shown, more = page_of(found, lambda one: one.id, cursor, limit)
        read.detail["supports"] = len(shown)
    return tagged(request, SupportsResponse(supports=[_support(one) for one in shown], next=more))


@router.post("/pupils/{pupil_id}/supports", status_code=201, response_model=CreatedResponse)
@answers_once(status=201)
def begin_support(caller: Decides, pupil_id: PupilPath, body: SupportRequest) -> CreatedResponse:
    """Begin a support, with or without a suggestion."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        return CreatedResponse(id=supports.begin(tx, caller.reader, school, pupil_id, _plan(body)))


@router.post("/schools/{urn}/supports/{support_id}/reviews", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def keep_review(caller: Decides, urn: UrnPath, support_id: NumberPath, body: ReviewRequest) -> DoneResponse:
    """Keep a review of a support: how it went and what follows."""
    check(caller.reader, "pupil.decide", urn)
    found = supports.ReviewFound(
        held_on=body.held_on,
        went=body.went,
        words=body.words,
        next_step=body.next,
        review_on=body.next_review,
        seen=body.replaces or "",
    )
    with caller.writing() as tx:
        own_pupil(caller, tx, supports.find(tx, urn, support_id).pupil_id)
        supports.keep_review(tx, caller.reader, urn, support_id, found)
    return DoneResponse()


def _plan(body: SupportRequest) -> supports.SupportPlan:
    return supports.SupportPlan(
        name=body.name,
        who=body.who,
        starts=body.starts,
        review_on=body.review_on,
        until=body.until,
        menu_id=body.menu_id,
        aim=body.aim,
    )


def _decision(one: decisions.Decided) -> DecisionResponse:
    return DecisionResponse(
        id=one.id,
        pupil_id=one.pupil_id,
        term=one.term,
        decision=str(one.kind),
        known=one.known,
        why=one.why,
        by=one.by,
        at=one.at,
        mended=one.mended,
    )


def _support(one: supports.Support) -> SupportResponse:
    return SupportResponse(**{name: getattr(one, name) for name in SupportResponse.model_fields})
