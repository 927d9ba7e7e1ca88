"""Uploads, problems and loads."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response

from data_contracts.errors import Refused
from service.accounts import Names
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.core.taking import Id, Line, Term, Urn
from service.records import LoadRow, lake_store
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, once, tagged
from service.shell.bodies import Body, CreatedResponse, DoneResponse
from service.shell.paging import Cursor, Limit, page_of
from service.uploads import upload_store
from service.uploads.bodies import (
    LoadResponse,
    LoadsResponse,
    PageOfProblems,
    PageOfUploads,
    ProblemRowResponse,
    UploadResponse,
)
from service.uploads.downloads import WORKBOOK, marked_up, marked_workbook
from service.uploads.receiving import approve, receive, undo_load
from service.uploads.sealing import SealingRoute, sealed_in
from service.uploads.status import UploadStatus, as_problem, problems_of, upload_status, uploads_of

router = APIRouter(tags=["uploads"], responses=ERRORS)


taking = APIRouter(route_class=SealingRoute)


class ApproveRequest(Body):
    """A yes to a held load. `keep_others`: the files are only a part, what they don't name stays as it is."""

    keep_others: bool = False


@taking.post("/uploads", status_code=202, response_model=CreatedResponse)
def create_upload(
    request: Request,
    caller: Annotated[Caller, Depends(needs("uploads.create"))],
    school: Annotated[Urn, Form()],
    term: Annotated[Term, Form()],
    files: Annotated[list[UploadFile], File(description="The term's extracts, together.")],
) -> Response:
    """Hand in a term's files. The answer comes at once; the work goes on and its state is read by id."""
    check(caller.reader, "uploads.create", school)
    sent = [(each.filename or "", sealed_in(each)) for each in files]
    key = request.headers.get("idempotency-key")
    digests = [[name, data.sha256] for name, data in sent]
    return once(
        caller,
        request,
        [school, term, digests],
        lambda: CreatedResponse(id=receive(caller, school, term, sent, key=key)),
        202,
        repeatable=True,
    )


router.include_router(taking)


@router.get("/uploads", response_model=PageOfUploads)
def list_uploads(
    request: Request,
    caller: Annotated[Caller, Depends(needs("uploads.read"))],
    school: Annotated[Urn, Query()],
    cursor: Annotated[Line | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A school's uploads, newest first."""
    with caller.reading() as tx:
        before = _moment_of(caller, tx, cursor)
        found = uploads_of(caller, tx, school, before=before, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return tagged(request, PageOfUploads(uploads=[_body(one) for one in found[:limit]], next=more))


@router.get("/uploads/{upload_id}", response_model=UploadResponse)
def read_upload(
    request: Request, caller: Annotated[Caller, Depends(needs("uploads.read"))], upload_id: Id
) -> Response:
    """One upload: how far it has come, what has to be mended, how many new suggestions it brought."""
    with caller.writing() as tx:
        status = upload_status(caller, tx, upload_id)
    return tagged(request, _body(status))


@router.get("/uploads/{upload_id}/problems", response_model=PageOfProblems)
def read_problems(
    request: Request,
    caller: Annotated[Caller, Depends(needs("uploads.read"))],
    upload_id: Id,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """An upload's problems in reading order, page by page."""
    with caller.reading() as tx:
        rows = problems_of(caller, tx, upload_id, after=int(cursor or 0), limit=limit + 1)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    shown = [ProblemRowResponse(**as_problem(row)) for row in rows[:limit]]
    return tagged(request, PageOfProblems(problems=shown, next=more))


@router.get("/uploads/{upload_id}/problems.csv", response_class=PlainTextResponse)
def download_problems(caller: Annotated[Caller, Depends(needs("uploads.values"))], upload_id: Id) -> Response:
    """The rows to mend with their cells, for the person who uploaded them and nobody else."""
    text = marked_up(caller, upload_id)
    return Response(text, media_type="text/csv; charset=utf-8", headers=_attached("to-mend.csv"))


@router.get("/uploads/{upload_id}/marked.xlsx", response_class=Response)
def download_marked(caller: Annotated[Caller, Depends(needs("uploads.values"))], upload_id: Id) -> Response:
    """The files to mend as a workbook with the cells marked in place; mended, it is uploaded again as it is."""
    return Response(
        marked_workbook(caller, upload_id), media_type=WORKBOOK, headers=_attached("to-mend.xlsx")
    )


@router.post("/uploads/{upload_id}/approve", response_model=DoneResponse)
def approve_upload(
    request: Request,
    caller: Annotated[Caller, Depends(needs("uploads.approve"))],
    upload_id: Id,
    asked: ApproveRequest | None = None,
) -> Response:
    """Say yes to a held load."""
    said = asked or ApproveRequest()

    def go_on() -> DoneResponse:
        approve(caller, upload_id, keep_others=said.keep_others)
        return DoneResponse()

    return once(caller, request, said.model_dump(), go_on)


@router.get("/loads", response_model=LoadsResponse)
def list_loads(
    request: Request,
    caller: Annotated[Caller, Depends(needs("uploads.read"))],
    school: Annotated[Urn, Query()],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """What has been loaded for a school, newest first."""
    check(caller.reader, "uploads.read", school)
    with caller.reading() as tx:
        rows, more = page_of(lake_store.loads(tx, school), lambda row: row.id, cursor, limit)
        names = Names(tx)
    shown = [_load(row, names) for row in rows]
    return tagged(request, LoadsResponse(loads=shown, next=more))


@router.post("/loads/{load_id}/undo", response_model=DoneResponse)
@answers_once()
def undo(caller: Annotated[Caller, Depends(needs("loads.undo"))], load_id: Id) -> DoneResponse:
    """Bring back what a load replaced; its term's suggestions are taken back with it."""
    undo_load(caller, load_id)
    return DoneResponse()


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _load(row: LoadRow, names: Names) -> LoadResponse:
    own = {name: getattr(row, name) for name in LoadResponse.model_fields}
    return LoadResponse(**{**own, "by": names.of(row.by)})


def _body(status: UploadStatus) -> UploadResponse:
    plain = status.as_dict()
    plain["files"] = [{key: entry[key] for key in ("name", "size", "sha256")} for entry in status.files]
    return UploadResponse(**plain)


def _moment_of(caller: Caller, tx: Transaction, cursor: str | None) -> datetime | None:
    """When the upload named by a cursor came in."""
    if cursor is None:
        return None
    found = upload_store.moment(tx, cursor, caller.reader.schools)
    if found is None:
        raise Refused("This cursor is not valid.", hint="Start again without it.")
    return found
