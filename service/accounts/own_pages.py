"""One's own account: who you are here, one-time codes, the password, and where else you are signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.accounts import keeping, own_account, own_tokens, promises, second_factor, vouching
from service.accounts.account_rows import InvitationRow, TokenRow
from service.accounts.own_account import OwnAccount
from service.accounts.readers import EVERY_SCHOOL
from service.core.callers import Caller
from service.core.permissions import can
from service.core.taking import Handed, Id, Line, Secret
from service.schools import SchoolLine, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import ROLE_WORDS, frame_for
from service.shell.messages import _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Myself = Annotated[Caller, Depends(needs("self.read"))]
MyselfBeforeCodes = Annotated[Caller, Depends(needs("self.read", without_second_factor=True))]
Changes = Annotated[Caller, Depends(needs("self.change"))]
ChangesBeforeCodes = Annotated[Caller, Depends(needs("self.change", without_second_factor=True))]
Vouches = Annotated[Caller, Depends(needs("invitations.vouch"))]
FORM = [Depends(checked_form)]
HERE = "/account"
PROOFS = {
    own_account.WRONG_PASSWORD: "proof",
    second_factor.WRONG_CODE: "proof_code",
    own_tokens.TOO_LONG: "days",
}
"""At which field of the token's form a refusal is shown."""


@dataclass(frozen=True)
class Invited:
    """Somebody for whom one can vouch: what they would be, where, by whom it was made and until when."""

    id: str
    kind: str
    person: str
    user: str
    role_words: str
    where: str
    made_by: str
    expires: datetime


@dataclass(frozen=True)
class OwnChange:
    """The change of one's own account that waits for a colleague's code."""

    id: str
    role_words: str
    where: str
    expires: datetime


@dataclass(frozen=True)
class AccountPage(Page):
    """Who somebody is here. `due` says that nothing else opens before one-time codes are set up."""

    template: ClassVar[str] = "accounts/own.html"
    section: ClassVar[str] = ""

    account: OwnAccount
    role_words: str
    schools: tuple[str, ...]
    due: bool
    tokens: tuple[TokenRow, ...] = ()
    invited: tuple[Invited, ...] = ()
    change: OwnChange | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CodesPage(Page):
    """A new secret for an authenticator app and the form for the first code made with it."""

    template: ClassVar[str] = "accounts/codes.html"
    section: ClassVar[str] = ""

    address: str
    groups: str
    pending: str
    replaces: bool
    minutes: int = second_factor.MINUTES
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TokenMadePage(Page):
    """A token, shown this once."""

    template: ClassVar[str] = "accounts/token.html"
    section: ClassVar[str] = ""

    token: str
    expires: str


@dataclass(frozen=True)
class VouchingPage(Page):
    """The code that goes with an invitation, for a colleague to give to the person invited."""

    template: ClassVar[str] = "accounts/vouching.html"
    section: ClassVar[str] = ""

    invited: Invited
    code: str


@router.get(HERE)
def read_own(caller: MyselfBeforeCodes) -> HTMLResponse:
    """The page."""
    return _own_page(caller)


@router.get(f"{HERE}/codes")
def ask_codes(caller: ChangesBeforeCodes) -> HTMLResponse:
    """Begin to set codes up or to replace them; nothing is kept yet."""
    return _codes_page(caller, second_factor.begin(caller))


@router.post(f"{HERE}/codes", dependencies=FORM)
def keep_codes(
    caller: ChangesBeforeCodes,
    pending: Annotated[Handed, Form(max_length=1000)] = "",
    code: Annotated[Secret, Form(max_length=20)] = "",
    current: Annotated[Secret, Form(max_length=20)] = "",
) -> Response:
    """Turn the codes on with a first one, and let in whoever waited for it."""
    try:
        second_factor.confirm(caller, pending, code, current)
    except Refused as error:
        at = "current" if error.message == second_factor.CURRENT_CODE else "code"
        return _codes_page(caller, second_factor.again(caller, pending), {at: _said(error)})
    return RedirectResponse("/" if caller.second_factor_due else HERE, 303)


@router.post(f"{HERE}/codes/off", dependencies=FORM)
def stop_codes(caller: Changes, off: Annotated[Line, Form(max_length=20)] = "") -> Response:
    """Turn one's codes off, where the role may do without."""
    try:
        second_factor.stop(caller, off)
    except Refused as error:
        return _own_page(caller, {"off": _said(error)})
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/password", dependencies=FORM)
def change_password(
    caller: Changes, current: Annotated[Secret, Form()] = "", new: Annotated[Secret, Form()] = ""
) -> Response:
    """A new password; the other sessions end."""
    try:
        own_account.change_password(caller, current, new)
    except Refused as error:
        at = "current" if error.message == own_account.WRONG_PASSWORD else "new"
        return _own_page(caller, {at: _said(error)})
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/sessions/end", dependencies=FORM)
def end_others(caller: Changes) -> Response:
    """Sign out everywhere but here."""
    own_account.end_others(caller)
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/tokens", dependencies=FORM)
def make_token(
    caller: Changes,
    label: Annotated[Line, Form(max_length=100)] = "",
    days: Annotated[Line, Form(max_length=4)] = "",
    proof: Annotated[Secret, Form(max_length=200)] = "",
    proof_code: Annotated[Secret, Form(max_length=20)] = "",
) -> HTMLResponse:
    """Make a token for a machine of one's own. It is shown in the answer itself, so there is no redirect."""
    given = {"label": label, "days": days}
    if not label.strip():
        return _own_page(caller, {"label": _("Write what the token is for.")}, given)
    if not days.isdigit():
        return _own_page(caller, {"days": _("Write a number of days.")}, given)
    try:
        made = own_tokens.issue_own(
            caller, label=label.strip(), days=int(days), password=proof, code=proof_code
        )
    except Refused as error:
        return _own_page(caller, {PROOFS.get(error.message, "label"): _said(error)}, given)
    page = TokenMadePage(_("Your new token"), token=made["token"], expires=made["expires"])
    return render(page, frame_for(caller, section="", synthetic=False))


@router.post(f"{HERE}/tokens/{{token_id}}/end", dependencies=FORM)
def end_token(caller: Myself, token_id: Id) -> Response:
    """End one of one's own tokens."""
    own_tokens.end_own(caller, token_id)
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/changes/{{change_id}}", dependencies=FORM)
def confirm_change(
    caller: Changes, change_id: Id, change: Annotated[Secret, Form(max_length=40)] = ""
) -> Response:
    """Take on the change that waits, with a colleague's code. All sessions end, this one too."""
    try:
        keeping.confirm_change(caller, change_id, change)
    except Refused as error:
        return _own_page(caller, {"change": _said(error)})
    return RedirectResponse("/sign-in", 303)


@router.post(f"{HERE}/invitations/{{invitation_id}}/code", dependencies=FORM)
def vouch(caller: Vouches, invitation_id: Id) -> HTMLResponse:
    """Show the code of an invitation to somebody who answers for pupils at its schools; recorded."""
    row, code = vouching.code_for_colleague(caller, invitation_id)
    with caller.reading() as tx:
        invited = _invited_line(row, schools_of(caller, tx), promises.names_of(tx))
    page = VouchingPage(_("A code for a colleague"), invited=invited, code=code)
    return render(page, frame_for(caller, section="", synthetic=False))


def _own_page(
    caller: Caller, errors: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
) -> HTMLResponse:
    known = own_account.own_account(caller)
    with caller.reading() as tx:
        lines = schools_of(caller, tx)
    every = (_("Every school"),) if EVERY_SCHOOL in known.schools else ()
    page = AccountPage(
        _("Your account"),
        account=known,
        role_words=_(ROLE_WORDS.get(known.role, known.role)),
        schools=every or tuple(line.name for line in lines),
        due=caller.second_factor_due,
        tokens=tuple(one for one in own_tokens.own_tokens(caller) if own_tokens.is_running(one)),
        invited=tuple(_invited(caller)),
        change=_change(caller, lines),
        given=given or {},
        errors=errors or {},
    )
    frame = frame_for(caller, section="", synthetic=any(line.synthetic for line in lines))
    return render(page, frame, status=422 if errors else 200)


def _invited(caller: Caller) -> list[Invited]:
    if caller.second_factor_due or not can(caller.reader, "invitations.vouch"):
        return []
    waiting = vouching.waiting(caller)
    with caller.reading() as tx:
        lines, names = schools_of(caller, tx), promises.names_of(tx)
    return [_invited_line(row, lines, names) for row in waiting]


def _invited_line(row: InvitationRow, lines: list[SchoolLine], names: dict[str, str]) -> Invited:
    return Invited(
        row.id,
        row.kind,
        row.name or row.user,
        row.user,
        _(ROLE_WORDS.get(row.role, row.role)),
        _where(row, lines),
        promises.maker(names, row.by),
        row.expires_at,
    )


def _where(row: InvitationRow, lines: list[SchoolLine]) -> str:
    """The schools and year groups of what is promised."""
    known = {line.urn: line.name for line in lines} | {EVERY_SCHOOL: _("every school")}
    schools = ", ".join(known.get(urn, urn) for urn in row.schools)
    if row.year_groups is None:
        return schools
    years = ", ".join(sorted(row.year_groups, key=lambda year: int(year) if year.isdigit() else 0))
    return _("%(schools)s, year %(years)s") % {"schools": schools, "years": years}


def _change(caller: Caller, lines: list[SchoolLine]) -> OwnChange | None:
    row = None if caller.second_factor_due else keeping.own_change(caller)
    if row is None:
        return None
    return OwnChange(row.id, _(ROLE_WORDS.get(row.role, row.role)), _where(row, lines), row.expires_at)


def _codes_page(
    caller: Caller, begun: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> HTMLResponse:
    secret = begun["secret"]
    page = CodesPage(
        _("Set up two-step sign-in"),
        address=begun["address"],
        groups=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        pending=begun["pending"],
        replaces=own_account.own_account(caller).has_codes,
        errors=errors or {},
    )
    return render(page, frame_for(caller, section="", synthetic=False), status=422 if errors else 200)


def _said(error: Refused) -> str:
    return f"{error.message} {error.hint}".strip()
