"""The API of what the people records are about may ask for. A data protection officer's, and nobody else's."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from service.access import needs, require_json_csrf
from service.api.answers import ERRORS
from service.callers import Caller
from service.life import erasing, exporting, marking, requests

router = APIRouter(
    prefix="/api/v1", tags=["data protection"], responses=ERRORS, dependencies=[Depends(require_json_csrf)]
)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$", examples=["p0123456789abcdef0123"])]
RecordPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$", examples=["r0123456789abcdef"])]
Marker = Annotated[Caller, Depends(needs("subject.mark"))]
Exporter = Annotated[Caller, Depends(needs("subject.export"))]
Eraser = Annotated[Caller, Depends(needs("subject.erase"))]
Keeper = Annotated[Caller, Depends(needs("requests.manage"))]


class MarkRequest(BaseModel):
    """Why a pupil is kept out of scoring; staff are not told."""

    reason: Literal["objection", "restricted", "other"]


class FindRequest(BaseModel):
    """What a letter names a pupil by."""

    school: str = Field(pattern=r"^[0-9]{6}$")
    identifier: str = Field(min_length=1, max_length=40)


class FoundResponse(BaseModel):
    """The id that all other calls take."""

    pupil_id: str


class ReceivedRequest(BaseModel):
    """A complaint, objection or request that came in."""

    school: str = Field(pattern=r"^[0-9]{6}$")
    kind: Literal["access", "erasure", "objection", "rectification", "restriction", "complaint"]
    received_on: date
    pupil_id: str | None = Field(default=None, pattern=r"^p[0-9a-f]{20}$")


class WordsRequest(BaseModel):
    """What a person has to say to it."""

    words: str = Field(min_length=1, max_length=2000)


class EraseRequest(BaseModel):
    """The same id again, so that nobody is erased by a slip."""

    confirm: str = Field(max_length=40)


class ReleaseRequest(BaseModel):
    """Sections, or ids of records, that are not handed over."""

    withhold: list[str] = Field(default_factory=list, max_length=500)


@router.post("/data-protection/find")
def find(caller: Marker, body: FindRequest) -> FoundResponse:
    """The pupil behind a UPN, admission number or MIS id, without opening a roll."""
    return FoundResponse(pupil_id=marking.pupil_known_as(caller, body.school, body.identifier))


@router.get("/data-protection/marks")
def list_marks(caller: Marker) -> list[dict[str, Any]]:
    """Pupils who are kept out of scoring and training."""
    return marking.marked(caller)


@router.put("/pupils/{pupil_id}/do-not-score", status_code=204)
def mark(caller: Marker, pupil_id: PupilPath, body: MarkRequest) -> None:
    """Keep a pupil out from now on; figures already published go at once."""
    marking.mark(caller, pupil_id, body.reason)


@router.delete("/pupils/{pupil_id}/do-not-score", status_code=204)
def unmark(caller: Marker, pupil_id: PupilPath) -> None:
    """End the mark."""
    marking.unmark(caller, pupil_id)


@router.post("/pupils/{pupil_id}/erasure")
def erase(caller: Eraser, pupil_id: PupilPath, body: EraseRequest) -> dict[str, Any]:
    """Erase a pupil everywhere. `confirm` repeats the pupil's id."""
    return erasing.erase_confirmed(caller, pupil_id, body.confirm)


@router.post("/pupils/{pupil_id}/subject-exports", status_code=201)
def prepare_export(caller: Exporter, pupil_id: PupilPath) -> dict[str, Any]:
    """Gather all that is kept about a pupil; a person reads and releases it."""
    return exporting.prepare(caller, pupil_id)


@router.get("/subject-exports/{export_id}")
def read_export(caller: Exporter, export_id: RecordPath) -> dict[str, Any]:
    """A prepared export, whole, for the person who looks it through."""
    return exporting.read(caller, export_id)


@router.post("/subject-exports/{export_id}/release")
def release_export(caller: Exporter, export_id: RecordPath, body: ReleaseRequest) -> dict[str, Any]:
    """What may be handed over. A signed-in person's act, never a machine's."""
    return exporting.release(caller, export_id, body.withhold)


@router.get("/data-requests")
def list_requests(caller: Keeper, everything: bool = False) -> list[dict[str, Any]]:
    """Requests that are open (or all), those due soonest first."""
    return requests.listed(caller, open_only=not everything)


@router.post("/data-requests", status_code=201)
def open_request(caller: Keeper, body: ReceivedRequest) -> dict[str, Any]:
    """Note what came in; the answer says by when it is due."""
    return requests.open_request(caller, body.school, body.kind, body.received_on, body.pupil_id)


@router.post("/data-requests/{request_id}/extension")
def extend_request(caller: Keeper, request_id: RecordPath, body: WordsRequest) -> dict[str, Any]:
    """Two months more, once, with the reason the person is told."""
    return requests.extend(caller, request_id, body.words)


@router.post("/data-requests/{request_id}/closing")
def close_request(caller: Keeper, request_id: RecordPath, body: WordsRequest) -> dict[str, Any]:
    """How it was answered."""
    return requests.close_request(caller, request_id, body.words)
