"""A copy of a pupil's data for the person who asks: prepared, read through by a person, and only then released."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.access import needs
from service.callers import Caller
from service.db import life_store
from service.life import exporting
from service.taking import Line, Text
from service.web.messages import _
from service.web.pages.copy_tables import Table, sections
from service.web.pages.data_requests import FORM, HERE, PUPIL, PupilPath, RecordPath, called, rendered
from service.web.pages.request_words import withholdable
from service.web.rendering import Page

router = APIRouter(include_in_schema=False)
Exports = Annotated[Caller, Depends(needs("subject.export"))]


@dataclass(frozen=True)
class ExportPage(Page):
    """A prepared copy, to be read through before it is released."""

    template: ClassVar[str] = "requests/export.html"
    section: ClassVar[str] = "requests"

    export_id: str
    pupil_id: str
    called: str
    expires_on: date
    released_at: datetime | None
    sections: tuple[tuple[str, str], ...]
    records: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CopyPage(Page):
    """The copy itself, to be read and printed. `export_id` is set while it is only looked through."""

    template: ClassVar[str] = "requests/copy.html"
    section: ClassVar[str] = "requests"

    about: str
    sections: tuple[tuple[str, tuple[Table, ...]], ...]
    export_id: str = ""
    withheld: int = 0


@router.post(f"{PUPIL}/export", dependencies=FORM)
def prepare(caller: Exports, pupil_id: PupilPath) -> Response:
    """Gather all that is kept about a pupil."""
    return RedirectResponse(f"{HERE}/exports/{exporting.prepare(caller, pupil_id)['id']}", 303)


@router.get(f"{HERE}/exports/{{export_id}}")
def read_export(caller: Exports, export_id: RecordPath) -> HTMLResponse:
    """What a prepared copy holds, and what may be left out. An audited read of the pupil."""
    body = exporting.read(caller, export_id)
    with caller.reading() as tx:
        row = life_store.export(tx, export_id, caller.reader.schools)
    assert row is not None
    parts, records = withholdable(body)
    page = ExportPage(
        _("Read the copy, then release it"),
        export_id=export_id,
        pupil_id=row.pupil_id,
        called=called(row.pupil_id),
        expires_on=row.expires_on,
        released_at=row.released_at,
        sections=parts,
        records=records,
    )
    return rendered(caller, page)


@router.get(f"{HERE}/exports/{{export_id}}/whole")
def read_whole(caller: Exports, export_id: RecordPath) -> HTMLResponse:
    """All of it, for the person who looks it through. An audited read too."""
    return _copy_page(caller, exporting.read(caller, export_id), export_id)


@router.post(f"{HERE}/exports/{{export_id}}/release", dependencies=FORM)
def release(
    caller: Exports,
    export_id: RecordPath,
    withhold: Annotated[list[Text], Form(max_length=500)] = [],  # noqa: B006
    withhold_section: Annotated[list[Line], Form(max_length=500)] = [],  # noqa: B006
    form: Annotated[Line, Form(max_length=10)] = "page",
) -> Response:
    """What may be handed over, without what the person held back, to print or as a file; recorded either way."""
    body = exporting.release(caller, export_id, [*withhold, *withhold_section])
    return _file(body) if form == "file" else _copy_page(caller, body)


def _copy_page(caller: Caller, body: dict[str, Any], export_id: str = "") -> HTMLResponse:
    about = body.get("about", {})
    page = CopyPage(
        _("What Belong holds about %(called)s") % {"called": called(about.get("pupil_id", ""))},
        about=about.get("text", ""),
        sections=sections(body),
        export_id=export_id,
        withheld=body.get("withheld", 0),
    )
    return rendered(caller, page)


def _file(body: dict[str, Any]) -> Response:
    headers = {
        "Content-Disposition": 'attachment; filename="copy-to-hand-over.json"',
        "Cache-Control": "no-store",
    }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Response(text, media_type="application/json", headers=headers)
