"""The web application: API and pages over one deployment. Nothing is made at import."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from service.accounts import signing
from service.accounts.signin_api import router as signin
from service.app import api
from service.app.pages import mount
from service.core import logs
from service.core.deployment import Deployment
from service.core.private import keep_private
from service.core.settings import Settings, home_handed_down, settings_for
from service.operations.api import router as operations
from service.operations.observed import Observed
from service.rights.api import router as life
from service.shell import answers, document
from service.shell.access import public, throttle_of
from service.shell.headers import SecurityHeaders, add_headers
from service.shell.limits import Door
from service.shell.sent_forms import SentForms

DESCRIPTION = """Early warning that leads to support. Every answer about a pupil is recorded in the audit log.

Machines send `Authorization: Bearer TOKEN`, and say what for in `Belong-Purpose`. A POST with an
`Idempotency-Key` may be repeated safely. Errors are `application/problem+json`."""


def create_app(settings: Settings, deployment: Deployment | None = None) -> FastAPI:
    """The application for a home that exists. Refused where it doesn't, or its database is older."""
    logs.configure()
    opened = deployment or Deployment.open(settings.home, settings)
    app = FastAPI(
        title="Belong",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=document.operation_id,
    )
    app.state.deployment = opened
    app.state.knows = signing
    app.state.request_counts = throttle_of(opened)
    answers.install(app)
    app.add_exception_handler(Exception, _our_mistake)
    app.include_router(api.router)
    app.include_router(operations, responses=answers.ERRORS)
    app.include_router(signin, responses=answers.ERRORS)
    app.include_router(life, responses=answers.ERRORS)
    app.add_api_route("/healthz", healthz, dependencies=[Depends(public())], tags=["operations"])
    app.add_middleware(SentForms)
    # The door comes next: what it refuses is answered in the reader's language, with all that answers carry.
    app.add_middleware(Door, of_uploads=settings.max_upload_bytes)
    mount(app)
    app.add_exception_handler(Exception, _with_headers(app, tls=settings.secure_cookies))
    # Compressed secrets next to chosen text leak by length (BREACH). Forms' tokens differ in every page
    # (`masked`), the session's cookie goes with no request that another site makes in the background
    # (SameSite=Lax), and requests are counted; so what is left to compress is worth it on a school's line.
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    document.complete(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts))
    app.add_middleware(SecurityHeaders, tls=settings.secure_cookies)
    app.add_middleware(Observed)
    return app


def from_environment() -> FastAPI:
    """The application a server process makes for itself."""
    keep_private()
    return create_app(settings_for(home_handed_down()))


async def healthz() -> dict[str, str]:
    """The process answers. Whether it can work stands at /readyz."""
    return {"status": "ok"}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.deployment.database.take_stock()
    yield
    app.state.deployment.close()


def _our_mistake(request: Request, error: Exception) -> Response:
    """A fault of ours says nothing about itself to the outside."""
    del error
    said = "Something went wrong on our side."
    return answers.problem(request, 500, said, "Try again; if it stays, tell us.")


def _with_headers(app: FastAPI, *, tls: bool) -> Callable[[Request, Exception], Response]:
    """The handler of our own faults, whichever it is, with the headers of every answer: it is asked outside all
    other layers, so nothing else would add them."""
    said = app.exception_handlers[Exception]

    def answered(request: Request, error: Exception) -> Response:
        answer: Response = said(request, error)  # type: ignore[assignment]
        add_headers(answer.headers, tls=tls)
        return answer

    return answered
