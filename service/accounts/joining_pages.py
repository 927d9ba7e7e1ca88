"""The pages that a link opens for whoever holds it: set up an invited account, set a new password."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.accounts import inviting, promises, resetting, vouching
from service.accounts.account_rows import InvitationRow
from service.accounts.entry_pages import keep_session
from service.accounts.promises import Kind
from service.accounts.signin_api import keep_vouched
from service.accounts.signing import sign_in_joined
from service.core.callers import Caller
from service.core.permissions import CARD_READERS, NotFound
from service.core.taking import Line, Secret
from service.shell.access import public, require_json_csrf
from service.shell.frames import ROLE_WORDS, frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Caller, Depends(public())]
OURS = [Depends(require_json_csrf)]
OPENS = {
    **dict.fromkeys(CARD_READERS, N_("Your account will open pupils’ cards.")),
    "data_team": N_("Your account will show records about pupils, without their names."),
    "head": N_("Your account will show which support reviews are due, without pupils’ names."),
    "dpo": N_("Your account will handle requests about pupils and their data."),
}
"""What an account will show of pupils, by role: why a colleague's code comes first."""


@dataclass(frozen=True)
class JoinPage(Page):
    """Where an invited person gives a name and a password, or goes on to their provider. `asks` says that a
    colleague's code comes first, `over` that the link is not valid any more."""

    template: ClassVar[str] = "accounts/join.html"
    section: ClassVar[str] = ""

    secret: str
    over: bool = False
    asks: bool = False
    vouched: str = ""
    user: str = ""
    role_words: str = ""
    opens: str = ""
    name: str = ""
    providers: tuple[tuple[str, str], ...] = ()
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewPasswordPage(Page):
    """Where somebody who lost their password sets a new one."""

    template: ClassVar[str] = "accounts/new_password.html"
    section: ClassVar[str] = ""

    secret: str
    over: bool = False
    asks: bool = False
    user: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/join")
def read_join(caller: Anyone, invitation: Annotated[Secret, Query(max_length=200)] = "") -> HTMLResponse:
    """The form of an invited person; first that for the colleague's code, where the account will see pupils."""
    return _join_page(caller, invitation, asks=vouching.asks_code(caller.deployment, invitation))


@router.post("/join", dependencies=OURS)
def join(
    caller: Anyone,
    invitation: Annotated[Secret, Form(max_length=200)] = "",
    vouched: Annotated[Secret, Form(max_length=40)] = "",
    name: Annotated[Line | None, Form(max_length=200)] = None,
    password: Annotated[Secret, Form()] = "",
) -> Response:
    """Make the account an invitation promised and sign its owner in. Whoever comes holds its secret; other sites are
    refused.

    The form of the colleague's code asks for no name yet. It is sent here and not in an address, where link and
    code would lie in one history.
    """
    errors = {}
    try:
        if name is None:
            vouching.check_code(caller.deployment, invitation, vouched)
            answer = _join_page(caller, invitation, vouched)
            keep_vouched(answer, caller.deployment, invitation)
            return answer
        if not name.strip():
            errors["name"] = _("Write your name as colleagues know it.")
        else:
            made = inviting.accept_invitation(
                caller, invitation, name=name.strip(), password=password, code=vouched
            )
            return _signed_in(caller, made)
    except Refused as error:
        at = "password" if error.message != vouching.WRONG else "vouched" if name is None else "name"
        errors[at] = _said(error)
    except NotFound:
        return _join_page(caller, invitation)
    return _join_page(caller, invitation, vouched, asks=name is None, name=name, errors=errors)


@router.get("/new-password")
def read_new_password(caller: Anyone, link: Annotated[Secret, Query(max_length=200)] = "") -> HTMLResponse:
    """The form for a new password."""
    return _password_page(caller, link)


@router.post("/new-password", dependencies=OURS)
def new_password(
    caller: Anyone,
    link: Annotated[Secret, Form(max_length=200)] = "",
    vouched: Annotated[Secret, Form(max_length=40)] = "",
    password: Annotated[Secret, Form()] = "",
) -> Response:
    """Set the new password. Its owner then signs in with it, and with a code where they use two steps."""
    try:
        resetting.set_password(caller, link, password=password, code=vouched)
    except Refused as error:
        at = "vouched" if error.message == vouching.WRONG else "password"
        return _password_page(caller, link, {at: _said(error)})
    except NotFound:
        return _password_page(caller, link)
    return RedirectResponse("/sign-in", 303)


def _signed_in(caller: Caller, account_id: str) -> Response:
    response = RedirectResponse("/", 303)
    keep_session(response, caller.deployment, sign_in_joined(caller.deployment, account_id).cookie)
    return response


def _join_page(
    caller: Caller,
    secret: str,
    vouched: str = "",
    *,
    asks: bool = False,
    name: str | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    row = promises.peek(caller, secret, Kind.JOIN)
    if row is None:
        return _over(JoinPage(promises.OVER, secret="", over=True))
    title = _("A colleague’s code first") if asks else _("Set up your account")
    page = JoinPage(
        title,
        secret=secret,
        asks=asks,
        vouched=vouched,
        user=row.user,
        role_words=_(ROLE_WORDS.get(row.role, row.role)),
        opens=_opens(row),
        name=row.name if name is None else name,
        providers=_providers(caller, secret),
        errors=errors or {},
    )
    return render(page, frame_for(None, section="", synthetic=False), status=422 if errors else 200)


def _password_page(caller: Caller, secret: str, errors: dict[str, str] | None = None) -> HTMLResponse:
    row = promises.peek(caller, secret, Kind.RESET)
    if row is None:
        return _over(NewPasswordPage(promises.OVER, secret="", over=True))
    asks = vouching.asks_code(caller.deployment, secret, Kind.RESET)
    page = NewPasswordPage(
        _("Choose a new password"), secret=secret, asks=asks, user=row.user, errors=errors or {}
    )
    return render(page, frame_for(None, section="", synthetic=False), status=422 if errors else 200)


def _over(page: Page) -> HTMLResponse:
    return render(page, frame_for(None, section="", synthetic=False), status=404)


def _opens(row: InvitationRow) -> str:
    return _(OPENS.get(row.role, N_("Your account will show information about pupils.")))


def _providers(caller: Caller, secret: str) -> tuple[tuple[str, str], ...]:
    query = urlencode({"invitation": secret})
    return tuple(
        (each.label, f"/sign-in/with/{each.name}?{query}") for each in caller.deployment.settings.providers
    )


def _said(error: Refused) -> str:
    return f"{error.message} {error.hint}".strip()
