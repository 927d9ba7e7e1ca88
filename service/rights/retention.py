"""Everything goes when its time is over: rows, lake files, raw uploads, sessions. Run daily."""

import time as clock
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from data_contracts.errors import BelongError
from service.accounts import signin_store
from service.core import counter_store, once_store
from service.core.audit import Event, Recorded, audit_store
from service.core.base import now
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.logs import log
from service.core.permissions import DPO, Reader, check
from service.rights import deleting, deletion_store, life_store, raw_files, unusual
from service.rights.deletion_store import EXPORT
from service.rights.policy import Schedule, months_later, schedule
from service.rights.tables import metadata
from service.rights.unusual import Taken, Waits

DATED = {
    "data_request": "closed_at", "do_not_score": "ended_at", "erasure": "done_at", "job": "created_at",
}  # fmt: skip
WRITTEN = "at"
BOOKKEEPING = ("job",)
"""Tables that hold nothing a person would miss, so that much of them may go at once."""
SOON = timedelta(minutes=5)
"""An event later than this from now was written under another clock, and says nothing about today."""


def run(
    caller: Caller,
    today: date | None = None,
    *,
    confirmed: bool = False,
    agreed: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Keep to the schedule at all of the caller's schools; returns what went, by table.

    One transaction takes the rows and lists the files; files are deleted after it, and a run that was cut off
    is made good by the next one. Raises Waits, and has taken nothing, where a person should look first and has
    not said so (`confirmed`); `agreed` is what they saw, by table: where more would go now, it waits again.
    """
    check(caller.reader, "subject.erase")
    today = today or datetime.now(UTC).date()
    kept = schedule(caller.deployment.home)
    try:
        with caller.writing() as tx:
            if confirmed and agreed is not None:
                caller.record(tx, Event.RETENTION_CONFIRMED)
            told = caller.record(tx, Event.RETENTION_KEPT)
            taken, gone = _let_go(caller, told, kept, today)
            counts: dict[str, Any] = {name: count for name, count in gone.items() if count}
            told.detail.update(counts)
            if not confirmed:
                unusual.check(tx, taken, counts, today)
            elif agreed is not None:
                unusual.check_agreed(counts, agreed)
    except Waits as waits:
        with caller.writing() as tx:
            detail: dict[str, Any] = {"why": waits.why, **waits.gone}
            caller.record(tx, Event.RETENTION_WAITS, **detail)
        raise
    deleting.work_off(caller)
    return counts


def run_if_due(deployment: Deployment, hours: int = 20) -> bool:
    """Run for every school unless it was done in the last hours; the worker asks between its jobs.

    A schedule that can't be read, or a run that waits for a person, is logged and stays the doctor's finding:
    the queue must go on.
    """
    moment = now()
    with deployment.database.reading() as tx:
        for event in (Event.RETENTION_KEPT, Event.RETENTION_WAITS):
            since, until = moment - timedelta(hours=hours), moment + SOON
            if audit_store.search(tx, before=None, limit=1, event=event, since=since, until=until):
                return False
    try:
        run(keeper(deployment))
    except BelongError as problem:
        log("service.rights").error("retention has failed", exc_info=problem)
        return False
    return True


def keeper(deployment: Deployment) -> Caller:
    """Who keeps house, in the audit log; for every school."""
    reader = Reader("worker", "worker", "Worker", DPO, deployment.all_urns(), via="command")
    return Caller(deployment, reader)


def _let_go(caller: Caller, told: Recorded, kept: Schedule, today: date) -> tuple[Taken, Counter[str]]:
    """Take what is over out of every table, and list the files that have to go."""
    tx, schools, taken = told.tx, caller.reader.schools, Taken()
    _terms(told, kept, schools, today, taken)
    _dates(told, kept, schools, today, taken)
    gone = Counter(taken.gone)
    lake = _lake(told, kept, schools, today, taken)
    deleting.list_lake(caller, tx, lake)
    raw = raw_files.delete_raw_files(told, schools, _days_ago(today, kept.raw_uploads_days))
    exports = life_store.exports_expired(tx, schools, today)
    files = [(row.school, life_store.export_file(row.id)) for row in exports]
    deletion_store.add_deletions(tx, EXPORT, files)
    told.delete(*exports)
    gone["sessions"] = life_store.drop_old_sessions(told, _days_ago(today, kept.sessions_days))
    gone["problem"] = life_store.drop_problems_of_nothing(told, schools)
    if (
        schools >= caller.deployment.all_urns()
    ):  # or a pupil on the roll of a school we can't see would lose theirs
        gone["alias"] = life_store.drop_aliases_of_nobody(told, schools)
    gone.update({"lake_files": len(lake), "raw_files": len(raw), "subject_exports": len(exports)})
    once_store.forget_old(tx)
    signin_store.forget_attempts(tx, now())
    counter_store.forget_over(tx, clock.time())
    return taken, gone


def _terms(told: Recorded, kept: Schedule, schools: frozenset[str], today: date, taken: Taken) -> None:
    """Rows that belong to a term."""
    for name in kept.months_after_term:
        table = metadata.tables[name]
        held = life_store.terms_held(told.tx, table, schools)
        over = {term for term in held if kept.term_over(name, term, today)}
        before = life_store.count_rows(told.tx, table, schools) if over else 0
        gone = life_store.drop_terms(told, table, over, schools) if over else 0
        taken.note(name, gone, before, len(over))


def _dates(told: Recorded, kept: Schedule, schools: frozenset[str], today: date, taken: Taken) -> None:
    """Rows that have a day of their own; those whose matter is still open have none and stay."""
    for name, months in kept.months_after_date.items():
        moment = datetime.combine(months_later(today, -months), time(), UTC)
        table, column = metadata.tables[name], DATED.get(name, WRITTEN)
        before = life_store.count_rows(told.tx, table, schools)
        gone = life_store.drop_before(told, table, column, moment, schools)
        taken.note(name, gone, before, gone if name not in BOOKKEEPING else 1)


def _lake(told: Recorded, kept: Schedule, schools: frozenset[str], today: date, taken: Taken) -> list[str]:
    """Files of terms that are over, live and kept for undo."""
    rows = life_store.lake_rows(told.tx, schools, live=False, held=True)
    over = [
        row
        for row in rows
        if row.table in kept.lake_months_after_term and today > kept.goes_on(row.table, row.term)
    ]
    for table in {row.table for row in over}:
        going = [row for row in over if row.table == table]
        of = sum(1 for row in rows if row.table == table)
        taken.note(f"lake {table}", len(going), of, len({row.term for row in going}))
    told.delete(*over)
    return [row.path for row in over]


def _days_ago(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), time(), UTC)
