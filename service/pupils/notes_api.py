"""What people say about and with a pupil: views, notes, the pupil's own words, and who knows them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from service.core.audit import Event
from service.core.callers import Caller
from service.core.taking import Term
from service.pupils.api import PupilPath
from service.pupils.cards import own_pupil
from service.pupils.support_api import Decides, NumberPath
from service.pupils.support_bodies import (
    KnownByListResponse,
    KnownByRequest,
    KnownByResponse,
    NoteRequest,
    NoteResponse,
    NotesResponse,
    ViewResponse,
    ViewsResponse,
    VoiceRequest,
    VoiceResponse,
    VoicesResponse,
)
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, tagged
from service.shell.bodies import DoneResponse
from service.shell.paging import Cursor, Limit, page_of
from service.support import decisions, notes, support_store

router = APIRouter(tags=["support"], responses=ERRORS)
Listens = Annotated[Caller, Depends(needs("pupil.voice"))]


@router.get("/pupils/{pupil_id}/views", response_model=ViewsResponse)
def list_views(
    request: Request,
    caller: Decides,
    pupil_id: PupilPath,
    term: Annotated[Term, Query(examples=["2026-summer"])],
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Response:
    """What people thought of a pupil in a term, newest first."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        read = caller.record(tx, Event.PUPIL_READ, school=school, subject=pupil_id, part="views")
        found = decisions.views_in(support_store.written(read, school, pupil_id), term)
    shown, more = page_of(found, lambda one: one.at.isoformat(), cursor, limit)
    views = [ViewResponse.model_validate(one) for one in shown]
    return tagged(request, ViewsResponse(views=views, next=more))


@router.get("/pupils/{pupil_id}/notes", response_model=NotesResponse)
def list_notes(
    request: Request, caller: Decides, pupil_id: PupilPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """The notes about a pupil that the reader may see, newest first."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        read = caller.record(tx, Event.PUPIL_READ, school=school, subject=pupil_id, part="notes")
        rows = support_store.written(read, school, pupil_id)
        found = notes.notes_in(rows, tx, caller.reader, school, pupil_id)
    shown, more = page_of(found, lambda one: one.id, cursor, limit)
    return tagged(request, NotesResponse(notes=[NoteResponse.model_validate(n) for n in shown], next=more))


@router.post("/pupils/{pupil_id}/notes", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def write_note(caller: Decides, pupil_id: PupilPath, body: NoteRequest) -> DoneResponse:
    """Write a note. Families may ask to see it."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        notes.write_note(tx, caller.reader, school, pupil_id, body.words, restricted=body.restricted)
    return DoneResponse()


@router.get("/pupils/{pupil_id}/voice", response_model=VoicesResponse)
def list_voice(
    request: Request, caller: Listens, pupil_id: PupilPath, cursor: Cursor = None, limit: Limit = 200
) -> Response:
    """What the pupil said, newest first."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        read = caller.record(tx, Event.PUPIL_READ, school=school, subject=pupil_id, part="voice")
        found = notes.voice(read, school, pupil_id)
    shown, more = page_of(found, lambda one: one.id, cursor, limit)
    return tagged(request, VoicesResponse(voices=[VoiceResponse.model_validate(v) for v in shown], next=more))


@router.post("/pupils/{pupil_id}/voice", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def write_voice(caller: Listens, pupil_id: PupilPath, body: VoiceRequest) -> DoneResponse:
    """Keep a pupil's words as they said them."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        given = notes.VoiceGiven(**body.model_dump())
        notes.write_voice(tx, caller.reader, school, pupil_id, given)
    return DoneResponse()


@router.post("/pupils/{pupil_id}/voice/{voice_id}/withdraw", response_model=DoneResponse)
@answers_once()
def withdraw_voice(caller: Listens, pupil_id: PupilPath, voice_id: NumberPath) -> DoneResponse:
    """Take a pupil's words away because they ask for it."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        notes.withdraw_voice(tx, caller.reader, school, pupil_id, voice_id)
    return DoneResponse()


@router.get("/pupils/{pupil_id}/known-by", response_model=KnownByListResponse)
def list_known_by(request: Request, caller: Decides, pupil_id: PupilPath) -> Response:
    """The adults who said that they know this pupil, and how."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        read = caller.record(tx, Event.PUPIL_READ, school=school, subject=pupil_id, part="known_by")
        found = notes.knowing(support_store.written(read, school, pupil_id))
    adults = [KnownByResponse.model_validate(one) for one in found]
    return tagged(request, KnownByListResponse(adults=adults))


@router.post("/pupils/{pupil_id}/known-by", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def say_known(caller: Decides, pupil_id: PupilPath, body: KnownByRequest) -> DoneResponse:
    """Say that one knows this pupil, and how."""
    with caller.writing() as tx:
        school = own_pupil(caller, tx, pupil_id).school
        notes.say_known(tx, caller.reader, school, pupil_id, body.how)
    return DoneResponse()
