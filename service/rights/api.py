"""The API of what the people records are about may ask for. A data protection officer's, and nobody else's."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import Field, RootModel

from service.core.callers import Caller
from service.core.taking import Day, Id, Line, Text, Urn
from service.rights import erasing, exporting, marking, requests
from service.shell.access import needs, require_json_csrf
from service.shell.answers import ERRORS, answers_once, once, tagged
from service.shell.bodies import Body
from service.shell.paging import Cursor, Limit, page_of

router = APIRouter(
    prefix="/api/v1", tags=["data protection"], responses=ERRORS, dependencies=[Depends(require_json_csrf)]
)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$", examples=["p0123456789abcdef0123"])]
RecordPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["r0123456789abcdef"])]
Marker = Annotated[Caller, Depends(needs("subject.mark"))]
Exporter = Annotated[Caller, Depends(needs("subject.export"))]
Eraser = Annotated[Caller, Depends(needs("subject.erase"))]
Keeper = Annotated[Caller, Depends(needs("requests.manage"))]


class MarkRequest(Body):
    """Why a pupil is kept out of scoring; staff are not told."""

    reason: Annotated[Literal["objection", "restricted", "other"], Field(examples=["objection"])]


class FindRequest(Body):
    """What a letter names a pupil by."""

    school: Urn
    identifier: Line = Field(min_length=1, max_length=40, examples=["1001"])


class FoundResponse(Body):
    """The id that all other calls take."""

    pupil_id: str


class ReceivedRequest(Body):
    """A complaint, objection or request that came in."""

    school: Urn
    kind: Annotated[
        Literal["access", "erasure", "objection", "rectification", "restriction", "complaint"],
        Field(examples=["access"]),
    ]
    received_on: Day = Field(examples=["2026-11-02"])
    pupil_id: str | None = Field(default=None, pattern=r"^p[0-9a-f]{20}$")


class WordsRequest(Body):
    """What a person has to say to it."""

    words: Text = Field(min_length=1, max_length=2000, examples=["Answered by letter."])


class EraseRequest(Body):
    """The same id again, so that nobody is erased by a slip."""

    confirm: Line = Field(max_length=40, examples=["p0123456789abcdef0123"])


class ReleaseRequest(Body):
    """Sections, or ids of records, that are not handed over."""

    withhold: list[Id] = Field(default_factory=list, max_length=500, examples=[[]])


class MarkResponse(Body):
    """A mark that stands."""

    pupil_id: str
    school: str
    reason: str
    since: datetime


class MarksResponse(Body):
    """Pupils who are kept out of scoring and training."""

    marks: list[MarkResponse]
    next: str | None


class ErasedResponse(Body):
    """What went: rows by table, lake files rewritten, sealed uploads deleted."""

    pupil_id: str
    schools: list[str]
    rows: dict[str, int]
    files: int
    raw: int


class PreparedResponse(Body):
    """An export that waits for a person."""

    id: str
    sections: list[str]
    expires_on: date


class ExportResponse(RootModel[dict[str, Any]]):
    """All that is kept about a pupil, section by section."""


class RequestResponse(Body):
    """A request and its day."""

    id: str
    school: str
    pupil_id: str | None
    kind: str
    received_on: date
    due_on: date
    state: str
    outcome: str
    closed_at: datetime | None
    overdue: bool


class RequestsResponse(Body):
    """Requests, those due soonest first."""

    requests: list[RequestResponse]
    next: str | None


@router.post("/data-protection/find", response_model=FoundResponse)
@answers_once()
def find(caller: Marker, body: FindRequest) -> FoundResponse:
    """The pupil behind a UPN, admission number or MIS id, without opening a roll."""
    return FoundResponse(pupil_id=marking.pupil_known_as(caller, body.school, body.identifier))


@router.get("/data-protection/marks", response_model=MarksResponse)
def list_marks(request: Request, caller: Marker, cursor: Cursor = None, limit: Limit = 200) -> Response:
    """Pupils who are kept out of scoring and training."""
    rows, more = page_of(marking.marked(caller), lambda row: str(row["pupil_id"]), cursor, limit)
    return tagged(request, MarksResponse(marks=[MarkResponse(**row) for row in rows], next=more))


@router.put("/pupils/{pupil_id}/do-not-score", status_code=204)
def mark(caller: Marker, pupil_id: PupilPath, body: MarkRequest) -> None:
    """Keep a pupil out from now on; figures already published go at once."""
    marking.mark(caller, pupil_id, body.reason)


@router.delete("/pupils/{pupil_id}/do-not-score", status_code=204)
def unmark(caller: Marker, pupil_id: PupilPath) -> None:
    """End the mark."""
    marking.unmark(caller, pupil_id)


@router.post("/pupils/{pupil_id}/erasure", response_model=ErasedResponse)
@answers_once()
def erase(caller: Eraser, pupil_id: PupilPath, body: EraseRequest) -> ErasedResponse:
    """Erase a pupil everywhere. `confirm` repeats the pupil's id."""
    return ErasedResponse(**erasing.erase_confirmed(caller, pupil_id, body.confirm))


@router.post("/pupils/{pupil_id}/subject-exports", status_code=201, response_model=PreparedResponse)
def prepare_export(request: Request, caller: Exporter, pupil_id: PupilPath) -> Response:
    """Gather all that is kept about a pupil; a person reads and releases it."""
    return once(caller, request, None, lambda: PreparedResponse(**exporting.prepare(caller, pupil_id)), 201)


@router.get("/subject-exports/{export_id}", response_model=ExportResponse)
def read_export(request: Request, caller: Exporter, export_id: RecordPath) -> Response:
    """A prepared export, whole, for the person who looks it through."""
    return tagged(request, ExportResponse(exporting.read(caller, export_id)))


@router.post("/subject-exports/{export_id}/release", response_model=ExportResponse)
def release_export(caller: Exporter, export_id: RecordPath, body: ReleaseRequest) -> ExportResponse:
    """What may be handed over. A signed-in person's act, never a machine's.

    The answer is never kept to be repeated, so an Idempotency-Key has no effect here; releasing again is
    another event.
    """
    return ExportResponse(exporting.release(caller, export_id, body.withhold))


@router.get("/data-requests", response_model=RequestsResponse)
def list_requests(
    request: Request, caller: Keeper, everything: bool = False, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """Requests that are open (or all), those due soonest first."""
    found = requests.listed(caller, open_only=not everything)
    rows, more = page_of(found, lambda row: str(row["id"]), cursor, limit)
    return tagged(request, RequestsResponse(requests=[RequestResponse(**row) for row in rows], next=more))


@router.post("/data-requests", status_code=201, response_model=RequestResponse)
@answers_once(status=201)
def open_request(caller: Keeper, body: ReceivedRequest) -> RequestResponse:
    """Note what came in; the answer says by when it is due."""
    noted = requests.open_request(caller, body.school, body.kind, body.received_on, body.pupil_id)
    return RequestResponse(**noted)


@router.post("/data-requests/{request_id}/extension", response_model=RequestResponse)
@answers_once()
def extend_request(caller: Keeper, request_id: RecordPath, body: WordsRequest) -> RequestResponse:
    """Two months more, once, with the reason the person is told."""
    return RequestResponse(**requests.extend(caller, request_id, body.words))


@router.post("/data-requests/{request_id}/closing", response_model=RequestResponse)
@answers_once()
def close_request(caller: Keeper, request_id: RecordPath, body: WordsRequest) -> RequestResponse:
    """How it was answered."""
    return RequestResponse(**requests.close_request(caller, request_id, body.words))
