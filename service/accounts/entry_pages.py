"""Coming in and going out: sign-in, sign-out, and the page each role begins with."""

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from data_contracts.errors import BelongError
from service.accounts import known_browser
from service.accounts.provider_journey import own_page
from service.accounts.signing import mark_browser, sign_in, sign_out
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.permissions import NotSignedIn, can
from service.core.secrets import Busy
from service.core.taking import Line, Secret
from service.core.throttle import TooMany
from service.schools import loaded_terms, schools_of
from service.shell.access import checked_form, client_address, cookie_name, needs, public, same_site
from service.shell.messages import _
from service.shell.rendering import Frame, Page, render

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Caller, Depends(public())]
SignedIn = Annotated[Caller, Depends(needs("self.read", without_second_factor=True))]


@dataclass(frozen=True)
class Provider:
    """Another place to sign in with."""

    name: str
    href: str


@dataclass(frozen=True)
class SignInPage(Page):
    """The sign-in form."""

    template: ClassVar[str] = "accounts/sign_in.html"

    next: str = "/"
    user: str = ""
    away: bool = False
    asks_code: bool = True
    providers: tuple[Provider, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/sign-in")
def ask(caller: Anyone, next: Line = "/", away: bool = False) -> Response:
    """The form; `away` is for somebody whose session has ended, who is told so."""
    return render(replace(_page(caller, next), away=away), Frame())


@router.post("/sign-in", dependencies=[Depends(same_site)])
def enter(
    request: Request,
    caller: Anyone,
    user: Annotated[Line, Form()] = "",
    password: Annotated[Secret, Form()] = "",
    code: Annotated[Secret, Form()] = "",
    next: Annotated[Line, Form()] = "/",
) -> Response:
    """Open a session and go where the person wanted to go."""
    deployment = caller.deployment
    marks = request.cookies.get(known_browser.cookie_name(deployment), "")
    try:
        opened = sign_in(deployment, user, password, code or None, client_address(request), marks)
    except (NotSignedIn, TooMany, Busy) as error:
        again = render(_page(caller, next, user, error), Frame(), status=error.http_status)
        if isinstance(error, TooMany | Busy):
            again.headers["Retry-After"] = str(error.retry_after)
        return again
    response = RedirectResponse(own_page(next), 303)
    keep_session(response, deployment, opened.cookie)
    _keep_marks(response, deployment, mark_browser(deployment, opened.account_id, marks))
    return response


def _keep_marks(response: Response, deployment: Deployment, marks: str) -> None:
    """Let this browser be known at its next sign-in, out of reach of scripts and of other sites."""
    response.set_cookie(
        known_browser.cookie_name(deployment),
        marks,
        max_age=known_browser.DAYS * 86400,
        httponly=True,
        secure=deployment.settings.secure_cookies,
        samesite="lax",
        path="/",
    )


def keep_session(response: Response, deployment: Deployment, cookie: str) -> None:
    """Give the browser its session, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(deployment),
        cookie,
        httponly=True,
        secure=deployment.settings.secure_cookies,
        samesite="lax",
        path="/",
    )


@router.post("/sign-out", dependencies=[Depends(checked_form)])
def leave(caller: SignedIn) -> Response:
    """End the session."""
    sign_out(caller)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(caller.deployment), path="/")
    return response


@router.get("/")
def begin(caller: Annotated[Caller, Depends(needs("self.read"))]) -> Response:
    """Each role's first page: the school's term, or the room the role works in."""
    return RedirectResponse(_first_page(caller), 303)


def _first_page(caller: Caller) -> str:
    reader = caller.reader
    if can(reader, "accounts.manage"):
        return "/set-up"
    if can(reader, "audit.read"):
        return "/who-saw-what"
    if not can(reader, "setting.read") or reader.role == "data_team":
        return "/model"
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
        if not schools:
            return "/help"
        terms = loaded_terms(caller, tx, schools[0].urn)
    if terms:
        return f"/schools/{schools[0].urn}/terms/{terms[0]}"
    return "/set-up" if can(reader, "school.pause") else "/help"


def _page(caller: Caller, next: str, user: str = "", error: BelongError | None = None) -> SignInPage:
    providers = tuple(
        Provider(each.label, f"/sign-in/with/{each.name}?next={quote(own_page(next))}")
        for each in caller.deployment.settings.providers
    )
    errors = {} if error is None else {"user": f"{error.message} {error.hint}".strip()}
    return SignInPage(_("Sign in"), next=own_page(next), user=user, providers=providers, errors=errors)
