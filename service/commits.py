"""What one load or one publication changes, each in the one transaction it is given."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from data_contracts.errors import Held
from data_contracts.problems import Problem
from pipelines.load import LoadResult
from service.audit import Event
from service.callers import Caller
from service.db import lake_store, score_store
from service.db.base import now
from service.db.engine import Transaction
from service.db.pupil_rows import PublicationRow, RollRow, TimelineRow
from service.db.school_rows import LoadRow
from service.setting.keeping import keep_setting

TABLE_OF_EVENT = {
    "attendance_week": "attendance",
    "behaviour": "behaviour",
    "suspension": "suspensions",
    "sen": "sen",
}
ROLL_KEPT = ("id", "load_id", "retired_by")


class Overtaken(Held):
    """Another load of the school was committed while this one was computed; it has to be computed again."""


@dataclass(frozen=True, slots=True)
class LoadToCommit:
    """A computed load: what it says, and which manifest rows it was computed from."""

    load_id: str
    school: str
    result: LoadResult
    base: frozenset[int]
    by: str
    upload_id: str | None = None


def commit_load(tx: Transaction, caller: Caller, load: LoadToCommit) -> None:
    """Manifest, roll, aliases, timelines, quarantine, lineage and event of one load, all or nothing.

    Raises Overtaken where the school's manifest has moved since the load was computed.
    """
    result, school = load.result, load.school
    assert result.term is not None
    if lake_store.live_ids(tx, school) != load.base:
        raise Overtaken("Another load of this school was faster.", hint="It is computed again.")
    row = LoadRow(
        id=load.load_id,
        school=school,
        term=result.term,
        by=load.by,
        at=now(),
        counts=result.counts,
        contracts=result.contracts,
    )
    lake_store.add_load(tx, row)
    lake_store.replace_files(tx, load.load_id, result.files)
    if lake_store.add_aliases(tx, load.load_id, result.aliases):
        raise Overtaken("Another school brought the same pupil at the same moment.")
    _commit_roll(tx, load)
    _commit_timelines(tx, load)
    keep_setting(tx, school, result.term)
    quarantined = sum(numbers.get("quarantined", 0) for numbers in result.counts.values())
    kept = sum(numbers.get("kept", 0) for numbers in result.counts.values())
    caller.record(
        tx,
        Event.LOAD_COMMITTED,
        school=school,
        subject=load.load_id,
        term=result.term,
        kept=kept,
        quarantined=quarantined,
        upload=load.upload_id,
    )


def _commit_roll(tx: Transaction, load: LoadToCommit) -> None:
    if not load.result.roll or load.result.term is None:
        return
    rows = [{**asdict(entry), "load_id": load.load_id} for entry in load.result.roll]
    lake_store.replace_rows(tx, RollRow, load.load_id, load.school, load.result.term, rows)


def _commit_timelines(tx: Transaction, load: LoadToCommit) -> None:
    """Events of the tables this load brought replace theirs; those of other tables stay."""
    term = load.result.term
    assert term is not None
    brought = {table for table, numbers in load.result.counts.items() if numbers.get("kept")}
    events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in lake_store.live_timelines(tx, load.school, term):
        events[row.pupil_id] += [e for e in row.events if TABLE_OF_EVENT[e["kind"]] not in brought]
    for event in load.result.events:
        events[event.pupil_id].append(
            {
                "school": event.school,
                "date": event.date.isoformat(),
                "kind": event.kind,
                "text_key": event.text_key,
                "detail": event.detail,
            }
        )
    rows = [
        {"pupil_id": pupil_id, "school": load.school, "term": term, "events": own, "load_id": load.load_id}
        for pupil_id, own in events.items()
        if own
    ]
    lake_store.replace_rows(tx, TimelineRow, load.load_id, load.school, term, rows)


def same_roll(tx: Transaction, load: LoadToCommit) -> bool:
    """True where the roll already says what this load would say."""
    if not load.result.roll or load.result.term is None:
        return True
    names = [name for name in RollRow.__mapper__.columns.keys() if name not in ROLL_KEPT]  # noqa: SIM118
    stored = score_store.roll_of(tx, load.school, load.result.term)
    before = {tuple(getattr(row, name) for name in names) for row in stored}
    return before == {tuple(getattr(entry, name) for name in names) for entry in load.result.roll}


def keep_problems(
    tx: Transaction,
    school: str,
    problems: Iterable[Problem],
    *,
    upload_id: str | None = None,
    load_id: str | None = None,
) -> None:
    """Quarantine: what has to be mended, told by place and rule. The cells stay in the sealed raw files."""
    if upload_id is not None:
        lake_store.clear_problems(tx, upload_id, school)
    named = {"school": school, "upload_id": upload_id, "load_id": load_id}
    lake_store.add_problems(tx, [{**problem.as_dict(), **named} for problem in dict.fromkeys(problems)])


def commit_scores(
    tx: Transaction, caller: Caller, publication: PublicationRow, scores: list[dict[str, Any]]
) -> None:
    """Publish a term's scores for a school in the place of those before, with the event."""
    score_store.publish(tx, publication, scores)
    caller.record(
        tx,
        Event.SCORES_PUBLISHED,
        school=publication.school,
        subject=publication.id,
        term=publication.term,
        model=publication.model_id,
        flags=sum(1 for score in scores if score["flagged"]),
        pupils=len(scores),
    )


def undo_committed(tx: Transaction, caller: Caller, row: LoadRow) -> None:
    """Undo a load whose checks have passed, and hide what was published for its term."""
    lake_store.undo(tx, row, caller.reader.account_id)
    keep_setting(tx, row.school, row.term)
    score_store.retire(tx, row.school, row.term)
    caller.record(tx, Event.LOAD_UNDONE, school=row.school, subject=row.id, term=row.term)
