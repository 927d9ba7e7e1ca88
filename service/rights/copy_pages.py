"""A copy of a pupil's data for the person who asks: prepared, read through by a person, and only then released."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.core.callers import Caller
from service.core.taking import Line, Text
from service.rights import copy_files, exporting, life_store
from service.rights.copy_parts import parts
from service.rights.copy_shape import Part
from service.rights.copy_told import name_of
from service.rights.pages import FORM, HERE, PUPIL, PupilPath, RecordPath, called, rendered
from service.rights.request_words import incidents_with_others, withholdable
from service.shell.access import needs, own_form
from service.shell.messages import N_, _
from service.shell.rendering import Page

router = APIRouter(include_in_schema=False)
Exports = Annotated[Caller, Depends(needs("subject.export"))]


WEEK_HEADS = (N_("Missed"), N_("No leave"), N_("Suspended"), N_("Late"))
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class ExportPage(Page):
    """A prepared copy, to be read through before it is released."""

    template: ClassVar[str] = "rights/export.html"
    section: ClassVar[str] = "requests"

    export_id: str
    pupil_id: str
    called: str
    expires_on: date
    released_at: datetime | None
    sections: tuple[tuple[str, str], ...]
    records: tuple[tuple[str, str], ...]
    incidents: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CopyPage(Page):
    """The pages of a copy, to be read and printed; `looking` while it is only looked through."""

    template: ClassVar[str] = "rights/copy.html"
    section: ClassVar[str] = "requests"

    about: str
    made_on: str
    parts: tuple[Part, ...]
    export_id: str
    looking: bool
    week_heads: tuple[str, ...]
    withheld: int = 0
    left_out: tuple[str, ...] = ()


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
    sections, records = withholdable(body)
    page = ExportPage(
        _("Read the copy, then release it"),
        export_id=export_id,
        pupil_id=row.pupil_id,
        called=called(row.pupil_id),
        expires_on=row.expires_on,
        released_at=row.released_at,
        sections=sections,
        records=records,
        incidents=incidents_with_others(body),
    )
    return rendered(caller, page)


@router.get(f"{HERE}/exports/{{export_id}}/whole")
def read_whole(caller: Exports, export_id: RecordPath) -> HTMLResponse:
    """The pages whole, for the person who looks it through. An audited read too."""
    return _copy_page(caller, exporting.read(caller, export_id), export_id, looking=True)


@router.get(f"{HERE}/exports/{{export_id}}/files.zip")
def read_files(caller: Exports, export_id: RecordPath) -> Response:
    """The files whole, for the person who looks it through. An audited read too."""
    return _zip(exporting.read(caller, export_id), "copy-to-look-through.zip")


@router.post(f"{HERE}/exports/{{export_id}}/release", dependencies=[Depends(own_form)])
def release(
    caller: Exports,
    export_id: RecordPath,
    withhold: Annotated[list[Text], Form(max_length=1500)] = [],  # noqa: B006
    withhold_record: Annotated[list[Text], Form(max_length=1000)] = [],  # noqa: B006
    withhold_section: Annotated[list[Line], Form(max_length=500)] = [],  # noqa: B006
    form: Annotated[Literal["page", "zip", "file"], Form()] = "page",
) -> Response:
    """What may be given away, without what the person held back: pages to print, the files, or JSON; recorded."""
    left_out = tuple(dict.fromkeys([*withhold, *withhold_record, *withhold_section]))
    body = exporting.release(caller, export_id, left_out)
    if form == "zip":
        return _zip(body, "copy-to-hand-over.zip")
    return _file(body) if form == "file" else _copy_page(caller, body, export_id, left_out=left_out)


def _copy_page(
    caller: Caller,
    body: dict[str, Any],
    export_id: str,
    *,
    looking: bool = False,
    left_out: tuple[str, ...] = (),
) -> HTMLResponse:
    about = body.get("about", {})
    page = CopyPage(
        _("What Belong holds about %(called)s")
        % {"called": name_of(body) or (called(about["pupil_id"]) if about else _("one pupil"))},
        about=about.get("text", ""),
        made_on=about.get("made_on", ""),
        parts=parts(body),
        export_id=export_id,
        looking=looking,
        week_heads=tuple(_(head) for head in WEEK_HEADS),
        withheld=body.get("withheld", 0),
        left_out=left_out,
    )
    return rendered(caller, page)


def _zip(body: dict[str, Any], name: str) -> Response:
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(copy_files.zipped(body), media_type="application/zip", headers=headers)


def _file(body: dict[str, Any]) -> Response:
    headers = NO_STORE | {"Content-Disposition": 'attachment; filename="copy-to-hand-over.json"'}
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Response(text, media_type="application/json", headers=headers)
