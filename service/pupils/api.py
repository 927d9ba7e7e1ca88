"""This term's list and a pupil's explanation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from service.core.callers import Caller
from service.core.taking import Line, Term, Urn
from service.lists.flags import flags_for
from service.pupils.cards import explanation_for, who_can_see
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged
from service.shell.bodies import (
    AbstainedResponse,
    ExplanationResponse,
    FlagResponse,
    FlagsResponse,
    PupilReaderResponse,
    ReadersResponse,
)

router = APIRouter(tags=["pupils"], responses=ERRORS)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$", examples=["p0123456789abcdef0123"])]


@router.get("/flags", response_model=FlagsResponse)
def read_flags(
    request: Request,
    caller: Annotated[Caller, Depends(needs("flags.read"))],
    school: Annotated[Urn, Query()],
    term: Annotated[Term, Query()],
    cursor: Annotated[Line | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    """The pupils of a school for whom a support review is suggested this term, in name order.

    The first page also lists those for whom nothing can be said, each with the reason.
    """
    with caller.writing() as tx:
        page = flags_for(caller, tx, school, term, cursor=cursor, limit=limit)
    body = FlagsResponse(
        school=page.school,
        term=page.term,
        as_of=page.as_of,
        model_id=page.model_id,
        synthetic=page.synthetic,
        places=page.places,
        ends_on=page.ends_on,
        ended=page.ended,
        flags=[FlagResponse.model_validate(_picked(flag, FlagResponse)) for flag in page.flags],
        abstained=[AbstainedResponse(pupil_id=one.pupil_id, reason=one.reason) for one in page.abstained],
        next=page.next,
    )
    return tagged(request, body)


@router.get("/pupils/{pupil_id}/explanation", response_model=ExplanationResponse)
def read_explanation(
    request: Request,
    caller: Annotated[Caller, Depends(needs("pupil.read"))],
    pupil_id: PupilPath,
    term: Annotated[Term | None, Query()] = None,
    everything: Annotated[bool, Query(alias="all", description="Every contribution.")] = False,
) -> Response:
    """Why a pupil's figure is what it is. Reasons are associations, not causes, with the records behind."""
    with caller.writing() as tx:
        body = explanation_for(caller, tx, pupil_id, term, everything=everything)
    return tagged(request, ExplanationResponse(**body))


@router.get("/pupils/{pupil_id}/readers", response_model=ReadersResponse)
def read_readers(
    request: Request, caller: Annotated[Caller, Depends(needs("pupil.read"))], pupil_id: PupilPath
) -> Response:
    """Who can see this pupil."""
    with caller.reading() as tx:
        found = who_can_see(caller, tx, pupil_id)
    return tagged(request, ReadersResponse(readers=[PupilReaderResponse(**one) for one in found]))


def _picked(source: object, body: type[FlagResponse]) -> dict[str, object]:
    """Only what the body names: no name of a pupil leaves by the API."""
    return {name: getattr(source, name) for name in body.model_fields}
