"""Bodies of the audit log."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from service.shell.bodies import Body


class AuditEventResponse(Body):
    """One event of the audit log."""

    id: int
    at: datetime
    event: str
    actor: str
    role: str
    via: str
    school: str | None
    subject: str | None
    purpose: str | None
    request_id: str | None
    detail: dict[str, Any]


class AuditResponse(Body):
    """Events, newest first."""

    events: list[AuditEventResponse]
    next: str | None


class SealsResponse(Body):
    """Whether the audit log's seals hold, how many events none covers yet, and the newest seal, to be noted down."""

    seals: int
    sealed: int
    unsealed: int
    broken: Annotated[int | None, Field(description="The first seal that does not hold or is gone.")]
    last: str | None
    altered: Annotated[
        Literal["", "beginning", "middle", "end", "everything"],
        Field(description="In which part the log was changed; empty where it was not."),
    ]
    anchor: Annotated[
        Literal["whole", "shorter", "missing"],
        Field(description="Whether the file beside the keys names every seal."),
    ]
    since: Annotated[datetime | None, Field(description="Since when events wait for a seal.")]
    noted_stands: Annotated[bool | None, Field(description="Whether the seal asked about is still there.")]
