"""Uploads: a term's files, how each was read, what to correct, approval, undo."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from data_contracts import calendar
from data_contracts.errors import Refused
from pipelines.check.findings import new_types_said
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can
from service.core.taking import Id, Line, SomeTerm
from service.records import LoadRow, lake_store
from service.schools import MIS_WORDS, SchoolLine, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import N_, _
from service.shell.rendering import Frame, Page, percent, render, render_part
from service.uploads import releasing
from service.uploads.downloads import WORKBOOK, marked_up, marked_workbook
from service.uploads.mapping import UNKNOWN_LAYOUT
from service.uploads.mapping_pages import mapping_address
from service.uploads.receiving import approve, receive, undo_load
from service.uploads.sealing import Sealing, SealingRoute, sealed_in
from service.uploads.status import UploadStatus, own_upload, upload_status, uploads_of
from service.uploads.words import (
    STATUS_WORDS,
    TABLE_WORDS,
    Correction,
    TakenFor,
    corrections,
    progress_words,
    taken_for,
    word_rules,
)

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("uploads.read"))]
taking = APIRouter(route_class=SealingRoute)
WORKING = ("queued", "running")
SHOWN = 40


@dataclass(frozen=True)
class UploadLine:
    """One line of the history. `undo` is the load that may be undone from here, None where none may."""

    id: str
    school: str
    by: str
    term: str
    at: Any
    status: str
    problems: int
    undo: str | None


@dataclass(frozen=True)
class UploadsPage(Page):
    """The form for a term's files and previous uploads."""

    template: ClassVar[str] = "uploads/list.html"
    section: ClassVar[str] = "uploads"

    schools: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    school: str
    term: str
    lines: tuple[UploadLine, ...]
    may_send: bool
    waiting: int = 0
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UploadPage(Page):
    """One upload: how far it is, how each file was read, what to correct.

    `to_say` are (file, address) of files that a person has to say what they are, `own_words` of those with
    words of the school's own.
    """

    template: ClassVar[str] = "uploads/one.html"
    section: ClassVar[str] = "uploads"

    upload: UploadStatus
    school_name: str
    term_words: str
    status_words: str
    step_words: str
    working: bool
    taken: tuple[TakenFor, ...]
    corrections: tuple[Correction, ...]
    kept: int
    waiting: int
    assumed: tuple[str, ...]
    to_say: tuple[tuple[str, str], ...]
    own_words: tuple[tuple[str, str], ...]
    new_types: str
    mis_words: str
    files_done: int
    files_all: int
    may_approve: bool
    may_download: bool
    may_undo: bool
    list_address: str | None


@dataclass(frozen=True)
class UndoPage(Page):
    """The question before a load is undone."""

    template: ClassVar[str] = "uploads/undo.html"
    section: ClassVar[str] = "uploads"

    upload_id: str
    load_id: str
    school_name: str
    term_words: str


@router.get("/uploads")
def read_uploads(caller: Reads, school: Line = "", term: SomeTerm = "") -> HTMLResponse:
    """The form and the history."""
    return _list_page(caller, school, term)


@taking.post("/uploads", dependencies=[Depends(checked_form)])
async def send(request: Request, caller: Annotated[Caller, Depends(needs("uploads.create"))]) -> Response:
    """Take a term's files in; the work is done by the worker and watched on the upload's own page."""
    form = await request.form()
    school, term = str(form.get("school") or ""), str(form.get("term") or "")
    parts = [part for part in form.getlist("files") if isinstance(part, UploadFile) and part.filename]
    sent = [(part.filename or "", sealed_in(part)) for part in parts]
    return await run_in_threadpool(_received, caller, school, term, sent)


def _received(caller: Caller, school: str, term: str, sent: list[tuple[str, Sealing]]) -> Response:
    try:
        if not sent:
            raise Refused("Choose at least one file.", hint="You can choose all the term's files together.")
        upload_id = receive(caller, school, term, sent)
    except Refused as error:
        return _list_page(caller, school, term, error)
    return RedirectResponse(f"/uploads/{upload_id}", 303)


router.include_router(taking)


@router.get("/uploads/{upload_id}")
def read_upload(caller: Reads, upload_id: Id) -> HTMLResponse:
    """One upload."""
    with caller.writing() as tx:
        status = upload_status(caller, tx, upload_id)
        line = _school_line(caller, tx, status.school)
        row = own_upload(caller, tx, upload_id)
        mine = row.by == caller.reader.account_id and row.raw_deleted_at is None
        standing = _standing(lake_store.loads(tx, status.school))
    return render(_upload_page(caller, status, line, mine, standing), _frame(caller, line.synthetic))


@router.get("/uploads/{upload_id}/state")
def read_state(caller: Reads, upload_id: Id) -> Response:
    """How far the work is, for htmx; when the work has ended the whole page is fetched again."""
    with caller.reading() as tx:
        row = own_upload(caller, tx, upload_id)
        status, step = row.status, row.step
    if status not in WORKING:
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    words, done, total = progress_words(step)
    return render_part("uploads/state.html", words=STATUS_WORDS[status], step=words, done=done, total=total)


@router.get("/uploads/{upload_id}/to-correct.csv")
def download(caller: Annotated[Caller, Depends(needs("uploads.values"))], upload_id: Id) -> Response:
    """The rows to correct with their cells, for the person who sent them."""
    body = marked_up(caller, upload_id)
    return Response(body, media_type="text/csv; charset=utf-8", headers=_attached("to-correct.csv"))


@router.get("/uploads/{upload_id}/to-correct.xlsx")
def download_marked(caller: Annotated[Caller, Depends(needs("uploads.values"))], upload_id: Id) -> Response:
    """The files to correct as a workbook with the cells marked, for the person who sent them."""
    body = marked_workbook(caller, upload_id)
    return Response(body, media_type=WORKBOOK, headers=_attached("to-correct.xlsx"))


@router.post("/uploads/{upload_id}/approve", dependencies=[Depends(checked_form)])
def say_yes(
    caller: Annotated[Caller, Depends(needs("uploads.approve"))],
    upload_id: Id,
    keep_others: Annotated[Line, Form()] = "",
) -> Response:
    """Load what was held although something jumped, as the whole of its term or as a part of it."""
    approve(caller, upload_id, keep_others=keep_others == "yes")
    return RedirectResponse(f"/uploads/{upload_id}", 303)


@router.get("/uploads/{upload_id}/undo")
def ask_undo(caller: Annotated[Caller, Depends(needs("loads.undo"))], upload_id: Id) -> HTMLResponse:
    """Ask once more before a load is undone."""
    with caller.reading() as tx:
        row = own_upload(caller, tx, upload_id)
        line = _school_line(caller, tx, row.school)
    if row.load_id is None:
        raise NotFound("This upload didn't change anything, so there is nothing to undo.")
    page = UndoPage(_("Undo this upload?"), row.id, row.load_id, line.name, term_words(row.term))
    return render(page, _frame(caller, line.synthetic))


@router.post("/uploads/{upload_id}/undo", dependencies=[Depends(checked_form)])
def undo(caller: Annotated[Caller, Depends(needs("loads.undo"))], upload_id: Id) -> Response:
    """Bring back what this upload's load replaced."""
    with caller.reading() as tx:
        row = own_upload(caller, tx, upload_id)
        load_id, school = row.load_id, row.school
    if load_id is None:
        raise NotFound("This upload didn't change anything, so there is nothing to undo.")
    undo_load(caller, load_id)
    return RedirectResponse(f"/uploads?school={school}", 303)


def _list_page(caller: Caller, school: str, term: str, error: Refused | None = None) -> HTMLResponse:
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
        if not schools:
            raise NotFound("You have no schools yet.", hint="Ask your administrator to add one.")
        chosen = next((line for line in schools if line.urn == school), schools[0])
        recent = uploads_of(caller, tx, chosen.urn, limit=SHOWN)
        loads = lake_store.loads(tx, chosen.urn)
        waiting = len(releasing.waiting(caller, tx))
    terms = _terms()
    page = UploadsPage(
        _("Uploads"),
        schools=tuple((line.urn, line.name) for line in schools),
        terms=terms,
        school=chosen.urn,
        term=term if term in dict(terms) else _usual_term(),
        lines=_lines(caller, recent, loads, chosen),
        may_send=can(caller.reader, "uploads.create", chosen.urn),
        waiting=waiting,
        errors={} if error is None else {"files": f"{error.message} {error.hint}".strip()},
    )
    return render(page, _frame(caller, chosen.synthetic), status=200 if error is None else 422)


def _terms() -> tuple[tuple[str, str], ...]:
    """The terms that have begun, latest first, as choices."""
    begun = [term for term in calendar.TERMS if term.start <= now().date()]
    return tuple((term.id, term_words(term.id).capitalize()) for term in reversed(begun))


def _usual_term() -> str:
    """The latest term far enough on to be looked at: what people come to upload."""
    return [term.id for term in calendar.TERMS if calendar.as_of(term.id) <= now().date()][-1]


def _lines(
    caller: Caller, recent: list[UploadStatus], loads: list[LoadRow], school: SchoolLine
) -> tuple[UploadLine, ...]:
    """The history. Only the newest load of a term that stands can be undone, so only it offers that."""
    standing = _standing(loads)
    undone = {load.id for load in loads if load.undone_at is not None}
    may_undo = can(caller.reader, "loads.undo", school.urn)
    return tuple(
        UploadLine(
            status.id,
            school.name,
            status.by,
            term_words(status.term),
            status.created_at,
            N_("Undone") if status.load_id in undone else STATUS_WORDS[status.status],
            status.problem_count,
            status.load_id if may_undo and status.load_id in standing else None,
        )
        for status in recent
    )


def _standing(loads: list[LoadRow]) -> set[str]:
    """The newest load of each term that stands: those that can be undone."""
    return set({load.term: load.id for load in reversed(loads) if load.undone_at is None}.values())


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _to_say(status: UploadStatus, rules: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The files with problems of these rules, and where a person says what they are."""
    files = dict.fromkeys(problem["file"] for problem in status.problems if problem["rule"] in rules)
    return tuple((file, mapping_address(status.id, file)) for file in files)


def _assumed(status: UploadStatus) -> tuple[str, ...]:
    """For which share of each table's rows the day the school knew of them is assumed."""
    return tuple(
        f"{TABLE_WORDS.get(table, table)}: {percent(each['assumed'] / each['kept'])}"
        for table, each in status.counts.items()
        if table != "pupils" and each.get("assumed") and each.get("kept")
    )


def _upload_page(
    caller: Caller, status: UploadStatus, line: SchoolLine, mine: bool, standing: Collection[str]
) -> UploadPage:
    reader = caller.reader
    counts = status.counts.values()
    done = status.status == "done" and status.flags_new is not None and can(reader, "flags.read", line.urn)
    waiting = sum(1 for problem in status.problems if problem["severity"] != "warning")
    may_say = can(reader, "mappings.confirm", line.urn) and (mine or can(reader, "uploads.values", line.urn))
    step, files_done, files_all = progress_words(status.step)
    return UploadPage(
        _("Upload for the %(term)s") % {"term": term_words(status.term)},
        upload=status,
        school_name=line.name,
        term_words=term_words(status.term),
        status_words=STATUS_WORDS[status.status],
        step_words=step,
        working=status.status in WORKING,
        taken=taken_for(status.extracts),
        corrections=corrections(status.problems),
        kept=sum(each.get("kept", 0) for each in counts),
        waiting=max(sum(each.get("quarantined", 0) for each in counts), 0 if counts else waiting),
        assumed=_assumed(status),
        to_say=_to_say(status, {UNKNOWN_LAYOUT}) if may_say else (),
        own_words=_to_say(status, word_rules()) if may_say else (),
        new_types=new_types_said(status.new_types) if may_say and status.new_types else "",
        mis_words=MIS_WORDS.get(line.mis, ""),
        files_done=files_done,
        files_all=files_all,
        may_undo=status.load_id in standing and can(reader, "loads.undo", line.urn),
        may_approve=status.status == "held" and can(reader, "uploads.approve", line.urn),
        may_download=bool(status.problem_count) and mine and can(reader, "uploads.values", line.urn),
        list_address=f"/schools/{line.urn}/terms/{status.term}" if done else None,
    )


def _school_line(caller: Caller, tx: Transaction, urn: str) -> SchoolLine:
    return next(line for line in schools_of(caller, tx) if line.urn == urn)


def _frame(caller: Caller, synthetic: bool) -> Frame:
    return frame_for(caller, section="uploads", synthetic=synthetic)
