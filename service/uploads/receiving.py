"""Receiving files, a person's yes to a held load, and undoing a load."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data_contracts import calendar
from data_contracts.errors import Refused
from service.core import job_store
from service.core.audit import Event, no_event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.governance import check_governance
from service.core.job_rows import JobRow
from service.core.permissions import NotFound, check
from service.core.secrets import fingerprint
from service.records import lake_store
from service.schools import known_school
from service.uploads import vault
from service.uploads.commits import undo_committed
from service.uploads.sealing import Sealing, forget_broken_off
from service.uploads.status import own_upload
from service.uploads.upload_rows import UploadRow

LOAD, PUBLISH = "load", "publish"
UPLOAD, RESCORE = "upload", "rescore"


@dataclass(frozen=True, slots=True)
class Queued:
    """An upload that waits for its work, and the files that were stored for it now."""

    id: str
    files: list[dict[str, Any]]


def receive(
    caller: Caller,
    school: str,
    term: str,
    files: Iterable[tuple[str, bytes | Sealing]],
    *,
    key: str | None = None,
) -> str:
    """Keep a term's files and queue the work; returns the upload's id. The same `key` again: the same id.

    Raises NotAllowed or NotFound outside the reader's scope, Refused for an unknown term, no or unusable
    files, or a school whose governance is not settled. Either the upload exists whole or not at all.
    """
    check(caller.reader, "uploads.create", school)
    calendar.term(term)
    with caller.reading() as tx:
        synthetic = known_school(tx, school).synthetic
    check_governance(caller.deployment.home, school, synthetic=synthetic)
    forget_broken_off(caller.deployment.home)
    kept = vault.keep(caller.deployment.home, school, files)
    try:
        known = _queued(caller, school, term, kept, key)
    except BaseException:
        vault.forget(caller.deployment.home, kept)
        raise
    if known.files != kept:  # the same key again: its files are there already
        vault.forget(caller.deployment.home, kept)
    return known.id


def _queued(caller: Caller, school: str, term: str, kept: list[dict[str, Any]], key: str | None) -> Queued:
    """Write an upload down and queue its work; the one there is where the key was used before."""
    dedupe = f"key:{fingerprint(caller.reader.account_id + key)}" if key else None
    with vault.locked(caller.deployment.home, alone=False), caller.writing() as tx:
        known = job_store.by_dedupe(tx, dedupe) if dedupe else None
        if known is not None:
            return Queued(known.subject, [])
        row = UploadRow(
            id=new_id("u"),
            school=school,
            term=term,
            by=caller.reader.account_id,
            status="queued",
            created_at=now(),
            files=kept,
            held=[],
            counts={},
            extracts=[],
        )
        vault.must_be_kept(caller.deployment.home, kept)
        told = caller.record(
            tx, Event.UPLOAD_RECEIVED, school=school, subject=row.id, term=term, files=len(kept)
        )
        told.add(row)
        _queue(tx, row, caller.reader.account_id, dedupe or f"{row.id}:0")
        return Queued(row.id, kept)


def approve(caller: Caller, upload_id: str, *, keep_others: bool = False) -> None:
    """Say yes to a held load: it is loaded although something jumped. Refused where nothing is held.

    `keep_others`: the files are only a part, so what they don't name stays as it is.
    """
    with caller.writing() as tx:
        row = own_upload(caller, tx, upload_id)
        check(caller.reader, "uploads.approve", row.school)
        if row.status != "held":
            raise Refused("This upload doesn't need approval.")
        row.status, row.step, row.approved_by = "queued", "receive", caller.reader.account_id
        _queue(tx, row, caller.reader.account_id, f"{row.id}:1:{new_id('y')}", keep_others=keep_others)
        caller.record(tx, Event.UPLOAD_APPROVED, school=row.school, subject=row.id, keep_others=keep_others)


@no_event("asked for with a mapping, whose confirming is told")
def queue_again(tx: Transaction, row: UploadRow, by: str, dedupe: str) -> None:
    """Let an upload's files be checked and loaded once more; what was loaded of them stays until then.

    Refused while its work still goes on.
    """
    if row.status in ("queued", "running"):
        raise Refused("This upload is still in progress.", hint="Wait until it has finished.")
    row.status, row.step, row.finished_at, row.message = "queued", "receive", None, ""
    row.approved_by = None  # what is found now may be something else than what was agreed to
    _queue(tx, row, by, dedupe)


def undo_load(caller: Caller, load_id: str) -> None:
    """Bring back what a load replaced; what was published is taken back and the term scored again.

    Raises NotFound outside the reader's scope, Refused where a newer load of the same term stands.
    """
    with caller.writing() as tx:
        row = lake_store.load(tx, load_id, caller.reader.schools)
        if row is None:
            raise NotFound("This load can't be found among yours.")
        check(caller.reader, "loads.undo", row.school)
        if row.undone_at is not None:
            raise Refused("This load has already been undone.")
        if lake_store.newer_load(tx, row) is not None:
            raise Refused("There is a newer load of this term.", hint="Undo that one first.")
        undo_committed(tx, caller, row)
        again = JobRow(
            id=new_id("j"),
            kind=RESCORE,
            school=row.school,
            subject=row.id,
            step=PUBLISH,
            state=job_store.WAITING,
            payload={"term": row.term, "by": caller.reader.account_id},
            dedupe=f"undo:{row.id}",
            created_at=now(),
        )
        job_store.enqueue(tx, again)


def _queue(tx: Transaction, row: UploadRow, by: str, dedupe: str, *, keep_others: bool = False) -> None:
    job = JobRow(
        id=new_id("j"),
        kind=UPLOAD,
        school=row.school,
        subject=row.id,
        step=LOAD,
        state=job_store.WAITING,
        payload={"by": by, "keep_others": keep_others},
        dedupe=dedupe,
        created_at=now(),
    )
    job_store.enqueue(tx, job)
