"""The terms of a school: what is loaded, and what suggestions are published for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from service.core.callers import Caller
from service.schools import loaded_terms
from service.scoring.bodies import TermsResponse
from service.scoring.terms import published_terms
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged
from service.shell.paging import UrnPath

router = APIRouter(tags=["schools"], responses=ERRORS)


@router.get("/schools/{urn}/terms", response_model=TermsResponse)
def list_terms(
    request: Request, caller: Annotated[Caller, Depends(needs("schools.read"))], urn: UrnPath
) -> Response:
    """The terms for which files are loaded and suggestions are published, latest first."""
    with caller.reading() as tx:
        loaded = loaded_terms(caller, tx, urn)
        published = published_terms(caller, tx, urn)
    return tagged(request, TermsResponse(loaded=loaded, published=published))
