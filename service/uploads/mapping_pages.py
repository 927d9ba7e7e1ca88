"""Identify a file of the school's own making once; it is saved for the school and the next file is recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from data_contracts.errors import Refused
from service.accounts import Names
from service.core.callers import Caller
from service.core.permissions import NotFound, can
from service.core.taking import Id, Line
from service.schools import schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render
from service.uploads import mapping
from service.uploads.mapping import Proposed
from service.uploads.status import own_upload
from service.uploads.words import TABLE_WORDS, evidence_words, field_words

router = APIRouter(include_in_schema=False)
Confirms = Annotated[Caller, Depends(needs("mappings.confirm"))]
NOT_READ = ("", N_("Leave this column out"))


@dataclass(frozen=True)
class Column:
    """One heading of the file: what it is taken for, and a few of its cells."""

    id: str
    heading: str
    chosen: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """One of the school's own words, to be given one of ours."""

    id: str
    text: str
    chosen: str


@dataclass(frozen=True)
class WordList:
    """The words of one column that are not known yet."""

    title: str
    options: tuple[tuple[str, str], ...]
    words: tuple[Word, ...]


@dataclass(frozen=True)
class MappingPage(Page):
    """What one file is: table, columns, own words."""

    template: ClassVar[str] = "uploads/mapping.html"
    section: ClassVar[str] = "uploads"

    upload_id: str
    file: str
    known: bool
    table: str
    tables: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    fields: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    why: tuple[str, ...]
    words: tuple[WordList, ...]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptMapping:
    """A layout the school has confirmed."""

    id: str
    table: str
    headings: str
    words: int
    by: str
    at: Any


@dataclass(frozen=True)
class MappingsPage(Page):
    """The layouts a school has confirmed."""

    template: ClassVar[str] = "uploads/mappings.html"
    section: ClassVar[str] = "uploads"

    school: str
    school_name: str
    kept: tuple[KeptMapping, ...]
    may_remove: bool


@router.get("/uploads/{upload_id}/mapping")
def ask(caller: Confirms, upload_id: Id, file: Line, table: Line = "") -> HTMLResponse:
    """The form for one file."""
    return _asked(caller, upload_id, file, table or None, None, {})


@router.post("/uploads/{upload_id}/mapping", dependencies=[Depends(checked_form)])
async def answer(request: Request, caller: Confirms, upload_id: Id) -> Response:
    """Keep what was said, or show the form again with the words of the columns now chosen."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_answered, caller, upload_id, form)


@router.get("/mappings")
def kept(caller: Annotated[Caller, Depends(needs("mappings.read"))], school: Line = "") -> HTMLResponse:
    """The layouts a school has confirmed."""
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
        line = next((one for one in schools if one.urn == school), schools[0] if schools else None)
        if line is None:
            raise NotFound("You have no schools yet.", hint="Ask your administrator to add one.")
        rows, names = mapping.mappings_of(caller, tx, line.urn), Names(tx)
    page = MappingsPage(
        _("Layouts your school has confirmed"),
        school=line.urn,
        school_name=line.name,
        kept=tuple(
            KeptMapping(
                row.id, TABLE_WORDS.get(row.table, row.table), ", ".join(row.body["headings"]),
                sum(len(said) for said in row.body["own_words"].values()), names.of(row.confirmed_by),
                row.confirmed_at,
            )
            for row in rows
        ),
        may_remove=can(caller.reader, "mappings.confirm", line.urn),
    )  # fmt: skip
    return render(page, frame_for(caller, section="uploads", synthetic=line.synthetic))


@router.post("/mappings/{mapping_id}/remove", dependencies=[Depends(checked_form)])
def forget(caller: Confirms, mapping_id: Id) -> Response:
    """Forget a layout; what was loaded with it stays."""
    return RedirectResponse(f"/mappings?school={mapping.remove(caller, mapping_id)}", 303)


def _answered(caller: Caller, upload_id: str, form: Mapping[str, str]) -> Response:
    file, table = form.get("file", ""), form.get("table", "")
    chosen = {form[f"heading-{name.removeprefix('column-')}"]: value for name, value in form.items()
              if name.startswith("column-") and f"heading-{name.removeprefix('column-')}" in form}  # fmt: skip
    fields = {value: heading for heading, value in chosen.items() if value}
    own = _own_words(form)
    try:
        if len(fields) < sum(1 for value in chosen.values() if value):
            raise Refused("Two columns are matched to the same thing.", hint="Leave one of them out.")
        if form.get("do") == "confirm":
            mapping.confirm(caller, upload_id, file, table, fields, own)
            return RedirectResponse(f"/uploads/{upload_id}", 303)
    except Refused as error:
        return _asked(caller, upload_id, file, table, fields, own, error)
    return _asked(caller, upload_id, file, table, fields, own)


def _own_words(form: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """code set → {word: code}, from fields `word-SET-3` (the word) and `code-SET-3` (its code)."""
    own: dict[str, dict[str, str]] = {}
    for name, word in form.items():
        if name.startswith("word-"):
            own.setdefault(name.split("-")[1], {})[word] = form.get(f"code-{name.removeprefix('word-')}", "")
    return own


def _asked(
    caller: Caller,
    upload_id: str,
    file: str,
    table: str | None,
    fields: Mapping[str, str] | None,
    own: Mapping[str, Mapping[str, str]],
    error: Refused | None = None,
) -> HTMLResponse:
    if table is not None and table not in TABLE_WORDS:
        raise NotFound("Belong has no such kind of file.")
    (found,) = mapping.proposals(caller, upload_id, file=file, table=table, fields=fields)
    with caller.reading() as tx:
        upload = own_upload(caller, tx, upload_id)
        line = next(one for one in schools_of(caller, tx) if one.urn == upload.school)
    errors = {} if error is None else {"column-0": f"{error.message} {error.hint}".strip()}
    page = _page(upload_id, found, own, errors)
    frame = frame_for(caller, section="uploads", synthetic=line.synthetic)
    return render(page, frame, status=422 if error else 200)


def _page(
    upload_id: str, found: Proposed, own: Mapping[str, Mapping[str, str]], errors: dict[str, str]
) -> MappingPage:
    proposal = found.proposal
    chosen = {heading: name for name, heading in proposal.guess.items()}
    title = _("Match your school’s categories") if found.known else _("Identify this file")
    return MappingPage(
        title,
        upload_id=upload_id,
        file=proposal.file,
        known=found.known,
        table=proposal.table,
        tables=tuple((each, TABLE_WORDS.get(each, each)) for each in found.tables),
        columns=tuple(
            Column(str(n), heading, chosen.get(heading, ""), found.samples.get(heading, ()))
            for n, heading in enumerate(proposal.headings)
        ),
        fields=(
            (NOT_READ[0], _(NOT_READ[1])),
            *((name, field_words(name).capitalize()) for name in proposal.fields),
        ),
        missing=tuple(field_words(name) for name in proposal.missing),
        why=tuple(evidence_words(line) for line in proposal.evidence),
        words=tuple(_word_list(each, own.get(each.code_set, {})) for each in found.words),
        errors=errors,
    )


def _word_list(words: mapping.Words, own: Mapping[str, str]) -> WordList:
    return WordList(
        field_words(words.field).capitalize(),
        (("", _("I don’t know")), *words.codes),
        tuple(Word(f"{words.code_set}-{n}", text, own.get(text, "")) for n, text in enumerate(words.unknown)),
    )


def mapping_address(upload_id: str, file: str) -> str:
    """Where a person says what one file of an upload is."""
    return f"/uploads/{upload_id}/mapping?{urlencode({'file': file})}"
