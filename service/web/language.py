"""Which language a reader has chosen: kept in a cookie of their browser, spoken in every answer to it."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access import public, same_site
from service.callers import Caller
from service.taking import Line
from service.web.messages import LANGUAGES, SOURCE, speaking

router = APIRouter(include_in_schema=False)
COOKIE = "belong-language"
A_YEAR = 365 * 24 * 3600


class Speaking:
    """Middleware: the language the browser's cookie names, for as long as the answer is made."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its language set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = speaking.set(_chosen(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            speaking.reset(token)


@router.post("/language", dependencies=[Depends(same_site)])
def choose(
    request: Request,
    caller: Annotated[Caller, Depends(public())],
    language: Annotated[Line, Form()] = SOURCE,
) -> Response:
    """Remember a language and go back to the page the reader was on."""
    response = RedirectResponse(came_from(request), 303)
    if language in LANGUAGES:
        response.set_cookie(
            COOKIE,
            language,
            max_age=A_YEAR,
            path="/",
            secure=caller.deployment.settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
    return response


def came_from(request: Request) -> str:
    """The page of ours that a form was sent from; the start where the browser doesn't say."""
    known = urlsplit(request.headers.get("referer", ""))
    if known.netloc != request.url.netloc or not known.path.startswith("/") or known.path.startswith("//"):
        return "/"
    return known.path + (f"?{known.query}" if known.query else "")


def _chosen(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"cookie":
            wanted = cookie_parser(value.decode("latin-1")).get(COOKIE, SOURCE)
            return wanted if wanted in LANGUAGES else SOURCE
    return SOURCE
