"""One pupil out of everything: lake, roll, scores, supports, raw files. The audit log keeps that it happened."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from data_contracts.errors import Held, Refused
from service.core import holding
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.rights import deleting, deletion_store, lake_rewrite, life_store, raw_files
from service.rights.deletion_store import EXPORT
from service.rights.ledger import LEDGER

__all__ = ["LEDGER", "Erased", "erase", "erase_again", "erase_confirmed"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What went. `rows` counts by table, `files` the lake files rewritten, `raw` the sealed uploads deleted."""

    pupil_id: str
    schools: list[str]
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    raw: int = 0


def erase(caller: Caller, pupil_id: str) -> Erased:
    """Erase a pupil at all of the caller's schools, and keep a tombstone in the audit log.

    One transaction takes the rows, notes the erasure and lists the files that have to go; if the process dies
    after it, the worker goes on with the files, or whoever erases the pupil again. Raises NotFound for a pupil
    nobody knows, Refused for one who is also at a school that isn't the caller's, Held while an upload of one
    of their schools is in work.
    """
    check(caller.reader, "subject.erase")
    _must_reach_all(caller, pupil_id)
    with caller.writing() as tx:
        holding.to_take_away(tx)
        schools = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
        begun = deletion_store.open_erasures(tx, caller.reader.schools, pupil_id)
        if not schools and not begun:
            raise NotFound("There is no such pupil among yours.")
        done = _erased(caller, tx, pupil_id, schools) if schools else None
    deleting.work_off(caller)
    return done or Erased(pupil_id, sorted({row.school for row in begun}))


def _erased(caller: Caller, tx: Transaction, pupil_id: str, schools: set[str]) -> Erased:
    """All of an erasure but the files that go after it."""
    if life_store.open_uploads(tx, schools):
        raise Held("An upload of this pupil's school is in work.", hint="Try again when it is done.")
    told = [
        caller.record(tx, Event.PUPIL_ERASED, school=school, subject=pupil_id) for school in sorted(schools)
    ]
    exports = [(row.school, row.id) for row in life_store.exports_of(tx, pupil_id, caller.reader.schools)]
    files = [(school, life_store.export_file(export_id)) for school, export_id in exports]
    deletion_store.add_deletions(tx, EXPORT, files)
    rewritten = lake_rewrite.without_pupil(caller, told[0], pupil_id, caller.reader.schools)
    deleting.list_lake(caller, tx, rewritten)
    rows = life_store.erase_pupil(told[0], pupil_id, caller.reader.schools)
    raw = raw_files.delete_raw_files(told[0], schools, datetime.max.replace(tzinfo=UTC))
    deletion_store.add_erasure(told[0], pupil_id, schools)
    for event in told:
        event.detail.update(files=len(rewritten), rows=sum(rows.values()), raw=len(raw))
    return Erased(pupil_id, sorted(schools), rows, len(rewritten), len(raw))


def erase_confirmed(caller: Caller, pupil_id: str, confirmed: str) -> dict[str, Any]:
    """`erase`, if the id was given twice. Refused otherwise."""
    if confirmed != pupil_id:
        raise Refused("Repeat the pupil's id to confirm.", hint="An erasure can't be undone.")
    return asdict(erase(caller, pupil_id))


def erase_again(caller: Caller, lines: Collection[str], since: datetime) -> list[str]:
    """After a restore: repeat the erasures of a ledger made after the backup; returns the pupil ids met."""
    done = []
    for number, line in enumerate(lines, 1):
        try:
            noted = json.loads(line)
            before = datetime.fromisoformat(noted["at"]) < since
        except (ValueError, TypeError, KeyError) as error:
            raise Refused(
                f"Line {number} of the list of erasures can't be read.",
                hint="Give erased.jsonl as the lost home had it: without it, erased pupils would come back.",
            ) from error
        if before:
            continue
        try:
            erase(caller, noted["pupil_id"])
        except NotFound:
            continue
        done.append(noted["pupil_id"])
    return done


def _must_reach_all(caller: Caller, pupil_id: str) -> None:
    """Half an erasure would leave another school's pupil without the identifiers they are known by."""
    everywhere = caller.deployment.all_urns()
    with caller.deployment.database.reading(everywhere) as tx:
        schools = life_store.schools_of_pupil(tx, pupil_id, everywhere)
    if schools & caller.reader.schools and not schools <= caller.reader.schools:
        raise Refused(
            "This pupil is also on the roll of a school that is not yours.",
            hint="Ask someone who looks after data protection at all of their schools.",
        )
