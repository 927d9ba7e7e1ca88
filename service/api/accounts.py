"""Accounts, invitations and tokens, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from service.access import needs
from service.accounts import keeping
from service.api.answers import ERRORS, once, tagged
from service.api.bodies import (
    AccountRequest,
    AccountResponse,
    AccountsResponse,
    DoneResponse,
    InvitedResponse,
    ReachRequest,
    TokenRequest,
    TokenResponse,
)
from service.callers import Caller

router = APIRouter(tags=["accounts"], responses=ERRORS)
IdPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$")]


@router.get("/accounts", response_model=AccountsResponse)
def list_accounts(request: Request, caller: Annotated[Caller, Depends(needs("accounts.manage"))]) -> Response:
    """All accounts, by sign-in name."""
    found = [AccountResponse(**row) for row in keeping.list_accounts(caller)]
    return tagged(request, AccountsResponse(accounts=found))


@router.post("/accounts/invite", status_code=201, response_model=InvitedResponse)
def invite(
    request: Request, caller: Annotated[Caller, Depends(needs("accounts.manage"))], body: AccountRequest
) -> Response:
    """Promise someone an account. The secret is shown this once: send it by a safe way."""

    def make() -> InvitedResponse:
        made = keeping.invite(
            caller, body.user, role=body.role, schools=body.schools, year_groups=body.year_groups
        )
        return InvitedResponse(**made)

    return once(caller, request, body.model_dump(), make, 201)


@router.post("/accounts/{account_id}/change", response_model=DoneResponse)
def change(
    request: Request,
    caller: Annotated[Caller, Depends(needs("accounts.manage"))],
    account_id: IdPath,
    body: ReachRequest,
) -> Response:
    """Give an account another role or reach; its sessions and tokens end."""

    def make() -> DoneResponse:
        keeping.change_account(
            caller, account_id, role=body.role, schools=body.schools, year_groups=body.year_groups
        )
        return DoneResponse()

    return once(caller, request, body.model_dump(), make)


@router.post("/accounts/{account_id}/close", response_model=DoneResponse)
def close(
    request: Request, caller: Annotated[Caller, Depends(needs("accounts.manage"))], account_id: IdPath
) -> Response:
    """Close an account at once: its sessions and tokens end with it."""

    def make() -> DoneResponse:
        keeping.close_account(caller, keeping.user_of(caller, account_id))
        return DoneResponse()

    return once(caller, request, None, make)


@router.post("/tokens", status_code=201, response_model=TokenResponse)
def issue_token(
    request: Request, caller: Annotated[Caller, Depends(needs("accounts.manage"))], body: TokenRequest
) -> Response:
    """A bearer token for an account, never wider than it. It is shown this once."""

    def make() -> TokenResponse:
        made = keeping.issue_token(caller, body.user, days=body.days, label=body.label, schools=body.schools)
        return TokenResponse(**made)

    return once(caller, request, body.model_dump(), make, 201)


@router.post("/tokens/{token_id}/end", response_model=DoneResponse)
def end_token(
    request: Request, caller: Annotated[Caller, Depends(needs("accounts.manage"))], token_id: IdPath
) -> Response:
    """End a token."""

    def make() -> DoneResponse:
        keeping.end_token(caller, token_id)
        return DoneResponse()

    return once(caller, request, None, make)
