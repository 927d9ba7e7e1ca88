"""A pupil's explanation, and who can see the pupil."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from service.core.callers import Caller
from service.core.taking import Term
from service.pupils.bodies import ExplanationResponse, PupilReaderResponse, ReadersResponse
from service.pupils.cards import explanation_for, who_can_see
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged

router = APIRouter(tags=["pupils"], responses=ERRORS)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$", examples=["p0123456789abcdef0123"])]


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
