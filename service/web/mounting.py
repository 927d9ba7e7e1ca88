"""How the pages join the application: routers, built assets, and errors in words for people with a browser."""

from importlib import import_module

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from data_contracts.errors import BelongError
from service.api import answers
from service.permissions import NotSignedIn
from service.web.pages.failures import MessagePage
from service.web.rendering import BUILT, STATIC_URL, Frame, render

PAGES = (
    "entry",
    "term",
    "card",
    "decide",
    "voice",
    "reviews",
    "uploads",
    "model",
    "admin",
    "accounts",
    "packs",
    "help",
)
CACHED = "public, max-age=31536000, immutable"
OUTSIDE_PAGES = ("/api/", "/static/", "/healthz", "/readyz")


class Built(StaticFiles):
    """Built assets: their names carry a hash of their content, so they never go stale."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file with a long life in the reader's cache."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = CACHED
        return response


def mount(app: FastAPI) -> None:
    """Add every page to the application; called after the API, whose answers stay as they are."""
    for name in PAGES:
        app.include_router(import_module(f"service.web.pages.{name}").router)
    app.mount(STATIC_URL, Built(directory=BUILT, check_dir=False), name="static")
    app.add_exception_handler(BelongError, _told)
    app.add_exception_handler(HTTPException, _missing)


def _told(request: Request, error: Exception) -> Response:
    """An error a person can act on: a page for a browser, a problem for a machine."""
    assert isinstance(error, BelongError)
    if not _for_a_person(request):
        return answers.for_error(request, error)
    if isinstance(error, NotSignedIn):
        return RedirectResponse(f"/sign-in?next={request.url.path}", 303)
    page = MessagePage("Something to put right", words=error.message, hint=error.hint)
    return render(page, Frame(), status=error.http_status)


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not _for_a_person(request):
        return answers.problem(request, error.status_code, str(error.detail), **dict(error.headers or {}))
    words = "There is no such page." if error.status_code == 404 else "This page cannot do that."
    return render(MessagePage("Page not found", words=words), Frame(), status=error.status_code)


def _for_a_person(request: Request) -> bool:
    return not request.url.path.startswith(OUTSIDE_PAGES)
