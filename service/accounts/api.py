"""Accounts, invitations and tokens, for administrators. What changes anything is a signed-in person's act."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from service.accounts import inviting, keeping, promises, resetting, second_factor, tokens
from service.accounts.bodies import (
    AccountRequest,
    AccountResponse,
    AccountsResponse,
    ChangedResponse,
    InvitationResponse,
    InvitationsResponse,
    InvitedResponse,
    ReachRequest,
    TokenLineResponse,
    TokenRequest,
    TokenResponse,
    TokensResponse,
)
from service.core.callers import Caller
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, check_unchanged, tagged
from service.shell.bodies import DoneResponse
from service.shell.paging import Cursor, Limit, page_of

router = APIRouter(tags=["accounts"], responses=ERRORS)
IdPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["a0123456789abcdef"])]
Sees = Annotated[Caller, Depends(needs("accounts.read"))]
Manager = Annotated[Caller, Depends(needs("accounts.manage"))]


@router.get("/accounts", response_model=AccountsResponse)
def list_accounts(request: Request, caller: Sees, cursor: Cursor = None, limit: Limit = 200) -> Response:
    """All accounts, by sign-in name."""
    rows, more = page_of(keeping.list_accounts(caller), lambda row: str(row["id"]), cursor, limit)
    return tagged(request, AccountsResponse(accounts=[AccountResponse(**row) for row in rows], next=more))


@router.get("/accounts/{account_id}", response_model=AccountResponse)
def read_account(request: Request, caller: Sees, account_id: IdPath) -> Response:
    """One account. Its ETag is what a change asks for in If-Match."""
    return tagged(request, _account(caller, account_id))


@router.get("/accounts/{account_id}/tokens", response_model=TokensResponse)
def list_tokens(
    request: Request, caller: Sees, account_id: IdPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """An account's tokens, newest first, without their secrets."""
    rows, more = page_of(tokens.tokens_of(caller, account_id), lambda row: row.id, cursor, limit)
    shown = [
        TokenLineResponse(**{n: getattr(row, n) for n in TokenLineResponse.model_fields}) for row in rows
    ]
    return tagged(request, TokensResponse(tokens=shown, next=more))


@router.post("/accounts/invite", status_code=201, response_model=InvitedResponse)
@answers_once(status=201, shown_once=True)
def invite(caller: Manager, body: AccountRequest) -> InvitedResponse:
    """Promise someone an account. The secret is shown this once: hand it over securely."""
    return InvitedResponse(**inviting.invite(caller, **body.model_dump()))


@router.post("/accounts/{account_id}/change", response_model=ChangedResponse)
@answers_once()
def change(
    request: Request,
    caller: Manager,
    account_id: IdPath,
    body: ReachRequest,
) -> ChangedResponse:
    """Give an account another role or reach; its sessions and tokens end. What would let it see more of pupils than
    before waits for a code that a colleague gives to its owner."""
    check_unchanged(request, _account(caller, account_id))
    waiting = keeping.change_account(caller, account_id, **body.model_dump())
    if waiting is None:
        return ChangedResponse(done=True, waits_as=None, expires=None)
    return ChangedResponse(done=False, waits_as=waiting.id, expires=waiting.expires_at)


@router.post("/accounts/{account_id}/close", response_model=DoneResponse)
@answers_once()
def close(caller: Manager, account_id: IdPath) -> DoneResponse:
    """Close an account at once: its sessions and tokens end with it, and so does what it made for others."""
    keeping.close(caller, account_id)
    return DoneResponse()


@router.post("/accounts/{account_id}/reset", status_code=201, response_model=InvitedResponse)
@answers_once(status=201, shown_once=True)
def reset(caller: Manager, account_id: IdPath) -> InvitedResponse:
    """A link by which an account's owner sets a new password, once, within a day. The secret is shown this once."""
    return InvitedResponse(**resetting.make_reset(caller, account_id))


@router.post("/accounts/{account_id}/second-factor/end", response_model=DoneResponse)
@answers_once()
def end_second_factor(caller: Manager, account_id: IdPath) -> DoneResponse:
    """For someone who lost their device: they set up two-step sign-in again when they next sign in."""
    second_factor.end(caller, account_id)
    return DoneResponse()


@router.get("/invitations", response_model=InvitationsResponse)
def list_invitations(request: Request, caller: Sees, cursor: Cursor = None, limit: Limit = 200) -> Response:
    """Open invitations, changes and new passwords that wait, the latest first: by whom, and until when."""
    rows, more = page_of(inviting.open_invitations(caller), lambda row: str(row["id"]), cursor, limit)
    found = [InvitationResponse(**row) for row in rows]
    return tagged(request, InvitationsResponse(invitations=found, next=more))


@router.post("/invitations/{invitation_id}/withdraw", response_model=DoneResponse)
@answers_once()
def withdraw_invitation(caller: Manager, invitation_id: IdPath) -> DoneResponse:
    """Withdraw an open invitation, a change that waits or the link of a new password."""
    promises.withdraw(caller, invitation_id)
    return DoneResponse()


@router.post("/tokens", status_code=201, response_model=TokenResponse)
@answers_once(status=201, shown_once=True)
def issue_token(caller: Manager, body: TokenRequest) -> TokenResponse:
    """A bearer token for an account that sees no pupil, never wider than it. It is shown this once."""
    return TokenResponse(**tokens.issue_token(caller, **body.model_dump()))


@router.post("/tokens/{token_id}/end", response_model=DoneResponse)
@answers_once()
def end_token(caller: Manager, token_id: IdPath) -> DoneResponse:
    """End a token."""
    tokens.end_token(caller, token_id)
    return DoneResponse()


def _account(caller: Caller, account_id: str) -> AccountResponse:
    return AccountResponse(**keeping.account_of(caller, account_id))
