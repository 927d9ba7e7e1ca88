"""What waits until a person has looked: deleting that looks wrong, and suggestions after an upload."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from service.core.callers import Caller
from service.core.permissions import can
from service.core.taking import Id, Text
from service.rights import confirming
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, once, tagged
from service.shell.bodies import Body, DoneResponse
from service.uploads import releasing

router = APIRouter(tags=["data protection"], responses=ERRORS)
Decides = Annotated[Caller, Depends(needs("retention.decide"))]


class HeldBackResponse(Body):
    """Deleting that waits: why (`clock` or `much`), and what would go by table. `refused_at`: somebody said no."""

    id: int
    since: datetime
    why: str
    gone: dict[str, int]
    refused_at: datetime | None


class WaitingListResponse(Body):
    """Suggestions that wait after an upload, and the reasons."""

    upload_id: str
    school: str
    term: str
    by: str
    since: datetime
    seen: list[str]


class WaitingResponse(Body):
    """All that waits for a person; `retention` is told to the data protection officer alone."""

    retention: HeldBackResponse | None
    suggestions: list[WaitingListResponse]


class SeenRequest(Body):
    """The id of the run that was looked at."""

    seen: int = Field(ge=1, le=2**31 - 1, examples=[1])


class ReleaseRequest(Body):
    """Why suggestions that wait can be used all the same."""

    reason: Text = Field(min_length=1, max_length=500, examples=["A new MIS; the numbers are right."])


class GoneResponse(Body):
    """What went, by table."""

    gone: dict[str, int]


@router.get("/waiting", response_model=WaitingResponse)
def read_waiting(request: Request, caller: Annotated[Caller, Depends(needs("waiting.read"))]) -> Response:
    """What waits for a person at the reader's schools."""
    run = confirming.held_back(caller) if can(caller.reader, "retention.decide") else None
    with caller.reading() as tx:
        lists = releasing.waiting(caller, tx)
    held = None
    if run is not None:
        held = HeldBackResponse(
            id=run.id, since=run.since, why=run.why, gone=dict(run.gone), refused_at=run.refused_at
        )
    suggestions = [
        WaitingListResponse(**{name: getattr(one, name) for name in WaitingListResponse.model_fields})
        for one in lists
    ]
    return tagged(request, WaitingResponse(retention=held, suggestions=suggestions))


@router.post("/waiting/retention/confirm", response_model=GoneResponse)
def confirm_retention(request: Request, caller: Decides, body: SeenRequest) -> Response:
    """Let go what was held back and looked at. A signed-in person's act; 412 where something else waits now."""
    return once(
        caller, request, body.model_dump(), lambda: GoneResponse(gone=confirming.confirm(caller, body.seen))
    )


@router.post("/waiting/retention/refuse", response_model=DoneResponse)
@answers_once()
def refuse_retention(caller: Decides, body: SeenRequest) -> DoneResponse:
    """Say that what was held back must not go. Nothing is deleted."""
    confirming.refuse(caller, body.seen)
    return DoneResponse()


@router.post("/uploads/{upload_id}/release", response_model=DoneResponse)
@answers_once()
def release_suggestions(
    caller: Annotated[Caller, Depends(needs("suggestions.release"))],
    upload_id: Id,
    body: ReleaseRequest,
) -> DoneResponse:
    """Publish suggestions that wait after an upload, with a reason. A signed-in person's act."""
    releasing.release(caller, upload_id, body.reason)
    return DoneResponse()
