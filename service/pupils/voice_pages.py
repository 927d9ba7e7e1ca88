"""A pupil's own words: a two-minute form, read back to them, and removed whenever they ask."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.taking import Id, Line
from service.pupils import card_parts
from service.pupils.cards import card_for, own_pupil
from service.pupils.pages import PupilPath, Words, back
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for
from service.shell.messages import _
from service.shell.rendering import Page, render
from service.support import Voice, VoiceGiven, notes

router = APIRouter(include_in_schema=False)
Listens = Annotated[Caller, Depends(needs("pupil.voice"))]


@dataclass(frozen=True)
class VoicePage(Page):
    """The form, and what the pupil said before."""

    template: ClassVar[str] = "pupils/voice.html"

    pupil_id: str
    name: str
    earlier: tuple[Voice, ...]
    error: str | None = None


@router.get("/pupils/{pupil_id}/voice")
def ask(caller: Listens, pupil_id: PupilPath) -> HTMLResponse:
    """The form."""
    return _form(caller, pupil_id)


@router.post("/pupils/{pupil_id}/voice", dependencies=[Depends(checked_form)])
def keep(
    caller: Listens,
    pupil_id: PupilPath,
    helps: Words = "",
    hard: Words = "",
    adult: Words = "",
    know: Words = "",
    read_back: Annotated[Line, Form()] = "",
) -> Response:
    """Keep what the pupil said."""
    words = VoiceGiven(helps, hard, adult, know, read_back == "yes")
    try:
        with caller.writing() as tx:
            school = own_pupil(caller, tx, pupil_id).school
            notes.write_voice(tx, caller.reader, school, pupil_id, words)
    except Refused as error:
        return _form(caller, pupil_id, str(error))
    return back(pupil_id, "voice")


@router.post("/pupils/{pupil_id}/voice/{voice_id}/withdraw", dependencies=[Depends(checked_form)])
def withdraw(caller: Listens, pupil_id: PupilPath, voice_id: Id) -> Response:
    """Remove a pupil's words because they ask for it."""
    with caller.writing() as tx:
        notes.withdraw_voice(tx, caller.reader, own_pupil(caller, tx, pupil_id).school, pupil_id, voice_id)
    return back(pupil_id, "voice")


@router.post("/pupils/{pupil_id}/voice/{voice_id}/read-back", dependencies=[Depends(checked_form)])
def read_back(caller: Listens, pupil_id: PupilPath, voice_id: Id) -> Response:
    """Note that a pupil heard their words again and agreed."""
    with caller.writing() as tx:
        notes.read_back(tx, caller.reader, own_pupil(caller, tx, pupil_id).school, pupil_id, voice_id)
    return back(pupil_id, "voice")


def _form(caller: Caller, pupil_id: str, error: str | None = None) -> HTMLResponse:
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id)
        earlier = tuple(notes.voice(card.read, card.facts.school, pupil_id))
    name = card_parts.called(card.facts)
    page = VoicePage(
        _("In %(name)s’s own words") % {"name": name},
        pupil_id=pupil_id,
        name=name,
        earlier=earlier,
        error=error,
    )
    return render(
        page, frame_for(caller, section="term", synthetic=card.synthetic), status=422 if error else 200
    )
