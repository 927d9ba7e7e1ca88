"""The audit log, for the data protection officer."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from service.audit.bodies import AuditEventResponse, AuditResponse, SealsResponse
from service.audit.reading import Asked, audit_events
from service.audit.sealing import is_seal, verify
from service.core.audit import Event
from service.core.callers import Caller
from service.core.taking import Line, Moment, Urn
from service.shell.access import needs
from service.shell.answers import ERRORS, tagged

router = APIRouter(tags=["audit log"], responses=ERRORS)


@router.get("/audit", response_model=AuditResponse)
def search_audit(
    request: Request,
    caller: Annotated[Caller, Depends(needs("audit.read"))],
    event: Annotated[Event | None, Query()] = None,
    actor: Annotated[Line | None, Query(max_length=40)] = None,
    school: Annotated[Urn | None, Query()] = None,
    subject: Annotated[Line | None, Query(max_length=40)] = None,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query(description="The first moment that is too late.")] = None,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Events newest first, narrowed by kind, person, school, pupil or time. The search is an event too."""
    asked = Asked(
        event, actor, school, subject, *(day.astimezone() if day else None for day in (since, until))
    )
    with caller.writing() as tx:
        before = int(cursor) if cursor else None
        rows = audit_events(caller, tx, asked, before=before, limit=limit + 1)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    shown = [AuditEventResponse.model_validate(row) for row in rows[:limit]]
    return tagged(request, AuditResponse(events=shown, next=more))


@router.get("/audit/seals", response_model=SealsResponse)
def verify_seals(
    request: Request,
    caller: Annotated[Caller, Depends(needs("audit.read"))],
    noted: Annotated[str | None, Query(pattern=r"^[0-9a-fA-F]{12,64}$", examples=["0123456789ab"])] = None,
) -> Response:
    """Check every seal again, and say how many events none covers yet. `noted`: a seal written down earlier."""
    found = asdict(verify(caller.deployment))
    stands = None if noted is None else is_seal(caller.deployment, noted)
    return tagged(request, SealsResponse(**found, noted_stands=stands))
