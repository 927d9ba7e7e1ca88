"""Words about a pupil and a pupil's own: notes, voice, and who knows them."""

from dataclasses import dataclass
from datetime import date, datetime

from data_contracts.errors import Refused
from service.core import clock
from service.core.audit import Event, Told, record
from service.core.base import now
from service.core.engine import Transaction
from service.core.permissions import NotFound, Reader, can, check
from service.support import support_store
from service.support.support_rows import KnownByRow, NoteRow, VoiceRow
from service.support.support_store import Written


@dataclass(frozen=True)
class Note:
    """A note about a pupil; families may ask to see it."""

    id: str
    words: str
    restricted: bool
    by: str
    at: datetime


@dataclass(frozen=True)
class Voice:
    """What a pupil said, in their words."""

    id: str
    said_on: date
    helps: str
    hard: str
    adult: str
    know: str
    read_back: bool
    written_by: str


@dataclass(frozen=True)
class VoiceGiven:
    """The two-minute form as a pupil filled it in, alone or with an adult."""

    helps: str = ""
    hard: str = ""
    adult: str = ""
    know: str = ""
    read_back: bool = False


@dataclass(frozen=True)
class KnownBy:
    """An adult who knows a pupil, and how."""

    name: str
    how: str


def notes_in(rows: Written, tx: Transaction, reader: Reader, school: str, pupil_id: str) -> list[Note]:
    """The notes this reader may see, newest first. Restricted ones go to their writer and to leads."""
    sees_all = can(reader, "notes.restricted", school)
    shown = [
        row
        for row in rows.of(NoteRow)
        if not row.restricted or sees_all or row.by_account == reader.account_id
    ]
    for row in shown:
        if row.restricted:
            record(tx, reader, Event.NOTE_READ, school=school, subject=pupil_id, detail={"note": row.id})
    return [Note(row.id, row.words, row.restricted, row.by_name, row.at) for row in shown]


def write_note(
    tx: Transaction, reader: Reader, school: str, pupil_id: str, words: str, *, restricted: bool
) -> None:
    """Write a note; Refused when it says nothing."""
    check(reader, "pupil.decide", school)
    if not words.strip():
        raise Refused("The note is empty.")
    detail = {"restricted": restricted}
    told = record(tx, reader, Event.NOTE_WRITTEN, school=school, subject=pupil_id, detail=detail)
    about = {"school": school, "pupil_id": pupil_id, **support_store.by(reader)}
    told.add(NoteRow(words=words.strip(), restricted=restricted, **about))


def voice(read: Told, school: str, pupil_id: str) -> list[Voice]:
    """What the pupil said and did not withdraw, newest first."""
    return voices_in(support_store.written(read, school, pupil_id))


def voices_in(rows: Written) -> list[Voice]:
    """What the pupil said and did not withdraw, among what is written about them."""
    return [
        Voice(row.id, row.said_on, row.helps, row.hard, row.adult, row.know, row.read_back, row.by_name)
        for row in rows.of(VoiceRow)
        if row.withdrawn_at is None
    ]


def write_voice(tx: Transaction, reader: Reader, school: str, pupil_id: str, given: VoiceGiven) -> None:
    """Keep a pupil's words as they said them; Refused when all four are empty."""
    check(reader, "pupil.voice", school)
    words = [given.helps.strip(), given.hard.strip(), given.adult.strip(), given.know.strip()]
    if not any(words):
        raise Refused(
            "Nothing has been written yet.", hint="An answer to one of the four questions is enough."
        )
    helps, hard, adult, know = words
    row = VoiceRow(
        school=school,
        pupil_id=pupil_id,
        said_on=clock.today(),
        helps=helps,
        hard=hard,
        adult=adult,
        know=know,
        read_back=given.read_back,
        **support_store.by(reader),
    )
    record(tx, reader, Event.VOICE_RECORDED, school=school, subject=pupil_id).add(row)


def read_back(tx: Transaction, reader: Reader, school: str, pupil_id: str, voice_id: str) -> None:
    """Note that a pupil heard their words again and agreed."""
    _own_words(tx, reader, school, pupil_id, voice_id).read_back = True
    record(tx, reader, Event.VOICE_RECORDED, school=school, subject=pupil_id, detail={"read_back": True})


def withdraw_voice(tx: Transaction, reader: Reader, school: str, pupil_id: str, voice_id: str) -> None:
    """Take a pupil's words away for good because they ask for it; that they were given and withdrawn stays."""
    row = _own_words(tx, reader, school, pupil_id, voice_id)
    row.helps = row.hard = row.adult = row.know = ""
    row.withdrawn_at = now()
    record(tx, reader, Event.VOICE_WITHDRAWN, school=school, subject=pupil_id)


def _own_words(tx: Transaction, reader: Reader, school: str, pupil_id: str, voice_id: str) -> VoiceRow:
    """This pupil's words; words of another pupil, of a year group the reader may not see, are not found."""
    check(reader, "pupil.voice", school)
    row = support_store.one(tx, VoiceRow, school, voice_id)
    if row is None or row.withdrawn_at is not None or row.pupil_id != pupil_id:
        raise NotFound("These words have been removed.")
    return row


def knowing(rows: Written) -> list[KnownBy]:
    """The adults who said that they know this pupil; each adult once."""
    known = reversed(rows.of(KnownByRow))
    return list({row.by_account: KnownBy(row.by_name, row.how) for row in known if row.how}.values())


def say_known(tx: Transaction, reader: Reader, school: str, pupil_id: str, how: str) -> None:
    """Put this pupil among the reader's own, with how they know them."""
    check(reader, "pupil.decide", school)
    about = {"school": school, "pupil_id": pupil_id, **support_store.by(reader)}
    told = record(
        tx, reader, Event.SUPPORT_CHANGED, school=school, subject=pupil_id, detail={"change": "known_by"}
    )
    told.add(KnownByRow(how=how.strip() or "works with them", **about))


def my_pupils(tx: Transaction, reader: Reader, school: str) -> set[str]:
    """The ids of the pupils whom this reader said they know."""
    return support_store.known_by_account(tx, school, reader.account_id)
