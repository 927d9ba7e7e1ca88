"""Explaining one pupil, from the machine itself."""

from pathlib import Path
from typing import Any

from pipelines.explanation import changes, families
from service.core.audit import Event
from service.core.callers import at_machine
from service.pupils.cards import explained
from service.scoring import latest_score


def explain_pupil(
    home: Path, pupil_id: str, term: str | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """The explanation body of one pupil; NotFound where nothing is published. The read is recorded."""
    with at_machine(home) as caller, caller.writing() as tx:
        read = caller.record(tx, Event.PUPIL_READ, subject=pupil_id)
        return explained(caller, read, [latest_score(caller, read, pupil_id, term)], everything=everything)


def pupil_changes(home: Path, pupil_id: str, since: str, term: str | None = None) -> list[dict[str, Any]]:
    """What moved between two published terms of one pupil (`pipelines.explanation.changes`), both reads recorded;
    NotFound where one of them has nothing published."""
    then, now = (explain_pupil(home, pupil_id, each, everything=True) for each in (since, term))
    return changes(then, now)


def pupil_families(home: Path, pupil_id: str, term: str | None = None) -> dict[str, float]:
    """Contributions summed by family and the school's, largest first: indicators that move together as one
    reason. Empty where the pupil could not be scored; the read is recorded."""
    with at_machine(home) as caller, caller.writing() as tx:
        read = caller.record(tx, Event.PUPIL_READ, subject=pupil_id)
        row, live = latest_score(caller, read, pupil_id, term)
        explained(caller, read, [(row, live)], everything=False)
        if row.contributions is None:
            return {}
        return families(caller.deployment.manifest(live.model_id), row.contributions)
