"""Accounts: invite people, close accounts; and the page on which an invited person sets their password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.access import checked_form, needs, public, require_json_csrf
from service.accounts import keeping, vouching
from service.accounts.readers import EVERY_SCHOOL
from service.callers import Caller
from service.permissions import ROLES, NotFound
from service.reads import schools_of
from service.taking import Id, Line, Secret
from service.web.frames import ROLE_WORDS, frame_for
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
Manages = Annotated[Caller, Depends(needs("accounts.manage"))]
YEARS = tuple(str(year) for year in range(7, 14))
ROLE_HINTS = {
    "admin": "Adds schools and accounts. Sees no pupil.",
    "inclusion_lead": "Hands in files, sets support places, leads the review meeting.",
    "pastoral": "Reads pupils’ cards, records views and decisions.",
    "head_of_year": "Reads the cards of their own year groups.",
    "senco": "Reads pupils’ cards.",
    "dsl": "Reads pupils’ cards and restricted notes.",
    "head": "Sees the school as a whole, counts and reviews due. Sees no pupil’s card.",
    "trust_lead": "Sees schools side by side. Sees no pupil.",
    "data_team": "Trains and tests models. Sees no names.",
    "dpo": "Reads the log of who saw what, answers requests.",
    "governor": "Reads meeting packs and audits. Sees no pupil.",
}


@dataclass(frozen=True)
class AccountsPage(Page):
    """Everyone who may sign in, and the form to invite another."""

    template: ClassVar[str] = "admin/accounts.html"
    section: ClassVar[str] = "accounts"

    accounts: tuple[dict[str, Any], ...]
    roles: tuple[tuple[str, str, str], ...]
    schools: tuple[tuple[str, ...], ...]
    years: tuple[tuple[str, str], ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InvitedPage(Page):
    """The invitation, shown this once."""

    template: ClassVar[str] = "admin/invited.html"
    section: ClassVar[str] = "accounts"

    user: str
    address: str
    expires: str
    asks_code: bool


@dataclass(frozen=True)
class ClosePage(Page):
    """The question before an account is closed."""

    template: ClassVar[str] = "admin/close.html"
    section: ClassVar[str] = "accounts"

    account_id: str
    user: str


@dataclass(frozen=True)
class JoinPage(Page):
    """Where an invited person gives a name and a password, or goes on to their provider. `asks` says that a
    colleague's code comes first."""

    template: ClassVar[str] = "admin/join.html"
    section: ClassVar[str] = ""

    secret: str
    asks: bool = False
    vouched: str = ""
    name: str = ""
    providers: tuple[tuple[str, str], ...] = ()
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/admin/accounts")
def read_accounts(caller: Manages) -> HTMLResponse:
    """All accounts."""
    return _accounts_page(caller)


@router.post("/admin/accounts", dependencies=[Depends(checked_form)])
def invite(
    caller: Manages,
    user: Annotated[Line, Form()] = "",
    role: Annotated[Line, Form()] = "",
    schools: Annotated[list[Line], Form()] = [],  # noqa: B006
    years: Annotated[list[Line], Form()] = [],  # noqa: B006
) -> HTMLResponse:
    """Invite someone. The secret is shown in the answer itself and kept nowhere, so there is no redirect."""
    given = {"user": user, "role": role, "schools": schools, "years": years}
    try:
        if role not in ROLES:
            raise Refused("Choose what the person does.")
        if not schools:
            raise Refused("Choose at least one school.")
        if EVERY_SCHOOL in schools:
            schools = [EVERY_SCHOOL]
        made = keeping.invite(caller, user, role=role, schools=schools, year_groups=years or None)
    except Refused as error:
        at = "role" if role not in ROLES else "schools" if not schools else "user"
        return _accounts_page(caller, given, {at: f"{error.message} {error.hint}".strip()})
    base = caller.deployment.settings.base_url.rstrip("/")
    page = InvitedPage(
        "Invitation made",
        user=user.strip().lower(),
        address=f"{base}/join?invitation={made['secret']}",
        expires=made["expires"],
        asks_code=made["asks_code"],
    )
    return render(page, frame_for(caller, section="accounts", synthetic=False))


@router.get("/admin/accounts/{account_id}/close")
def ask_close(caller: Manages, account_id: Id) -> HTMLResponse:
    """Ask once more before an account is closed."""
    page = ClosePage("Close this account?", account_id, keeping.user_of(caller, account_id))
    return render(page, frame_for(caller, section="accounts", synthetic=False))


@router.post("/admin/accounts/{account_id}/close", dependencies=[Depends(checked_form)])
def close(caller: Manages, account_id: Id) -> Response:
    """Close an account at once."""
    if account_id == caller.reader.account_id:
        raise Refused("You can’t close your own account.", hint="Ask another administrator.")
    keeping.close_account(caller, keeping.user_of(caller, account_id))
    return RedirectResponse("/admin/accounts", 303)


@router.get("/join")
def read_join(
    caller: Annotated[Caller, Depends(public())],
    invitation: Annotated[Secret, Query(max_length=200)] = "",
) -> HTMLResponse:
    """The form of an invited person; first that for the colleague's code, where the account will see pupils."""
    return _join_page(caller, invitation, asks=vouching.asks_code(caller.deployment, invitation))


@router.post("/join", dependencies=[Depends(require_json_csrf)])
def join(
    caller: Annotated[Caller, Depends(public())],
    invitation: Annotated[Secret, Form()] = "",
    vouched: Annotated[Secret, Form(max_length=40)] = "",
    name: Annotated[Line | None, Form()] = None,
    password: Annotated[Secret, Form()] = "",
) -> Response:
    """Make the account an invitation promised. Whoever comes holds its secret; other sites are refused.

    The form of the colleague's code asks for no name yet. It is sent here and not in an address, where link and
    code would lie in one history.
    """
    errors = {}
    try:
        if name is None:
            vouching.check_code(caller.deployment, invitation, vouched)
            return _join_page(caller, invitation, vouched)
        if not name.strip():
            errors["name"] = "Write your name as colleagues know it."
        else:
            keeping.accept_invitation(caller, invitation, name=name.strip(), password=password, code=vouched)
    except Refused as error:
        at = "password" if error.message != vouching.WRONG else "vouched" if name is None else "name"
        errors[at] = f"{error.message} {error.hint}".strip()
    except NotFound as error:
        errors["name"] = f"{error.message} {error.hint}".strip()
    if not errors:
        return RedirectResponse("/sign-in", 303)
    return _join_page(caller, invitation, vouched, asks=name is None, name=name or "", errors=errors)


def _join_page(
    caller: Caller,
    secret: str,
    vouched: str = "",
    *,
    asks: bool = False,
    name: str = "",
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    query = urlencode({"invitation": secret, "vouched": vouched})
    providers = tuple(
        (each.label, f"/sign-in/with/{each.name}?{query}") for each in caller.deployment.settings.providers
    )
    title = "A colleague’s code first" if asks else "Set up your account"
    page = JoinPage(
        title, secret=secret, asks=asks, vouched=vouched, name=name, providers=providers, errors=errors or {}
    )
    return render(page, frame_for(None, section="", synthetic=False), status=422 if errors else 200)


def _accounts_page(
    caller: Caller, given: Mapping[str, Any] | None = None, errors: dict[str, str] | None = None
) -> HTMLResponse:
    with caller.reading() as tx:
        lines = schools_of(caller, tx)
    names = {line.urn: line.name for line in lines} | {EVERY_SCHOOL: "every school"}
    accounts = tuple(
        {
            **one,
            "role_words": _begun(ROLE_WORDS.get(one["role"], one["role"])),
            "school_names": ", ".join(names.get(urn, urn) for urn in one["schools"]),
            "own": one["id"] == caller.reader.account_id,
        }
        for one in keeping.list_accounts(caller)
    )
    page = AccountsPage(
        "Accounts",
        accounts=accounts,
        roles=tuple((role, _begun(ROLE_WORDS[role]), ROLE_HINTS[role]) for role in ROLES),
        schools=(
            *((line.urn, line.name) for line in lines),
            (EVERY_SCHOOL, "Every school", "Also those added later. For administrators, data team, trust."),
        ),
        years=tuple((year, f"Year {year}") for year in YEARS),
        given=given or {},
        errors=errors or {},
    )
    synthetic = any(line.synthetic for line in lines)
    frame = frame_for(caller, section="accounts", synthetic=synthetic)
    return render(page, frame, status=422 if errors else 200)


def _begun(words: str) -> str:
    """With a capital at the beginning, the rest as it is."""
    return words[:1].upper() + words[1:]
