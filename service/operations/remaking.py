"""Timelines that an earlier release wrote, made again from the lake: they lack what values are counted from.

A school's term at a time, each in a transaction of its own: what is done stays done, and running it again goes on
where it stopped.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from pipelines.events import TimelineEvent
from pipelines.lake.files import completed, read_buckets
from pipelines.lake.schemas import SCHEMAS
from pipelines.load.timeline import in_order, timeline
from pipelines.load.versions import current
from service.core.audit import unaudited
from service.core.callers import Caller
from service.core.engine import Transaction
from service.records import LakeFileRow, TimelineRow, lake_store
from service.setting import keep_setting
from service.uploads import TABLE_OF_EVENT

TABLES = tuple(dict.fromkeys(TABLE_OF_EVENT.values()))


def remake(caller: Caller) -> int:
    """Make timelines again where they lack anything; returns for how many terms at schools."""
    remade = 0
    for school in sorted(caller.reader.schools):
        with caller.reading() as tx:
            terms = sorted({row.term for row in lake_store.live_rows(tx, {school}) if row.table in TABLES})
        for term in terms:
            with caller.writing() as tx:
                remade += _remade(caller, tx, school, term)
    return remade


def _remade(caller: Caller, tx: Transaction, school: str, term: str) -> bool:
    """Whether one school's term had to be made again; then it is, and its figures are counted from it."""
    live = lake_store.live_rows(tx, {school})
    files = [row for row in live if row.term == term and row.table in TABLES]
    told_by = unaudited(tx, "the machine makes again what an earlier release wrote; nobody reads it")
    rows = lake_store.live_timelines(told_by, school, term)
    if not _lacks([event for row in rows for event in row.events], files):
        return False
    told, changed = _told(caller, files), False
    for row in rows:
        events = told.pop(row.pupil_id, row.events)
        changed |= events != row.events
        row.events = events
    load_id = rows[0].load_id if rows else files[0].load_id
    shared = {"school": school, "term": term, "load_id": load_id}
    if told:
        told_by.add(*(TimelineRow(**shared, pupil_id=one, events=events) for one, events in told.items()))
    tx.flush()
    keep_setting(told_by, school, term)
    return changed or bool(told)


def _lacks(events: Iterable[dict[str, Any]], files: Sequence[LakeFileRow]) -> bool:
    """Whether an earlier release wrote these: without registers or totals, or without the day a record was known."""
    marked = any(file.table == "attendance" and file.rows for file in files)
    summed = any(file.table == "attendance_summary" and file.rows for file in files)
    kinds = set()
    for event in events:
        kinds.add(event["kind"])
        if event["kind"] in ("behaviour", "suspension", "sen") and "known_on" not in event["detail"]:
            return True
    return (marked and "register" not in kinds) or (summed and "attendance_total" not in kinds)


def _told(caller: Caller, files: Sequence[LakeFileRow]) -> dict[str, list[dict[str, Any]]]:
    """The events of a term by pupil, from its live files."""
    found: list[TimelineEvent] = []
    for file in files:
        table = read_buckets(caller.deployment.lake.store, file.path)
        rows: pa.Table = current(completed(table, SCHEMAS[file.table]).cast(SCHEMAS[file.table]))
        found += timeline(file.table, rows, file.school)
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in in_order(found):
        told[event.pupil_id].append(event.plain())
    return dict(told)
