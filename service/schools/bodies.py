"""Bodies about schools, their terms, and who the caller is."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from service.core.taking import Line
from service.shell.bodies import Body


class SchoolResponse(Body):
    """A school of the reader's."""

    urn: str
    name: str
    phase: str
    mis: str
    synthetic: bool
    paused_at: datetime | None


class SchoolsResponse(Body):
    """The reader's schools, by name."""

    schools: list[SchoolResponse]
    next: str | None


class SchoolRequest(Body):
    """A school to register."""

    urn: Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["999009"])]
    name: Annotated[Line, Field(min_length=1, max_length=200, examples=["Meadow School"])]
    phase: Literal["primary", "secondary", "all-through", "special", "alternative"] = "secondary"
    mis: Literal["sims", "arbor", "bromcom", "other"] = "other"


class MeResponse(Body):
    """Who the caller is and what they may do."""

    user: str
    role: str
    schools: list[str]
    year_groups: list[str] | None
    permissions: list[str]
