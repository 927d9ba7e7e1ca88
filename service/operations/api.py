"""What a proxy or an orchestrator asks a process."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.core.callers import Caller
from service.core.deployment import Deployment
from service.operations.readiness import readiness
from service.shell.access import public

router = APIRouter(tags=["operations"])
READY_SECONDS = 3.0


class CheckResponse(BaseModel):
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


class ReadinessResponse(BaseModel):
    """Whether this process can do its work."""

    ready: bool
    checks: list[CheckResponse]


class Lately:
    """What was found the last time anybody asked, for a few seconds: strangers may ask as often as they like."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: ReadinessResponse | None = None
        self._until = 0.0

    async def found(self, deployment: Deployment) -> ReadinessResponse:
        """The checks, made anew where the last ones are too old; many who ask at once wait for the same ones."""
        async with self._lock:
            if self._found is None or time.monotonic() >= self._until:
                self._found = await run_in_threadpool(_looked, deployment)
                self._until = time.monotonic() + READY_SECONDS
            return self._found


@router.get("/readyz", responses={503: {"model": ReadinessResponse, "description": "Not ready."}})
async def readyz(
    request: Request, caller: Annotated[Caller, Depends(public())], response: Response
) -> ReadinessResponse:
    """Ready when database, schema, lake and serving model are all there; 503 otherwise. A few seconds old."""
    state = request.app.state
    if not hasattr(state, "readiness"):
        state.readiness = Lately()
    lately: Lately = state.readiness
    found = await lately.found(caller.deployment)
    if not found.ready:
        response.status_code = 503
    return found


def _looked(deployment: Deployment) -> ReadinessResponse:
    checks = [
        CheckResponse(name=check.name, ok=check.ok, message=check.message) for check in readiness(deployment)
    ]
    return ReadinessResponse(ready=all(check.ok for check in checks), checks=checks)
