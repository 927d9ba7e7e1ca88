"""Accounts, invitations and tokens, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from service.access import needs
from service.accounts import keeping
from service.api.answers import ERRORS, check_unchanged, once, tagged
from service.api.bodies import (
    AccountRequest,
    AccountResponse,
    AccountsResponse,
    DoneResponse,
    InvitedResponse,
    ReachRequest,
    TokenLineResponse,
    TokenRequest,
    TokenResponse,
    TokensResponse,
)
from service.api.paging import Cursor, Limit, page_of
from service.callers import Caller
from service.permissions import NotFound
from service.signin import second_factor

router = APIRouter(tags=["accounts"], responses=ERRORS)
IdPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["a0123456789abcdef"])]
Manager = Annotated[Caller, Depends(needs("accounts.manage"))]


@router.get("/accounts", response_model=AccountsResponse)
def list_accounts(request: Request, caller: Manager, cursor: Cursor = None, limit: Limit = 200) -> Response:
    """All accounts, by sign-in name."""
    rows, more = page_of(keeping.list_accounts(caller), lambda row: str(row["id"]), cursor, limit)
    return tagged(request, AccountsResponse(accounts=[AccountResponse(**row) for row in rows], next=more))


@router.get("/accounts/{account_id}", response_model=AccountResponse)
def read_account(request: Request, caller: Manager, account_id: IdPath) -> Response:
    """One account. Its ETag is what a change asks for in If-Match."""
    return tagged(request, _account(caller, account_id))


@router.get("/accounts/{account_id}/tokens", response_model=TokensResponse)
def list_tokens(
    request: Request, caller: Manager, account_id: IdPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """An account's tokens, newest first, without their secrets."""
    rows, more = page_of(keeping.tokens_of(caller, account_id), lambda row: row.id, cursor, limit)
    shown = [
        TokenLineResponse(**{n: getattr(row, n) for n in TokenLineResponse.model_fields}) for row in rows
    ]
    return tagged(request, TokensResponse(tokens=shown, next=more))


@router.post("/accounts/invite", status_code=201, response_model=InvitedResponse)
def invite(request: Request, caller: Manager, body: AccountRequest) -> Response:
    """Promise someone an account. The secret is shown this once: send it by a safe way."""

    def make() -> InvitedResponse:
        made = keeping.invite(
            caller, body.user, role=body.role, schools=body.schools, year_groups=body.year_groups
        )
        return InvitedResponse(**made)

    return once(caller, request, body.model_dump(), make, 201, shown_once=True)


@router.post("/accounts/{account_id}/change", response_model=DoneResponse)
def change(
    request: Request,
    caller: Manager,
    account_id: IdPath,
    body: ReachRequest,
) -> Response:
    """Give an account another role or reach; its sessions and tokens end."""

    def make() -> DoneResponse:
        check_unchanged(request, _account(caller, account_id))
        keeping.change_account(
            caller, account_id, role=body.role, schools=body.schools, year_groups=body.year_groups
        )
        return DoneResponse()

    return once(caller, request, body.model_dump(), make)


@router.post("/accounts/{account_id}/close", response_model=DoneResponse)
def close(request: Request, caller: Manager, account_id: IdPath) -> Response:
    """Close an account at once: its sessions and tokens end with it."""

    def make() -> DoneResponse:
        keeping.close_account(caller, keeping.user_of(caller, account_id))
        return DoneResponse()

    return once(caller, request, None, make)


@router.post("/accounts/{account_id}/second-factor/end", response_model=DoneResponse)
def end_second_factor(request: Request, caller: Manager, account_id: IdPath) -> Response:
    """For someone who lost their device: the second factor is set up anew at the next sign-in."""

    def make() -> DoneResponse:
        second_factor.end(caller, keeping.user_of(caller, account_id))
        return DoneResponse()

    return once(caller, request, None, make)


@router.post("/tokens", status_code=201, response_model=TokenResponse)
def issue_token(request: Request, caller: Manager, body: TokenRequest) -> Response:
    """A bearer token for an account that sees no pupil, never wider than it. It is shown this once."""

    def make() -> TokenResponse:
        made = keeping.issue_token(caller, body.user, days=body.days, label=body.label, schools=body.schools)
        return TokenResponse(**made)

    return once(caller, request, body.model_dump(), make, 201, shown_once=True)


@router.post("/tokens/{token_id}/end", response_model=DoneResponse)
def end_token(request: Request, caller: Manager, token_id: IdPath) -> Response:
    """End a token."""

    def make() -> DoneResponse:
        keeping.end_token(caller, token_id)
        return DoneResponse()

    return once(caller, request, None, make)


def _account(caller: Caller, account_id: str) -> AccountResponse:
    found = next((row for row in keeping.list_accounts(caller) if row["id"] == account_id), None)
    if found is None:
        raise NotFound("There is no such account.")
    return AccountResponse(**found)
