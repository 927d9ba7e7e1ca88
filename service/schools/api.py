"""Schools: list, terms, register, pause and resume; and who the caller is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from service.core.callers import Caller
from service.core.permissions import RULES, can
from service.schools import keeping as schools
from service.schools.bodies import MeResponse, SchoolRequest, SchoolResponse, SchoolsResponse
from service.schools.lines import schools_of
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, tagged
from service.shell.bodies import CreatedResponse, DoneResponse, ReasonRequest
from service.shell.paging import Cursor, Limit, UrnPath, page_of

router = APIRouter(tags=["schools"], responses=ERRORS)


@router.get("/me", response_model=MeResponse)
def read_me(request: Request, caller: Annotated[Caller, Depends(needs("self.read"))]) -> Response:
    """Who the caller is and what they may do."""
    reader = caller.reader
    return tagged(
        request,
        MeResponse(
            user=reader.user,
            role=reader.role,
            schools=sorted(reader.schools),
            year_groups=None if reader.year_groups is None else sorted(reader.year_groups),
            permissions=sorted(action for action in RULES if can(reader, action)),
        ),
    )


@router.get("/schools", response_model=SchoolsResponse)
def list_schools(
    request: Request,
    caller: Annotated[Caller, Depends(needs("schools.read"))],
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Response:
    """The caller's schools, by name."""
    with caller.reading() as tx:
        lines, more = page_of(schools_of(caller, tx), lambda line: line.urn, cursor, limit)
    found = [
        SchoolResponse(**{name: getattr(line, name) for name in SchoolResponse.model_fields})
        for line in lines
    ]
    return tagged(request, SchoolsResponse(schools=found, next=more))


@router.post("/schools", status_code=201, response_model=CreatedResponse)
@answers_once(status=201)
def register(
    caller: Annotated[Caller, Depends(needs("schools.manage"))], body: SchoolRequest
) -> CreatedResponse:
    """Register a school and begin its section of the governance file."""
    schools.register(caller, body.urn, name=body.name, phase=body.phase, mis=body.mis)
    return CreatedResponse(id=body.urn)


@router.post("/schools/{urn}/pause", response_model=DoneResponse)
@answers_once()
def pause(
    caller: Annotated[Caller, Depends(needs("school.pause"))],
    urn: UrnPath,
    body: ReasonRequest,
) -> DoneResponse:
    """Stop scoring a school and hide its suggestions at once."""
    schools.pause(caller, urn, body.reason)
    return DoneResponse()


@router.post("/schools/{urn}/resume", response_model=DoneResponse)
@answers_once()
def resume(
    caller: Annotated[Caller, Depends(needs("school.pause"))],
    urn: UrnPath,
    body: ReasonRequest,
) -> DoneResponse:
    """Let a paused school be scored and seen again."""
    schools.resume(caller, urn, body.reason)
    return DoneResponse()


@router.post("/deployment/pause", response_model=DoneResponse)
@answers_once()
def pause_all(
    caller: Annotated[Caller, Depends(needs("deployment.pause"))], body: ReasonRequest
) -> DoneResponse:
    """Stop scoring every school and hide all suggestions at once; for somebody who reaches every school."""
    schools.pause_all(caller, body.reason)
    return DoneResponse()


@router.post("/deployment/resume", response_model=DoneResponse)
@answers_once()
def resume_all(
    caller: Annotated[Caller, Depends(needs("deployment.pause"))], body: ReasonRequest
) -> DoneResponse:
    """Lift the pause of the whole deployment. What a data protection officer paused, only they resume."""
    schools.resume_all(caller, body.reason)
    return DoneResponse()
