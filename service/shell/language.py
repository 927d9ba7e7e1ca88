"""Which language a reader has chosen, and on which pages it is spoken: those that are translated as a whole."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from service.core.callers import Caller
from service.core.taking import Line
from service.shell.access import SAFE_METHODS, public, same_site
from service.shell.messages import LANGUAGES, SOURCE, offering, speaking, whole

router = APIRouter(include_in_schema=False)
COOKIE = "belong-language"
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Translatable:
    """A page all of whose words go through the catalogue: its address, its template, the modules that make it."""

    address: re.Pattern[str]
    template: str
    modules: tuple[str, ...]

    def languages(self) -> tuple[str, ...]:
        """Those the page exists in as a whole."""
        everywhere = ("service.shell.frames", "service.shell.rendering")
        return tuple(one for one in LANGUAGES if whole(self.template, (*self.modules, *everywhere), one))


TRANSLATABLE = (
    Translatable(re.compile(r"/sign-in"), "accounts/sign_in.html", ("service.accounts.entry_pages",)),
    Translatable(re.compile(r"/help"), "app/help.html", ("service.app.help_pages",)),
    Translatable(re.compile(r"/pupils/[^/]+/voice"), "pupils/voice.html", ("service.pupils.voice_pages",)),
)
"""Another page may stand here once nothing on it is English alone; `tests/web/test_welsh.py` reads them."""


def languages_of(method: str, path: str) -> tuple[str, ...]:
    """The languages of a page that is opened. What answers a form is English: so are the reasons it may give."""
    if method not in SAFE_METHODS:
        return (SOURCE,)
    page = next((one for one in TRANSLATABLE if one.address.fullmatch(path)), None)
    return page.languages() if page else (SOURCE,)


class Speaking:
    """Middleware: the language the browser's cookie names, where the page exists in it as a whole."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its language set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        languages, chosen = languages_of(scope["method"], scope["path"]), _chosen(scope)
        offered = offering.set(languages)
        token = speaking.set(chosen if chosen in languages else SOURCE)
        try:
            await self.app(scope, receive, send)
        finally:
            speaking.reset(token)
            offering.reset(offered)


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
