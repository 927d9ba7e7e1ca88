"""What people may ask for about a pupil’s records, from the machine itself: each opens the home and does one thing."""

from pathlib import Path
from typing import Any

from service.core.callers import Caller, at_machine
from service.rights import erasing, exporting, marking, requests, rotating


def rotate_key(home: Path) -> dict[str, int]:
    """A new alias key: {aliases, dropped}."""
    with at_machine(home, as_officer=True) as caller:
        return rotating.rotate(caller)


def mark_subject(home: Path, school: str, identifier: str, reason: str) -> dict[str, Any]:
    """Keep a pupil out of scoring, named by UPN or admission number: {pupil_id, schools}."""
    with at_machine(home, as_officer=True) as caller:
        pupil_id = _subject(caller, school, identifier)
        return {"pupil_id": pupil_id, "schools": marking.mark(caller, pupil_id, reason)}


def unmark_subject(home: Path, school: str, identifier: str) -> dict[str, Any]:
    """End a pupil's mark: {pupil_id}."""
    with at_machine(home, as_officer=True) as caller:
        pupil_id = _subject(caller, school, identifier)
        marking.unmark(caller, pupil_id)
        return {"pupil_id": pupil_id}


def erase_subject(home: Path, school: str, identifier: str, *, confirm: str) -> dict[str, Any]:
    """Erase a pupil everywhere; `confirm` repeats the identifier: {pupil_id, schools, rows, files, raw}."""
    with at_machine(home, as_officer=True) as caller:
        pupil_id = _subject(caller, school, identifier)
        return erasing.erase_confirmed(caller, pupil_id, pupil_id if confirm == identifier else "")


def prepare_export(home: Path, school: str, identifier: str) -> dict[str, Any]:
    """Gather what is kept about a pupil: {id, sections, expires_on}."""
    with at_machine(home, as_officer=True) as caller:
        return exporting.prepare(caller, _subject(caller, school, identifier))


def release_export(home: Path, export_id: str, withhold: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a person decided to hand over of a prepared export."""
    with at_machine(home, as_officer=True) as caller:
        return exporting.release(caller, export_id, withhold)


def list_requests(home: Path, *, open_only: bool = True) -> list[dict[str, Any]]:
    """Complaints, objections and requests, those due soonest first."""
    with at_machine(home, as_officer=True) as caller:
        return requests.listed(caller, open_only=open_only)


def _subject(caller: Caller, school: str, identifier: str) -> str:
    """A pupil by what a letter says, or by the pupil_id itself."""
    if identifier.startswith("p") and len(identifier) == 21:
        return identifier
    return marking.pupil_known_as(caller, school, identifier)
