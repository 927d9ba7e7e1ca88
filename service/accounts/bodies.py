"""Bodies of accounts, invitations and tokens."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from service.core.taking import Line, Secret, Urn
from service.shell.bodies import Body


class ReachRequest(Body):
    """A role and how far it reaches."""

    role: Annotated[Line, Field(examples=["inclusion_lead"], max_length=40)]
    schools: Annotated[
        list[Annotated[Line, Field(pattern=r"^([0-9]{6}|\*)$")]],
        Field(default_factory=list, examples=[["999001"]]),
    ]
    year_groups: Annotated[
        list[Annotated[Line, Field(max_length=4)]] | None, Field(examples=[["7", "8"]])
    ] = None


class AccountRequest(ReachRequest):
    """An account to invite somebody to."""

    user: Annotated[Line, Field(min_length=3, max_length=200, examples=["lead@meadow.example"])]
    name: Annotated[Line, Field(max_length=200, examples=["Sam Green"])] = ""


class AccountResponse(Body):
    """An account."""

    id: str
    user: str
    name: str
    role: str
    schools: list[str]
    year_groups: list[str] | None
    active: bool
    second_factor: bool
    local: Annotated[bool, Field(description="Whether it has a password here.")]


class AccountsResponse(Body):
    """Accounts, by name."""

    accounts: list[AccountResponse]
    next: str | None


class InvitedResponse(Body):
    """An invitation; the secret is shown this once. `asks_code`: a colleague gives the person a code beside it."""

    id: str
    secret: str
    expires: datetime
    asks_code: bool


class InvitationResponse(Body):
    """What is promised to somebody and still open: an account (`join`), a `change`, a new password (`reset`)."""

    id: str
    kind: Literal["join", "change", "reset"]
    account_id: str | None
    user: str
    name: str
    role: str
    schools: list[str]
    year_groups: list[str] | None
    made_by: str
    created_at: datetime
    expires_at: datetime
    asks_code: bool


class InvitationsResponse(Body):
    """Open invitations, the latest first."""

    invitations: list[InvitationResponse]
    next: str | None


class ChangedResponse(Body):
    """The change is done, or it waits: then its owner confirms it with the code that a colleague gives them."""

    done: bool
    waits_as: str | None
    expires: datetime | None


class OwnChangeResponse(Body):
    """A change of one's own account that waits for a colleague's code."""

    id: str
    role: str
    schools: list[str]
    year_groups: list[str] | None
    expires_at: datetime


class OwnChangesResponse(Body):
    """At most one, as a newer change takes the place of an older."""

    changes: list[OwnChangeResponse]


class CodeRequest(Body):
    """The code that a colleague gave."""

    code: Annotated[Secret, Field(max_length=40, examples=["ABCD-2345"])]


class TokenRequest(Body):
    """A token for an account that sees no pupil."""

    user: Annotated[Line, Field(min_length=3, max_length=200, examples=["governor.999001@belong.example"])]
    days: Annotated[int, Field(ge=1, le=365)] = 90
    label: Annotated[Line, Field(max_length=100, examples=["Nightly upload"])] = ""
    schools: list[Urn] | None = None


class TokenResponse(Body):
    """A bearer token, shown this once."""

    id: str
    token: str
    expires: datetime


class TokenLineResponse(Body):
    """A token without its secret."""

    id: str
    label: str
    role: str
    schools: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None


class TokensResponse(Body):
    """An account's tokens, newest first."""

    tokens: list[TokenLineResponse]
    next: str | None
