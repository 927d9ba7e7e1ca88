"""Bodies about uploads, what waits to be corrected, and loads."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from service.shell.bodies import Body


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
