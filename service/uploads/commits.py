"""What one load changes, in the one transaction it is given."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data_contracts.problems import Problem
from pipelines.events import TimelineEvent
from pipelines.load import LoadResult, RollEntry
from service.core import holding
from service.core.audit import Event, Recorded, Told, unaudited
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.holding import Overtaken
from service.records import LoadRow, RollRow, TimelineRow, lake_store, roll_store
from service.scoring import score_store
from service.setting import Fact, counted, keep_setting, on_roll, setting_store

TABLE_OF_EVENT = {
    "attendance_week": "attendance",
    "register": "attendance",
    "attendance_total": "attendance_summary",
    "behaviour": "behaviour",
    "suspension": "suspensions",
    "sen": "sen",
}
ROLL_KEPT = ("id", "load_id", "retired_by")


@dataclass(frozen=True, slots=True)
class TermRecords:
    """What a load makes of a term. `timelines` None: those that stand stay."""

    timelines: list[dict[str, Any]] | None
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class LoadToCommit:
    """A computed load: what it says, the school's state it was computed from, and what it makes of each term.

    All that takes time is counted here already: SQLite has one writer, and others wait for it.
    """

    load_id: str
    school: str
    result: LoadResult
    base: frozenset[int | str]
    by: str
    upload_id: str | None = None
    changes: bool = True
    terms: Mapping[str, TermRecords] = field(default_factory=dict)


def to_commit(
    tx: Transaction, load_id: str, school: str, result: LoadResult, *, by: str, upload_id: str | None = None
) -> LoadToCommit:
    """Count what a load changes against the records as the given transaction sees them; changes nothing."""
    base, read = (
        lake_store.standing(tx, school),
        unaudited(tx, "what a load is merged with; the load is told"),
    )
    usable = result.term is not None and result.status in ("loaded", "unchanged")
    changes = usable and (result.status == "loaded" or not _same_roll(read, school, result))
    terms = {}
    if result.term is not None and changes:
        terms = {
            term: _records(read, load_id, school, result, term, told)
            for term, told in {result.term: result.events, **result.other_terms}.items()
        }
    return LoadToCommit(load_id, school, result, base, by, upload_id, changes, terms)


def commit_load(tx: Transaction, caller: Caller, load: LoadToCommit) -> None:
    """Manifest, roll, aliases, timelines, quarantine, lineage and event of one load, all or nothing.

    Raises Overtaken where the school's records have moved since the load was computed.
    """
    result, school = load.result, load.school
    assert result.term is not None
    _check_still_true(tx, caller, load)
    counts = result.counts.values()
    told = caller.record(
        tx,
        Event.LOAD_COMMITTED,
        school=school,
        subject=load.load_id,
        term=result.term,
        kept=sum(numbers.get("kept", 0) for numbers in counts),
        quarantined=sum(numbers.get("quarantined", 0) for numbers in counts),
        upload=load.upload_id,
    )
    row = LoadRow(
        id=load.load_id,
        school=school,
        term=result.term,
        by=load.by,
        at=now(),
        counts=result.counts,
        contracts=result.contracts,
    )
    told.add(row)
    lake_store.replace_files(told, load.load_id, result.files)
    if lake_store.add_aliases(told, load.load_id, result.aliases):
        raise Overtaken("Another school brought the same pupil at the same moment.")
    _commit_roll(told, load)
    for term, made in load.terms.items():
        if made.timelines is not None:
            lake_store.replace_rows(told, TimelineRow, load.load_id, school, term, made.timelines)
        setting_store.replace_facts(told, school, term, made.facts)


def _check_still_true(tx: Transaction, caller: Caller, load: LoadToCommit) -> None:
    """Overtaken where what the load was computed from, or its files, are no longer what they were."""
    if lake_store.standing(tx, load.school) != load.base:
        raise Overtaken("Another load of this school was faster.", hint="It is computed again.")
    if not all(caller.deployment.lake.store.exists(file.path) for file in load.result.files):
        raise Overtaken("What was computed has been deleted meanwhile.", hint="It is computed again.")


def _commit_roll(told: Recorded, load: LoadToCommit) -> None:
    """The load's pupils as the term's roll; of a file that is only a part, the others stay as they are."""
    entries, term = load.result.roll, load.result.term
    if not entries or term is None:
        return
    rows = [{**plain(entry), "load_id": load.load_id} for entry in entries]
    only = {entry.pupil_id for entry in entries} if load.result.keep_others else None
    lake_store.replace_rows(told, RollRow, load.load_id, load.school, term, rows, only=only)


def _records(
    read: Told, load_id: str, school: str, result: LoadResult, term: str, told: Iterable[TimelineEvent]
) -> TermRecords:
    """A term's timelines and facts as they will stand once the load is committed."""
    stood = lake_store.live_timelines(read, school, term)
    events: Mapping[str, list[dict[str, Any]]] = {row.pupil_id: row.events for row in stood}
    changed = {file.table for file in result.files if file.term == term}
    rows = None
    if changed & set(TABLE_OF_EVENT.values()):
        events = _events(events, changed, told)
        shared = {"school": school, "term": term, "load_id": load_id}
        rows = [{**shared, "pupil_id": pupil_id, "events": own} for pupil_id, own in events.items() if own]
    roll = on_roll(_roll_after(read, school, result, term))
    feeds = lake_store.feeds(read.tx, school, term) | changed
    return TermRecords(rows, counted(term, roll, events, feeds))


def _events(
    stood: Mapping[str, list[dict[str, Any]]], changed: Collection[str], told: Iterable[TimelineEvent]
) -> dict[str, list[dict[str, Any]]]:
    """Events of the tables that changed replace theirs; those of other tables stay."""
    events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for pupil_id, own in stood.items():
        events[pupil_id] += [e for e in own if TABLE_OF_EVENT[e["kind"]] not in changed]
    for event in told:
        events[event.pupil_id].append(event.plain())
    return events


def _roll_after(read: Told, school: str, result: LoadResult, term: str) -> Sequence[RollRow | RollEntry]:
    """A term's roll as it will stand: of a file that is only a part, the others stay as they are."""
    if term != result.term or not result.roll:
        return roll_store.roll_of(read, school, term)
    if not result.keep_others:
        return result.roll
    named = {entry.pupil_id for entry in result.roll}
    others = [row for row in roll_store.roll_of(read, school, term) if row.pupil_id not in named]
    return [*others, *result.roll]


def plain(entry: RollEntry) -> dict[str, Any]:
    """A roll entry as a row; its values are plain, so nothing is copied."""
    return {name: getattr(entry, name) for name in RollEntry.__slots__}


def _same_roll(read: Told, school: str, result: LoadResult) -> bool:
    """True where the roll already says what this load would say."""
    if not result.roll or result.term is None:
        return True
    names = [name for name in RollRow.__mapper__.columns.keys() if name not in ROLL_KEPT]  # noqa: SIM118
    stored = roll_store.roll_of(read, school, result.term)
    before = {tuple(getattr(row, name) for name in names) for row in stored}
    said = {tuple(getattr(entry, name) for name in names) for entry in result.roll}
    return said <= before if result.keep_others else before == said


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


def undo_committed(tx: Transaction, caller: Caller, row: LoadRow) -> None:
    """Undo a load whose checks have passed, and hide what was published for its terms."""
    holding.to_take_away(tx)
    terms = lake_store.terms_of(tx, row)
    told = caller.record(tx, Event.LOAD_UNDONE, school=row.school, subject=row.id, term=row.term)
    lake_store.undo(told, row, caller.reader.account_id)
    for term in terms:
        keep_setting(told, row.school, term)
        score_store.retire(told, row.school, term)
