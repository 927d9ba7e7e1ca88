"""The routes of signing in by an identity provider, and of one-time codes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from service.accounts import provider_journey as journey
from service.accounts import second_factor, vouching
from service.accounts.provider import ProviderClient
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.taking import Handed, Line, Secret
from service.shell.access import client_address, cookie_name, needs, public, require_json_csrf

router = APIRouter()
Anyone = Annotated[Caller, Depends(public())]
Myself = Annotated[Caller, Depends(needs("self.change", without_second_factor=True))]
CSRF = [Depends(require_json_csrf)]


class SecondFactorResponse(BaseModel):
    """What an authenticator app needs, and the sealed secret to send back with the first code."""

    address: str
    secret: str
    pending: str


class ConfirmRequest(BaseModel):
    """The first code made with the new secret."""

    pending: Handed = Field(max_length=1000, examples=["the sealed secret of the answer before"])
    code: str = Field(pattern=r"^\d{6}$", examples=["123456"])
    current: str = Field("", pattern=r"^(\d{6})?$", description="A code of the secret that is replaced.")


@router.get("/sign-in/with/{provider}", include_in_schema=False)
def go(
    caller: Anyone,
    request: Request,
    provider: Line,
    next: Line = "/",
    invitation: Secret | None = None,
) -> Response:
    """Send the browser to an identity provider. That a colleague's code was given stands in a cookie and not in the
    address, where link and code would lie in one history."""
    deployment = caller.deployment
    begun = journey.begin(
        deployment,
        _client(request, deployment, provider),
        address=client_address(request),
        next_page=next,
        invitation=invitation,
        vouched=request.cookies.get(vouched_cookie(deployment), ""),
    )
    response = RedirectResponse(begun.address, status_code=303)
    _set_cookie(response, deployment, _attempt_cookie(deployment), begun.browser, journey.MINUTES * 60)
    return response


@router.get("/sign-in/back/{provider}", include_in_schema=False)
def back(caller: Anyone, request: Request, provider: Line, state: Handed = "", code: Handed = "") -> Response:
    """Take back whom an identity provider sends, and open a session."""
    deployment = caller.deployment
    finished = journey.finish(
        deployment,
        _client(request, deployment, provider),
        state=state,
        code=code,
        browser=request.cookies.get(_attempt_cookie(deployment)),
    )
    response = RedirectResponse(finished.next_page, status_code=303)
    for name in (_attempt_cookie(deployment), vouched_cookie(deployment)):
        response.delete_cookie(name, path="/", secure=deployment.settings.secure_cookies, httponly=True)
    _set_cookie(response, deployment, cookie_name(deployment), finished.session.cookie, None)
    return response


@router.post("/api/v1/account/second-factor", tags=["account"], dependencies=CSRF)
def begin_second_factor(caller: Myself) -> SecondFactorResponse:
    """Begin to set up one-time codes for one's own account. Nothing is kept before a code is confirmed."""
    return SecondFactorResponse(**second_factor.begin(caller))


@router.post("/api/v1/account/second-factor/confirm", tags=["account"], dependencies=CSRF, status_code=204)
def confirm_second_factor(caller: Myself, body: ConfirmRequest) -> None:
    """Turn one-time codes on, with a first code; where there are some already, with one of those too."""
    second_factor.confirm(caller, body.pending, body.code, body.current)


def _client(request: Request, deployment: Deployment, name: str) -> ProviderClient:
    """One client per provider and process, so that its published keys are fetched once in a while only."""
    state = request.app.state
    if not hasattr(state, "provider_clients"):
        state.provider_clients = {}
    clients: dict[str, ProviderClient] = state.provider_clients
    if name not in clients:
        clients[name] = journey.client_for(deployment, name)
    return clients[name]


def keep_vouched(response: Response, deployment: Deployment, secret: str) -> None:
    """Let this browser go on to a provider without the code in an address."""
    note, seconds = vouching.shown(deployment, secret), vouching.SHOWN_MINUTES * 60
    _set_cookie(response, deployment, vouched_cookie(deployment), note, seconds)


def vouched_cookie(deployment: Deployment) -> str:
    """The cookie that says a colleague's code was given in this browser."""
    return "__Host-belong-vouched" if deployment.settings.secure_cookies else "belong-vouched"


def _attempt_cookie(deployment: Deployment) -> str:
    return "__Host-belong-attempt" if deployment.settings.secure_cookies else "belong-attempt"


def _set_cookie(
    response: Response, deployment: Deployment, name: str, value: str, seconds: int | None
) -> None:
    """Out of reach of scripts and of other sites' forms. Lax, as the way back begins on another site."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=deployment.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
