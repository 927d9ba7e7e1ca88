"""Deployments for tests: an own home on SQLite or PostgreSQL, with accounts, and routes without the rest."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from data_contracts.errors import BelongError
from service.accounts import signing
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.migrate import upgrade
from service.core.permissions import Reader
from service.core.settings import Settings
from service.core.throttle import Throttle
from testbed.postgres import OwnDatabase


def open_deployment(path: Path, postgres: OwnDatabase | None = None, **settings: object) -> Deployment:
    """A new home and its deployment; on PostgreSQL the application's role owns nothing."""
    home = Home.create(path)
    known: dict[str, object] = {"home": home.path, **settings}
    if postgres is not None:
        known |= {"database_url": postgres.url, "owner_url": postgres.owner_url}
    made = Settings(**known)  # type: ignore[arg-type]
    if postgres is not None:
        upgrade(made)
    return Deployment.open(home.path, made)


def caller(deployment: Deployment, role: str, schools: Iterable[str] = (), **more: object) -> Caller:
    """Someone with a role, as if signed in."""
    reader = Reader(f"a-{role}", f"{role}@school.example", role, role, frozenset(schools), **more)  # type: ignore[arg-type]
    return Caller(deployment, reader)


def app_with(deployment: Deployment, *routers: APIRouter) -> FastAPI:
    """An application of these routes alone, with errors answered as the service does."""
    app = FastAPI()
    app.state.deployment = deployment
    app.state.knows = signing
    app.state.request_counts = Throttle(deployment.database)
    for router in routers:
        app.include_router(router)

    @app.exception_handler(BelongError)
    def say(request: Request, error: BelongError) -> JSONResponse:
        return JSONResponse({"title": error.message, "detail": error.hint}, status_code=error.http_status)

    return app


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """An application on a free port of loopback, for a real browser: its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
