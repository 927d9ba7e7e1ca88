"""Bodies of the API: what goes in ends in `Request`, what comes out in `Response`."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.core.taking import Line, Text

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


class FlagResponse(Body):
    """A suggestion: a support review of this pupil this term. Never a rank."""

    pupil_id: str
    new: bool
    flag_list: str | None
    nc_year: str | None
    registration_group: str | None
    left_on: date | None
    themes: list[str]


class AbstainedResponse(Body):
    """A pupil for whom nothing can be said, and why."""

    pupil_id: str
    reason: str


class FlagsResponse(Body):
    """A page of a school's list, in name order."""

    school: str
    term: str
    as_of: date | None
    model_id: str
    synthetic: bool
    places: int
    ends_on: date
    ended: bool
    flags: list[FlagResponse]
    abstained: list[AbstainedResponse]
    next: str | None


class SimilarResponse(Body):
    """How it went for past pupils with a similar figure."""

    pupils: int
    suspended: int
    low: float
    high: float
    reach: tuple[float, float] | None
    short: str


class SaidResponse(BaseModel):
    """One statement: its kind, the code and arguments it is made of, and its sentence."""

    kind: str
    code: str
    arguments: dict[str, Any]
    sentence: str


class ThemeResponse(BaseModel):
    """A theme told as a reason: its statements, its figures then and now, and the records that were counted."""

    theme: str
    label: str
    contribution: float | None
    leading: str | None
    said: list[SaidResponse]
    now: float | None
    last_term: float | None
    last_year: float | None
    share: bool
    of: int | None
    counted: int
    records: list[Any]


class ReasonResponse(BaseModel):
    """An indicator's part in the figure, in words, with the dated records behind it."""

    indicator: str
    label: str
    theme: str
    kind: Literal["changeable", "context", "history"]
    value: Any
    unit: str | None
    contribution: float | None
    probability_if_usual: float | None
    sentence: str
    evidence: list[Any]
    made_of: dict[str, Any] | None


class ExplanationResponse(BaseModel):
    """Why a figure is what it is. Figures are null for readers who may not see them."""

    pupil_id: str
    school: str
    term: str
    as_of: str
    model_id: str
    synthetic: bool
    abstained: str | None
    log_odds: float | None
    base_log_odds: float | None
    probability: float | None
    similar: SimilarResponse | None
    themes: list[ThemeResponse]
    well: list[SaidResponse]
    reasons: list[ReasonResponse]
    strengths: list[ReasonResponse]


class ProblemRowResponse(Body):
    """A row or file to mend: where, which rule, and how."""

    file: str
    line: int | None
    column: str | None
    rule: str
    message: str
    hint: str
    table: str | None = None
    severity: str = "row"


class FileResponse(BaseModel):
    """A file as it was handed in."""

    name: str
    size: int
    sha256: str


class ExtractResponse(BaseModel):
    """What a file was taken for, and by which signs; `mapping` says which column is read as what."""

    model_config = ConfigDict(extra="allow")

    file: str
    table: str | None = None
    mis: str | None = None
    layout: str | None = None
    header_row: int | None = None
    mapping: dict[str, Any] = {}
    not_read: list[str] = []
    rows: int = 0
    evidence: list[str] = []


class UploadResponse(Body):
    """An upload and how far it has come; `by` is the name of whoever sent it."""

    id: str
    school: str
    term: str
    by: str
    status: Literal["queued", "running", "held", "refused", "done", "failed"]
    step: str
    created_at: datetime
    finished_at: datetime | None
    files: list[FileResponse]
    extracts: list[ExtractResponse]
    counts: dict[str, dict[str, int]]
    held: list[str]
    message: str
    problems: list[ProblemRowResponse]
    problem_count: int
    findings: list[str]
    new_types: dict[str, int]
    flags_new: int | None
    load_id: str | None


class CreatedResponse(Body):
    """The id of what was made."""

    id: str


class DoneResponse(Body):
    """It is done."""

    done: bool = True


class PageOfUploads(Body):
    """Uploads, newest first."""

    uploads: list[UploadResponse]
    next: str | None


class PageOfProblems(Body):
    """Problems in reading order."""

    problems: list[ProblemRowResponse]
    next: str | None


class LoadResponse(Body):
    """A load that changed the lake; `by` is the name of whoever asked for it."""

    id: str
    school: str
    term: str
    by: str
    at: datetime
    counts: dict[str, dict[str, int]]
    contracts: dict[str, str]
    undone_at: datetime | None


class LoadsResponse(Body):
    """A school's loads, newest first."""

    loads: list[LoadResponse]
    next: str | None


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


class TermsResponse(Body):
    """Term ids, latest first."""

    loaded: list[str]
    published: list[str]


class SchoolRequest(Body):
    """A school to register."""

    urn: Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["999009"])]
    name: Annotated[Line, Field(min_length=1, max_length=200, examples=["Meadow School"])]
    phase: Literal["primary", "secondary", "all-through", "special", "alternative"] = "secondary"
    mis: Literal["sims", "arbor", "bromcom", "other"] = "other"


class ReasonRequest(Body):
    """Why something is done; kept in the record."""

    reason: Annotated[
        Text,
        Field(min_length=1, max_length=2000, examples=["A parent asked a question we must answer first."]),
    ]


class MeResponse(Body):
    """Who the caller is and what they may do."""

    user: str
    role: str
    schools: list[str]
    year_groups: list[str] | None
    permissions: list[str]


class PupilReaderResponse(Body):
    """Someone who can open a pupil's card."""

    name: str
    role: str


class ReadersResponse(Body):
    """Who can see a pupil."""

    readers: list[PupilReaderResponse]


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
