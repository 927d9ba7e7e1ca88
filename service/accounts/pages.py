"""Accounts: invite people, change and close accounts, help whoever lost a password, withdraw what waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.accounts import inviting, keeping, promises, resetting, second_factor
from service.accounts.readers import EVERY_SCHOOL
from service.core.callers import Caller
from service.core.permissions import ROLES
from service.core.taking import Id, Line
from service.schools import SchoolLine, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import ROLE_WORDS, frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Sees = Annotated[Caller, Depends(needs("accounts.read"))]
Manages = Annotated[Caller, Depends(needs("accounts.manage"))]
Ticked = Annotated[list[Line], Form()]
FORM = [Depends(checked_form)]
HERE = "/admin/accounts"
YEARS = tuple(str(year) for year in range(7, 14))
ROLE_HINTS = {
    "admin": N_("Adds schools and accounts. Sees no pupil."),
    "inclusion_lead": N_("Uploads files, sets support places, leads the review meeting."),
    "pastoral": N_("Reads pupils’ cards, records views and decisions."),
    "head_of_year": N_("Reads the cards of their own year groups."),
    "senco": N_("Reads pupils’ cards."),
    "dsl": N_("Reads pupils’ cards and restricted notes."),
    "head": N_("Sees the school as a whole, counts and reviews due. Sees no pupil’s card."),
    "trust_lead": N_("Sees schools side by side. Sees no pupil."),
    "data_team": N_("Trains and tests models. Sees no names."),
    "dpo": N_("Reads the log of who saw what, answers requests."),
    "governor": N_("Reads meeting packs and audits. Sees no pupil."),
}
KIND_WORDS = {"join": N_("New account"), "change": N_("Change of account"), "reset": N_("New password")}


@dataclass(frozen=True)
class Choices:
    """What a form about an account offers: roles, schools, year groups."""

    roles: tuple[tuple[str, str, str], ...]
    schools: tuple[tuple[str, ...], ...]
    years: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Waiting:
    """An open invitation, or another thing that waits for somebody."""

    id: str
    person: str
    what: str
    role_words: str
    made_by: str
    expires: datetime
    asks_code: bool


@dataclass(frozen=True)
class AccountsPage(Page):
    """Everyone who may sign in, who is invited, and the form to invite another."""

    template: ClassVar[str] = "accounts/accounts.html"
    section: ClassVar[str] = "accounts"

    accounts: tuple[dict[str, Any], ...]
    closed: tuple[dict[str, Any], ...]
    waiting: tuple[Waiting, ...]
    choices: Choices
    given: Mapping[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkPage(Page):
    """A link for somebody, shown this once. `reset`: it sets a new password."""

    template: ClassVar[str] = "accounts/invited.html"
    section: ClassVar[str] = "accounts"

    person: str
    user: str
    address: str
    expires: str
    asks_code: bool
    reset: bool = False


@dataclass(frozen=True)
class OneAccountPage(Page):
    """One account: what it may see, and what can be done for it. `waits` is a change that waits for a code."""

    template: ClassVar[str] = "accounts/account.html"
    section: ClassVar[str] = "accounts"

    account: dict[str, Any]
    choices: Choices
    given: Mapping[str, Any]
    waits: tuple[Waiting, ...]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClosePage(Page):
    """The question before an account is closed."""

    template: ClassVar[str] = "accounts/close.html"
    section: ClassVar[str] = "accounts"

    account_id: str
    person: str
    errors: dict[str, str] = field(default_factory=dict)


@router.get(HERE)
def read_accounts(caller: Sees) -> HTMLResponse:
    """All accounts."""
    return _accounts_page(caller)


@router.post(HERE, dependencies=FORM)
def invite(
    caller: Manages,
    user: Annotated[Line, Form()] = "",
    name: Annotated[Line, Form()] = "",
    role: Annotated[Line, Form()] = "",
    schools: Ticked = [],  # noqa: B006
    years: Ticked = [],  # noqa: B006
) -> HTMLResponse:
    """Invite someone. The secret is shown in the answer itself and kept nowhere, so there is no redirect."""
    given = {"user": user, "name": name, "role": role, "schools": schools, "years": years}
    missing = {"name": _("Write the person’s name.")} if not name.strip() else {}
    missing |= _missing(role, schools)
    if missing:
        return _accounts_page(caller, given, missing)
    try:
        made = inviting.invite(
            caller, user, name=name, role=role, schools=_named(schools), year_groups=years or None
        )
    except Refused as error:
        return _accounts_page(caller, given, {"user": _said(error)})
    address = f"{_base(caller)}/join?invitation={made['secret']}"
    return _link_page(
        caller, _("Invitation made"), name.strip(), user.strip().lower(), address, made, reset=False
    )


@router.get(f"{HERE}/{{account_id}}")
def read_account(caller: Sees, account_id: Id) -> HTMLResponse:
    """One account and what can be done for it."""
    return _one_page(caller, account_id)


@router.post(f"{HERE}/{{account_id}}/change", dependencies=FORM)
def change(
    caller: Manages,
    account_id: Id,
    role: Annotated[Line, Form()] = "",
    schools: Ticked = [],  # noqa: B006
    years: Ticked = [],  # noqa: B006
) -> Response:
    """Change what an account may see, at once or once its owner has given a colleague's code."""
    given = {"role": role, "schools": schools, "years": years}
    errors = _missing(role, schools)
    if not errors:
        try:
            keeping.change_account(
                caller, account_id, role=role, schools=_named(schools), year_groups=years or None
            )
        except Refused as error:
            errors = {"role": _said(error)}
    if errors:
        return _one_page(caller, account_id, given, errors)
    return RedirectResponse(f"{HERE}/{account_id}", 303)


@router.post(f"{HERE}/{{account_id}}/reset", dependencies=FORM)
def reset(caller: Manages, account_id: Id) -> HTMLResponse:
    """Make the link for a new password; like an invitation's it is shown this once."""
    known = keeping.account_of(caller, account_id)
    try:
        made = resetting.make_reset(caller, account_id)
    except Refused as error:
        return _one_page(caller, account_id, errors={"reset": _said(error)})
    address = f"{_base(caller)}/new-password?link={made['secret']}"
    person = known["name"] or known["user"]
    return _link_page(caller, _("Link for a new password"), person, known["user"], address, made, reset=True)


@router.post(f"{HERE}/{{account_id}}/codes/end", dependencies=FORM)
def end_codes(caller: Manages, account_id: Id) -> Response:
    """Turn two-step sign-in off for somebody who lost their phone."""
    second_factor.end(caller, account_id)
    return RedirectResponse(f"{HERE}/{account_id}", 303)


@router.get(f"{HERE}/{{account_id}}/close")
def ask_close(caller: Sees, account_id: Id) -> HTMLResponse:
    """Ask once more before an account is closed."""
    return _close_page(caller, account_id)


@router.post(f"{HERE}/{{account_id}}/close", dependencies=FORM)
def close(caller: Manages, account_id: Id) -> Response:
    """Close an account at once."""
    try:
        keeping.close(caller, account_id)
    except Refused as error:
        return _close_page(caller, account_id, {"close": _said(error)})
    return RedirectResponse(HERE, 303)


@router.post("/admin/invitations/{invitation_id}/withdraw", dependencies=FORM)
def withdraw(caller: Manages, invitation_id: Id) -> Response:
    """Withdraw an invitation, a change that waits or the link of a new password."""
    promises.withdraw(caller, invitation_id)
    return RedirectResponse(f"{HERE}#invitations", 303)


def _missing(role: str, schools: list[str]) -> dict[str, str]:
    errors = {"role": _("Choose what the person does.")} if role not in ROLES else {}
    return errors | ({} if schools else {"schools": _("Choose at least one school.")})


def _named(schools: list[str]) -> list[str]:
    """Every school is every school, whatever else is ticked."""
    return [EVERY_SCHOOL] if EVERY_SCHOOL in schools else schools


def _link_page(
    caller: Caller, title: str, person: str, user: str, address: str, made: Mapping[str, Any], *, reset: bool
) -> HTMLResponse:
    page = LinkPage(title, person, user, address, made["expires"], made["asks_code"], reset)
    return render(page, frame_for(caller, section="accounts", synthetic=False))


def _close_page(caller: Caller, account_id: str, errors: dict[str, str] | None = None) -> HTMLResponse:
    known = keeping.account_of(caller, account_id)
    page = ClosePage(_("Close this account?"), account_id, known["name"] or known["user"], errors or {})
    return render(page, frame_for(caller, section="accounts", synthetic=False), status=422 if errors else 200)


def _one_page(
    caller: Caller,
    account_id: str,
    given: Mapping[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    lines = _schools(caller)
    known = _shown(keeping.account_of(caller, account_id), lines, caller)
    now = {"role": known["role"], "schools": known["schools"], "years": known["year_groups"] or []}
    page = OneAccountPage(
        known["person"],
        account=known,
        choices=_choices(lines, known["schools"]),
        given=given or now,
        waits=tuple(one for own, one in _waiting(caller) if own == account_id),
        errors=errors or {},
    )
    return render(page, frame_for(caller, section="accounts", synthetic=False), status=422 if errors else 200)


def _accounts_page(
    caller: Caller, given: Mapping[str, Any] | None = None, errors: dict[str, str] | None = None
) -> HTMLResponse:
    lines = _schools(caller)
    shown = [_shown(one, lines, caller) for one in keeping.list_accounts(caller)]
    page = AccountsPage(
        _("Accounts"),
        accounts=tuple(one for one in shown if one["active"]),
        closed=tuple(one for one in shown if not one["active"]),
        waiting=tuple(one for _own, one in _waiting(caller)),
        choices=_choices(lines),
        given=given or {},
        errors=errors or {},
    )
    synthetic = any(line.synthetic for line in lines)
    frame = frame_for(caller, section="accounts", synthetic=synthetic)
    return render(page, frame, status=422 if errors else 200)


def _schools(caller: Caller) -> list[SchoolLine]:
    with caller.reading() as tx:
        return schools_of(caller, tx)


def _choices(lines: list[SchoolLine], also: list[str] | None = None) -> Choices:
    """`also` are schools an account has that are not the administrator's own: a change must not lose them."""
    known = {line.urn for line in lines} | {EVERY_SCHOOL}
    hint = _("Also those added later. For administrators, data team, trust.")
    return Choices(
        roles=tuple((role, _begun(_(ROLE_WORDS[role])), _(ROLE_HINTS[role])) for role in ROLES),
        schools=(
            *((line.urn, line.name) for line in lines),
            *((urn, urn) for urn in also or () if urn not in known),
            (EVERY_SCHOOL, _("Every school"), hint),
        ),
        years=tuple((year, _("Year %(year)s") % {"year": year}) for year in YEARS),
    )


def _shown(one: dict[str, Any], lines: list[SchoolLine], caller: Caller) -> dict[str, Any]:
    names = {line.urn: line.name for line in lines} | {EVERY_SCHOOL: _("every school")}
    return {
        **one,
        "person": one["name"] or one["user"],
        "role_words": _begun(_(ROLE_WORDS.get(one["role"], one["role"]))),
        "school_names": ", ".join(names.get(urn, urn) for urn in one["schools"]),
        "own": one["id"] == caller.reader.account_id,
    }


def _waiting(caller: Caller) -> list[tuple[str | None, Waiting]]:
    """What waits, each with the account it is for."""
    return [
        (
            one["account_id"],
            Waiting(
                one["id"],
                one["name"] or one["user"],
                _(KIND_WORDS[one["kind"]]),
                _(ROLE_WORDS.get(one["role"], one["role"])),
                one["made_by"],
                one["expires_at"],
                one["asks_code"],
            ),
        )
        for one in inviting.open_invitations(caller)
    ]


def _base(caller: Caller) -> str:
    return caller.deployment.settings.base_url.rstrip("/")


def _said(error: Refused) -> str:
    return f"{error.message} {error.hint}".strip()


def _begun(words: str) -> str:
    """With a capital at the beginning, the rest as it is."""
    return words[:1].upper() + words[1:]
