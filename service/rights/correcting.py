"""Stored records as they would be stored today: lake, timelines and quarantine rewritten in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from data_contracts.errors import Held
from data_contracts.reading.narratives import is_narrative
from pipelines.lake import LakeFile
from pipelines.lake.files import read_buckets, write_file
from pipelines.load.timeline import timeline
from pipelines.load.versions import current
from service.core import holding, job_store
from service.core.audit import Event, Recorded
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.job_rows import JobRow
from service.records import LakeFileRow, lake_store, roll_store
from service.rights import correcting_store, deleting, life_store
from service.rights.stored_words import COLUMNS, Stored, corrected
from service.setting import counted, on_roll, setting_store
from service.uploads import PUBLISH, RESCORE, types


def stored(caller: Caller, schools: Collection[str] | None = None) -> dict[str, Stored]:
    """What this release would not have stored, by school; schools without any are left out. Changes nothing."""
    found: dict[str, Stored] = {}
    for school in sorted(caller.reader.schools if schools is None else schools):
        with caller.reading() as tx:
            rows = life_store.lake_rows(tx, {school}, live=False)
            given = types.given(tx, school)
            beside = correcting_store.sentences_beside(tx, school, is_narrative)
        all_of_it = Stored(sentences=beside)
        for _row, _table, one in _judged(caller, rows, given):
            all_of_it.add(one)
        if all_of_it.to_rewrite or all_of_it.new:
            found[school] = all_of_it
    return found


def correct(caller: Caller, *, drop_new: bool = False) -> dict[str, Stored]:
    """Rewrite what `stored` finds, school by school, each in one transaction; returns what was changed.

    Suggestions of the terms that changed are made anew by the worker. Held while an upload of a school is in work.
    """
    done: dict[str, Stored] = {}
    for school in stored(caller):
        with caller.writing() as tx:
            holding.to_take_away(tx)
            if life_store.open_uploads(tx, {school}):
                raise Held(f"An upload of school {school} is in work.", hint="Try again when it is done.")
            done[school] = _correct_school(caller, tx, school, drop_new=drop_new)
        deleting.work_off(caller)
    return done


def _judged(
    caller: Caller, rows: list[LakeFileRow], given: dict[str, str], *, drop_new: bool = False
) -> Iterator[tuple[LakeFileRow, pa.Table | None, Stored]]:
    """Each file that holds text of a school's own, its rows as they should be (None: as they are), what was found."""
    store = caller.deployment.lake.store
    for row in rows:
        if row.table not in COLUMNS or not store.exists(row.path):
            continue
        table = read_buckets(store, row.path)
        made, found = corrected(row.table, table, given, drop_new=drop_new)
        changes = found.to_rewrite or (drop_new and found.new)
        yield row, made if changes else None, found


def _correct_school(caller: Caller, tx: Transaction, school: str, *, drop_new: bool) -> Stored:
    given = types.given(tx, school)
    told = caller.record(tx, Event.RECORDS_CORRECTED, school=school, subject=school)
    all_of_it, going, live = Stored(), [], dict[str, pa.Table]()
    rows = life_store.lake_rows(tx, {school}, live=False, held=True)
    for row, made, found in _judged(caller, rows, given, drop_new=drop_new):
        all_of_it.add(found)
        if made is None:
            continue
        going.append(row.path)
        if row.table == "behaviour" and row.retired_by is None:
            live[row.term] = made
        life_store.replace_lake_row(told, row, _written(caller, lake_store.as_lake_file(row), made))
    deleting.list_lake(caller, tx, going)
    all_of_it.sentences += correcting_store.blank_sentences(told, school, is_narrative)
    for term, table in live.items():
        _timelines(told, school, term, table)
    if live:
        _score_again(tx, caller, school, max(live, key=_begins))
    told.detail.update(
        sentences=all_of_it.sentences,
        concerns=all_of_it.concerns,
        answered=all_of_it.answered,
        files=len(going),
    )
    return all_of_it


def _begins(term: str) -> str:
    from data_contracts import calendar

    return calendar.term(term).start.isoformat()


def _written(caller: Caller, file: LakeFile, table: pa.Table) -> LakeFile:
    lake = caller.deployment.lake
    key = (file.table, file.school, file.term)
    made = write_file(
        lake.store, table, key, buckets=lake.buckets, load_id=file.load_id, today=file.first_loaded
    )
    return replace(made, first_loaded=file.first_loaded)


def _timelines(told_by: Recorded, school: str, term: str, behaviour: pa.Table) -> None:
    """The behaviour of a term's standing timelines told anew from its rows, and the term's facts with it."""
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in sorted(
        timeline("behaviour", current(behaviour), school), key=lambda one: (one.date, one.text_key)
    ):
        told[event.pupil_id].append(event.plain())
    events: dict[str, Any] = {}
    for row in lake_store.live_timelines(told_by, school, term):
        row.events = [one for one in row.events if one["kind"] != "behaviour"] + told[row.pupil_id]
        events[row.pupil_id] = row.events
    roll, feeds = (
        on_roll(roll_store.roll_of(told_by, school, term)),
        lake_store.feeds(told_by.tx, school, term),
    )
    setting_store.replace_facts(told_by, school, term, counted(term, roll, events, feeds))


def _score_again(tx: Transaction, caller: Caller, school: str, term: str) -> None:
    """Let the worker make the term's suggestions from what the records say now."""
    job = JobRow(
        id=new_id("j"), kind=RESCORE, school=school, subject=school, step=PUBLISH, state=job_store.WAITING,
        payload={"term": term, "by": caller.reader.account_id}, dedupe=f"correct:{school}:{new_id('c')}",
        created_at=now(),
    )  # fmt: skip
    job_store.enqueue(tx, job)
