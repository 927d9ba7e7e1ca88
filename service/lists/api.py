"""This term’s list."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from service.core.callers import Caller
from service.core.taking import Line, Term, Urn
from service.lists.bodies import AbstainedResponse, FlagResponse, FlagsResponse
from service.lists.flags import flags_for
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged

router = APIRouter(tags=["pupils"], responses=ERRORS)


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


def _picked(source: object, body: type[FlagResponse]) -> dict[str, object]:
    """Only what the body names: no name of a pupil leaves by the API."""
    return {name: getattr(source, name) for name in body.model_fields}
