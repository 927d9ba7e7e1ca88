"""A person's own tokens, and the change of their own account that waits for a colleague's code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import Field

from service.accounts import keeping, own_tokens
from service.accounts.bodies import (
    CodeRequest,
    OwnChangeResponse,
    OwnChangesResponse,
    TokenLineResponse,
    TokenResponse,
    TokensResponse,
)
from service.core.callers import Caller
from service.core.taking import Line, Secret, Urn
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, once, tagged
from service.shell.bodies import Body, DoneResponse
from service.shell.paging import Cursor, Limit, page_of

router = APIRouter(tags=["account"], responses=ERRORS)
Myself = Annotated[Caller, Depends(needs("self.read"))]
Person = Annotated[Caller, Depends(needs("self.change"))]
ChangePath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["i0123456789abcdef"])]
TokenPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["t0123456789abcdef"])]


class OwnTokenRequest(Body):
    """A token for one's own machine. `schools` null: all of one's own. Password and code are kept nowhere."""

    label: Annotated[Line, Field(min_length=1, max_length=100, examples=["Nightly upload"])]
    days: Annotated[int, Field(ge=1, le=365)] = 90
    schools: list[Urn] | None = None
    password: Annotated[Secret, Field(max_length=200)] = ""
    code: Annotated[Secret, Field(max_length=20)] = ""


@router.get("/account/tokens", response_model=TokensResponse)
def list_own_tokens(request: Request, caller: Myself, cursor: Cursor = None, limit: Limit = 200) -> Response:
    """One's own tokens, newest first, without their secrets."""
    rows, more = page_of(own_tokens.own_tokens(caller), lambda row: row.id, cursor, limit)
    return tagged(
        request, TokensResponse(tokens=[TokenLineResponse.model_validate(row) for row in rows], next=more)
    )


@router.post("/account/tokens", status_code=201, response_model=TokenResponse)
def issue_own_token(request: Request, caller: Person, body: OwnTokenRequest) -> Response:
    """A token that may do what its maker may. A signed-in person's act, with their password and one-time
    code; refused to a machine. It is shown this once."""

    def make() -> TokenResponse:
        return TokenResponse(**own_tokens.issue_own(caller, **body.model_dump()))

    sent = body.model_dump(
        exclude={"password", "code"}
    )  # what is kept to know a repeat by has no secrets in it
    return once(caller, request, sent, make, 201, shown_once=True)


@router.post("/account/tokens/{token_id}/end", response_model=DoneResponse)
@answers_once()
def end_own_token(caller: Myself, token_id: TokenPath) -> DoneResponse:
    """End one of one's own tokens."""
    own_tokens.end_own(caller, token_id)
    return DoneResponse()


@router.get("/account/changes", response_model=OwnChangesResponse)
def list_own_changes(request: Request, caller: Myself) -> Response:
    """The change of one's own account that waits, if there is one."""
    row = keeping.own_change(caller)
    known = [] if row is None else [OwnChangeResponse.model_validate(row)]
    return tagged(request, OwnChangesResponse(changes=known))


@router.post("/account/changes/{change_id}/confirm", response_model=DoneResponse)
@answers_once()
def confirm_own_change(caller: Person, change_id: ChangePath, body: CodeRequest) -> DoneResponse:
    """Take on a change with the code that a colleague gave. All sessions and tokens end: sign in again."""
    keeping.confirm_change(caller, change_id, body.code)
    return DoneResponse()
