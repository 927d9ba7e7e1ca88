"""Uploads as their readers see them: where the work stands, what each file was taken for, what to mend."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from data_contracts.problems import Problem
from pipelines.check.findings import NEW_TYPE, findings
from service.accounts import Names
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can, check
from service.records import ProblemRow, lake_store
from service.uploads import type_store, upload_store
from service.uploads.upload_rows import UploadRow

PROBLEMS_SHOWN, PROBLEMS_COUNTED = 500, 100_000


@dataclass(frozen=True, slots=True)
class UploadStatus:
    """One upload; `by` is the name of whoever sent it.

    `status`: queued, running, held, refused, done or failed; `step` says what is done now.
    """

    id: str
    school: str
    term: str
    by: str
    status: str
    step: str
    created_at: datetime
    finished_at: datetime | None
    files: list[dict[str, Any]]
    extracts: list[dict[str, Any]]
    counts: dict[str, Any]
    held: list[str]
    message: str
    problems: list[dict[str, Any]]
    problem_count: int
    findings: list[str]
    new_types: dict[str, int]
    flags_new: int | None
    load_id: str | None

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)


def upload_status(caller: Caller, tx: Transaction, upload_id: str) -> UploadStatus:
    """One upload with its first problems. Raises NotFound outside the reader's schools."""
    row = own_upload(caller, tx, upload_id)
    caller.record(tx, Event.UPLOAD_READ, school=row.school, subject=row.id)
    problems = lake_store.problems(tx, row.school, upload_id=row.id, limit=PROBLEMS_SHOWN)
    every = problems
    if len(problems) == PROBLEMS_SHOWN:
        every = lake_store.problems(tx, row.school, upload_id=row.id, limit=PROBLEMS_COUNTED)
    new = _new_types(caller, tx, row, every)
    said = findings([Problem(**as_problem(problem)) for problem in every], new)
    shown = [as_problem(problem) for problem in problems]
    return _status(Names(tx), row, shown, len(every), findings=said, new_types=new)


def _new_types(
    caller: Caller, tx: Transaction, row: UploadRow, problems: Sequence[ProblemRow]
) -> dict[str, int]:
    """The types whose rows wait for the school's answer, for who may read its own words."""
    if can(caller.reader, "mappings.read", row.school) and any(one.rule == NEW_TYPE for one in problems):
        return type_store.of_term(tx, row.school, row.term)
    return {}


def uploads_of(
    caller: Caller, tx: Transaction, school: str, *, before: datetime | None = None, limit: int = 50
) -> list[UploadStatus]:
    """A school's uploads, newest first, without their problems."""
    check(caller.reader, "uploads.read", school)
    rows = upload_store.uploads(tx, {school}, before=before, limit=limit)
    counts = upload_store.problem_counts(tx, [row.id for row in rows], school)
    names = Names(tx)
    return [_status(names, row, [], counts.get(row.id, 0), findings=[], new_types={}) for row in rows]


def problems_of(
    caller: Caller, tx: Transaction, upload_id: str, *, after: int = 0, limit: int = 500
) -> list[ProblemRow]:
    """An upload's problems in reading order, after a problem's id."""
    row = own_upload(caller, tx, upload_id)
    return lake_store.problems(tx, row.school, upload_id=row.id, after=after, limit=limit)


def own_upload(caller: Caller, tx: Transaction, upload_id: str) -> UploadRow:
    """An upload's row at one of the reader's schools."""
    check(caller.reader, "uploads.read")
    row = upload_store.upload(tx, upload_id, caller.reader.schools)
    if row is None:
        raise NotFound("There is no such upload among yours.")
    return row


def as_problem(row: ProblemRow) -> dict[str, Any]:
    """A problem in words and places, without the cell's value."""
    named = ("file", "line", "column", "rule", "message", "hint", "table", "severity")
    return {name: getattr(row, name) for name in named}


def _status(
    names: Names, row: UploadRow, problems: list[dict[str, Any]], count: int, **said: Any
) -> UploadStatus:
    own = {name: getattr(row, name) for name in UploadStatus.__dataclass_fields__ if hasattr(row, name)}
    return UploadStatus(**{**own, "by": names.of(row.by)}, problems=problems, problem_count=count, **said)
