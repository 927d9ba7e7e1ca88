"""One pupil out of everything: lake, roll, scores, supports, raw files. The audit log keeps that it happened."""

import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from data_contracts.errors import Held, Refused
from service.audit import Event
from service.callers import Caller
from service.db import holding, life_store
from service.db.base import now
from service.life import lake_rewrite, raw_files, subject_files
from service.permissions import NotFound, check

LEDGER = "erased.jsonl"


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

    Raises NotFound for a pupil nobody knows, Refused for one who is also at a school that isn't the caller's,
    Held while an upload of one of their schools is in work.
    """
    check(caller.reader, "subject.erase")
    _must_reach_all(caller, pupil_id)
    with caller.writing() as tx:
        holding.to_take_away(tx)
        schools = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
        if not schools:
            raise NotFound("There is no such pupil among yours.")
        if life_store.open_uploads(tx, schools):
            raise Held("An upload of this pupil's school is in work.", hint="Try again when it is done.")
        exports = [row.id for row in life_store.exports_of(tx, pupil_id, caller.reader.schools)]
        rewritten = lake_rewrite.without_pupil(caller, tx, pupil_id, caller.reader.schools)
        rows = life_store.erase_pupil(tx, pupil_id, caller.reader.schools)
        raw = raw_files.delete_raw_files(tx, schools, now() + timedelta(days=1))
        for school in sorted(schools):
            detail = {"files": len(rewritten), "rows": sum(rows.values()), "raw": len(raw)}
            caller.record(tx, Event.PUPIL_ERASED, school=school, subject=pupil_id, **detail)
    lake_rewrite.remove_bytes(caller, rewritten, caller.reader.schools)
    raw_files.unlink(caller, raw)
    subject_files.delete(caller, exports)
    _note(caller, pupil_id)
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


def _note(caller: Caller, pupil_id: str) -> None:
    """The ledger beside the home: without it a restore would bring an erased pupil back."""
    line = json.dumps({"pupil_id": pupil_id, "at": datetime.now(UTC).isoformat()})
    ledger = caller.deployment.home.path / LEDGER
    descriptor = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as handle:
        handle.write(line + "\n")
        handle.flush()
        os.fsync(handle.fileno())
