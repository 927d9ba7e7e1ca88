"""Bodies of the API: what goes in ends in `Request`, what comes out in `Response`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.core.taking import Text

PupilId = Annotated[str, Field(pattern=r"^p[0-9a-f]{20}$", examples=["p0123456789abcdef0123"])]


class Body(BaseModel):
    """Base of all bodies: nothing unknown goes in."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class ProblemResponse(BaseModel):
    """An error (RFC 9457): what happened, and what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    hint: str = ""
    request_id: str | None = None
    versions: dict[str, dict[str, str]] | None = Field(
        default=None,
        description="Where there is another version (412): `standing` and `yours`, each in words.",
    )


class CreatedResponse(Body):
    """The id of what was made."""

    id: str


class DoneResponse(Body):
    """It is done."""

    done: bool = True


class ReasonRequest(Body):
    """Why something is done; kept in the record."""

    reason: Annotated[
        Text,
        Field(min_length=1, max_length=2000, examples=["A parent asked a question we must answer first."]),
    ]
