"""How a request becomes a caller, and how a route names the permission it needs. Denied by default."""

import hmac
import re
from dataclasses import replace
from typing import Any, Protocol

from fastapi import Request

from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.permissions import NOBODY, RULES, NotAllowed, NotSignedIn, SecondFactorDue, check
from service.core.secrets import TOKEN_PREFIX, unmasked
from service.core.throttle import Throttle
from service.shell import sent_forms

PURPOSE = re.compile(r"[a-z_\-]{1,40}")
API = "/api/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Knows(Protocol):
    """Who can tell who stands behind a secret: the accounts' room. The application hands it over, so that no room
    is imported here."""

    def session_caller(
        self, deployment: Deployment, cookie: str, *, purpose: str | None, request_id: str | None
    ) -> Caller:
        """Who stands behind a session's cookie. Raises NotSignedIn."""
        ...

    def token_caller(
        self, deployment: Deployment, secret: str, *, purpose: str | None, request_id: str | None
    ) -> Caller:
        """Who stands behind a bearer token. Raises NotSignedIn."""
        ...


class Needs:
    """A dependency that says which permission a route needs; `None` opens the route to everyone."""

    def __init__(self, action: str | None, *, without_second_factor: bool = False) -> None:
        if action is not None and action not in RULES:
            raise ValueError(f"there is no permission {action!r}")
        self.action = action
        self.without_second_factor = without_second_factor

    def __call__(self, request: Request) -> Caller:
        """The caller, if the role has the permission; the school is checked where it is known."""
        return self.ask(request)

    def ask(self, request: Request) -> Caller:
        """As a call; also asked at the door, before a body is read, so a caller found there is not sought again."""
        if self.action is None:
            return _anyone(request)
        caller: Caller = getattr(request.state, "caller", None) or caller_of(request)
        if caller.second_factor_due and not self.without_second_factor:
            raise SecondFactorDue
        check(caller.reader, self.action)
        return caller


class Everyone(Needs):
    """Opens a route to everyone. It looks nothing up, so it takes none of the threads that others wait for."""

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """Anyone at all."""
        return _anyone(request)


def needs(action: str, *, without_second_factor: bool = False) -> Needs:
    """The dependency of a route that needs a permission."""
    return Needs(action, without_second_factor=without_second_factor)


def public() -> Needs:
    """The dependency of a route that is open to everyone; every such route is meant to be."""
    return Everyone()


def cookie_name(deployment: Deployment) -> str:
    """The session cookie, bound to this host wherever there is TLS."""
    return "__Host-sid" if deployment.settings.secure_cookies else "belong-sid"


def caller_of(request: Request) -> Caller:
    """Who asks: by bearer token, else by session cookie. Raises NotSignedIn, TooMany."""
    deployment: Deployment = request.app.state.deployment
    knows: Knows = request.app.state.knows
    known: dict[str, Any] = {"purpose": _purpose(request), "request_id": request_id(request)}
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(cookie_name(deployment))
    if scheme.lower() == "bearer" and secret.startswith(TOKEN_PREFIX):
        caller = knows.token_caller(deployment, secret.strip(), **known)
    elif scheme:
        raise NotSignedIn("This token is not valid.", hint="Ask your administrator for a new one.")
    elif cookie:
        caller = knows.session_caller(deployment, cookie, **known)
        _guard_against_forgery(request, caller)
    else:
        raise NotSignedIn("Please sign in.", hint="Machines send a bearer token.")
    limit = deployment.settings.requests_per_minute
    request.app.state.request_counts.sample_or_raise(limit, "requests", caller.reader.account_id)
    request.state.caller = caller
    return caller


def _anyone(request: Request) -> Caller:
    deployment: Deployment = request.app.state.deployment
    return Caller(deployment, replace(NOBODY), _purpose(request), request_id(request))


def _guard_against_forgery(request: Request, caller: Caller) -> None:
    """A browser's own session may change something only from our own pages, with the session's token."""
    if request.method in SAFE_METHODS:
        return
    same_site(request)
    sent = request.headers.get("x-csrf-token")
    if sent is not None or request.url.path.startswith(API):
        check_csrf(caller, sent)
        request.state.csrf_checked = True


def same_site(request: Request) -> None:
    """Raise NotAllowed for a request another site made a browser send."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = str(request.base_url).rstrip("/")
    public_address = request.app.state.deployment.settings.base_url.rstrip("/")
    foreign_site = site is not None and site not in ("same-origin", "none")
    foreign_origin = origin is not None and origin not in (own, public_address)
    if foreign_site or foreign_origin:
        raise NotAllowed("This request came from another site.", hint="Use Belong's own pages.")


def check_csrf(caller: Caller, token: str | None) -> None:
    """Compare a form's token with the session's; every form handler of a page calls this."""
    if not token or not hmac.compare_digest(unmasked(token).encode(), caller.csrf.encode()):
        raise NotAllowed("This form has expired.", hint="Go back, reload the page and send it again.")


async def checked_form(request: Request) -> None:
    """Dependency of every page route that takes a form: its `csrf_token` must be the session's, its `form_id` new.

    Declare it together with `needs(...)`, which finds the caller first. Whoever sends the token in a header is no
    page of ours and may leave the id out.
    """
    caller = await own_form(request)
    await sent_forms.take(request, caller, required=not getattr(request.state, "csrf_checked", False))


async def own_form(request: Request) -> Caller:
    """As `checked_form`, of a form that only hands something out: it may be sent as often as somebody likes."""
    caller: Caller = getattr(request.state, "caller", None) or caller_of(request)
    if not getattr(request.state, "csrf_checked", False):
        form = await request.form()
        check_csrf(caller, str(form.get("csrf_token") or ""))
    return caller


def require_json_csrf(request: Request) -> None:
    """Dependency of changing routes: no other site may have sent this. The token is checked with the caller."""
    if request.method not in SAFE_METHODS:
        same_site(request)


def _purpose(request: Request) -> str | None:
    given = request.headers.get("belong-purpose")
    return given if given and PURPOSE.fullmatch(given) else None


def request_id(request: Request) -> str | None:
    """The id this request goes by in logs and in the audit log."""
    return getattr(request.state, "request_id", None)


def client_address(request: Request) -> str:
    """Where a request comes from, as far as the server knows."""
    return request.client.host if request.client else ""


def throttle_of(deployment: Deployment) -> Throttle:
    """The counter of requests, shared by all processes of a deployment."""
    return Throttle(deployment.database)
