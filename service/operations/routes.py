"""What a proxy or an orchestrator asks a process."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from service.access import public
from service.callers import Caller
from service.operations.readiness import readiness

router = APIRouter(tags=["operations"])


class CheckResponse(BaseModel):
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


class ReadinessResponse(BaseModel):
    """Whether this process can do its work."""

    ready: bool
    checks: list[CheckResponse]


@router.get("/readyz", responses={503: {"model": ReadinessResponse, "description": "Not ready."}})
def readyz(caller: Annotated[Caller, Depends(public())], response: Response) -> ReadinessResponse:
    """Ready when database, schema, lake and serving model are all there; 503 otherwise."""
    checks = [
        CheckResponse(name=check.name, ok=check.ok, message=check.message)
        for check in readiness(caller.deployment)
    ]
    ready = all(check.ok for check in checks)
    if not ready:
        response.status_code = 503
    return ReadinessResponse(ready=ready, checks=checks)
