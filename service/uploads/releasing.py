"""Suggestions that wait for a person after an upload: what was seen, and the yes of somebody who has looked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from data_contracts.errors import Refused
from service.accounts import Names
from service.core import job_store
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.job_rows import JobRow
from service.core.permissions import NotFound, check
from service.records import lake_store
from service.scoring import score_store
from service.uploads import upload_store
from service.uploads.receiving import PUBLISH, UPLOAD
from service.uploads.upload_rows import UploadRow

ANYWAY = "anyway"
"""The key of a job's payload that holds why a term is scored although it was to wait."""


@dataclass(frozen=True, slots=True)
class WaitingList:
    """The suggestions of one upload's term, which wait; `seen` are the reasons, a sentence each."""

    upload_id: str
    school: str
    term: str
    by: str
    since: datetime
    seen: tuple[str, ...]


def wait(tx: Transaction, caller: Caller, row: UploadRow, seen: Sequence[str]) -> None:
    """Note that an upload's suggestions wait, and why."""
    row.waits = {"since": now().isoformat(), "seen": list(seen)}
    caller.record(tx, Event.SUGGESTIONS_WAIT, school=row.school, subject=row.id, term=row.term)


def waiting(caller: Caller, tx: Transaction) -> list[WaitingList]:
    """What waits at the reader's schools, newest first."""
    check(caller.reader, "waiting.read")
    names = Names(tx)
    return [
        WaitingList(
            row.id, row.school, row.term, names.of(row.by),
            datetime.fromisoformat(row.waits["since"]), tuple(row.waits["seen"]),
        )
        for row in _waits(tx, caller.reader.schools)
        if row.waits is not None
    ]  # fmt: skip


def release(caller: Caller, upload_id: str, reason: str) -> None:
    """Let an upload's suggestions be computed and published although the watch said to wait.

    Pause, governance and whoever left are looked at again as at every publication. NotFound outside the reader's
    schools, Refused without a reason, or where nothing waits any more.
    """
    with caller.writing() as tx:
        row = upload_store.upload(tx, upload_id, caller.reader.schools)
        if row is None:
            raise NotFound("There is no such upload among yours.")
        check(caller.reader, "suggestions.release", row.school)
        if row.waits is None or row.id not in {one.id for one in _waits(tx, {row.school})}:
            raise Refused("No suggestions of this upload wait for a person.")
        if not reason.strip():
            raise Refused("Say why these suggestions can be used.", hint="For example, what you looked at.")
        by = caller.reader.account_id
        row.waits = {
            **row.waits,
            "released_by": by,
            "released_at": now().isoformat(),
            "reason": reason.strip(),
        }
        row.status, row.step, row.message, row.finished_at = "running", "score", "", None
        caller.record(tx, Event.SUGGESTIONS_RELEASED, school=row.school, subject=row.id, term=row.term)
        job = JobRow(
            id=new_id("j"),
            kind=UPLOAD,
            school=row.school,
            subject=row.id,
            step=PUBLISH,
            state=job_store.WAITING,
            payload={"by": by, ANYWAY: reason.strip()},
            dedupe=f"{row.id}:release:{new_id('y')}",
            created_at=now(),
        )
        job_store.enqueue(tx, job)


def _waits(tx: Transaction, schools: Collection[str]) -> list[UploadRow]:
    """The uploads whose suggestions wait now: of each term the newest, where nothing was published since."""
    newest: dict[tuple[str, str], UploadRow] = {}
    for row in upload_store.waiting(tx, schools):
        newest.setdefault((row.school, row.term), row)
    return [row for row in newest.values() if _still(tx, row)]


def _still(tx: Transaction, row: UploadRow) -> bool:
    """Whether nobody has released it, its load stands, and nothing was published meanwhile."""
    if row.waits is None or "released_by" in row.waits or row.status != "done":
        return False
    load = lake_store.load(tx, row.load_id, {row.school}) if row.load_id else None
    if load is not None and load.undone_at is not None:
        return False
    live = score_store.publication(tx, row.school, row.term)
    return live is None or live.at < datetime.fromisoformat(row.waits["since"])
