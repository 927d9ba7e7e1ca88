"""All that people wrote and did for one pupil, read at once."""

from dataclasses import dataclass

from service.core.audit import Told
from service.core.permissions import Reader, can
from service.support import decisions as decided
from service.support import notes as said
from service.support import support_store
from service.support import supports as given
from service.support.decisions import Decided, View
from service.support.notes import KnownBy, Note, Voice
from service.support.supports import Support


@dataclass(frozen=True)
class PupilRecord:
    """What stands about a pupil. `views` are of the term asked for; `decisions` are by term."""

    supports: tuple[Support, ...]
    voices: tuple[Voice, ...]
    known_by: tuple[KnownBy, ...]
    notes: tuple[Note, ...]
    views: tuple[View, ...]
    decisions: dict[str, Decided]

    def has_view_of(self, reader: Reader) -> bool:
        """Whether this reader has written their own view in the term asked for."""
        return any(view.by_account == reader.account_id for view in self.views)


def record_of(read: Told, reader: Reader, school: str, pupil_id: str, term: str | None) -> PupilRecord:
    """The record of a pupil at a school; notes only for those who may decide about pupils there."""
    rows = support_store.written(read, school, pupil_id)
    decides = can(reader, "pupil.decide", school)
    return PupilRecord(
        supports=tuple(given.supports_in(rows)),
        voices=tuple(said.voices_in(rows)),
        known_by=tuple(said.knowing(rows)),
        notes=tuple(said.notes_in(rows, read.tx, reader, school, pupil_id)) if decides else (),
        views=tuple(decided.views_in(rows, term)) if term else (),
        decisions=decided.decisions_in(rows),
    )
