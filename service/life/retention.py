"""Everything goes when its time is over: rows, lake files, raw uploads, sessions. Run daily."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from data_contracts.errors import BelongError
from service.audit import Event
from service.callers import Caller
from service.db import audit_store, life_store
from service.db.engine import Transaction
from service.db.rows import metadata
from service.deployment import Deployment
from service.life import lake_rewrite, raw_files, subject_files
from service.life.policy import Schedule, months_later, schedule
from service.operations.logs import log
from service.permissions import DPO, Reader, check

DATED = {"data_request": "closed_at", "do_not_score": "ended_at"}
WRITTEN = "at"


def run(caller: Caller, today: date | None = None) -> dict[str, int]:
    """Keep to the schedule at all of the caller's schools; returns what went, by table.

    One transaction takes the rows; bytes are deleted after it, and a run that was cut off is made good by
    the next one.
    """
    check(caller.reader, "subject.erase")
    today = today or datetime.now(UTC).date()
    kept, schools, gone = schedule(caller.deployment.home), caller.reader.schools, Counter[str]()
    with caller.writing() as tx:
        gone.update(_terms(tx, kept, schools, today))
        gone.update(_dates(tx, kept, schools, today))
        lake = _lake(tx, kept, schools, today)
        raw = raw_files.delete_raw_files(tx, schools, _days_ago(today, kept.raw_uploads_days))
        exports = life_store.exports_expired(tx, schools, today)
        export_ids = [row.id for row in exports]
        for row in exports:
            tx.delete(row)
        gone["sessions"] = life_store.drop_old_sessions(tx, _days_ago(today, kept.sessions_days))
        gone.update({"lake_files": len(lake), "raw_files": len(raw), "subject_exports": len(exports)})
        counts: dict[str, Any] = {name: count for name, count in gone.items() if count}
        caller.record(tx, Event.RETENTION_KEPT, **counts)
    lake_rewrite.remove_bytes(caller, lake, schools)
    raw_files.unlink(caller, raw)
    subject_files.delete(caller, export_ids)
    return counts


def run_if_due(deployment: Deployment, hours: int = 20) -> bool:
    """Run for every school unless it was done in the last hours; the worker asks between its jobs.

    A schedule that can't be read is logged and stays the doctor's finding: the queue must go on.
    """
    with deployment.database.reading() as tx:
        last = audit_store.search(tx, before=None, limit=1, event=Event.RETENTION_KEPT)
    if last and last[0].at > datetime.now(UTC) - timedelta(hours=hours):
        return False
    reader = Reader("worker", "worker", "Worker", DPO, deployment.all_urns(), via="command")
    try:
        run(Caller(deployment, reader))
    except BelongError as problem:
        log("service.life").error("retention has failed", exc_info=problem)
        return False
    return True


def _terms(tx: Transaction, kept: Schedule, schools: frozenset[str], today: date) -> dict[str, int]:
    """Rows that belong to a term."""
    gone = {}
    for name in kept.months_after_term:
        table = metadata.tables[name]
        held = life_store.terms_held(tx, table, schools)
        over = {term for term in held if kept.term_over(name, term, today)}
        gone[name] = life_store.drop_terms(tx, table, over, schools) if over else 0
    return gone


def _dates(tx: Transaction, kept: Schedule, schools: frozenset[str], today: date) -> dict[str, int]:
    """Rows that have a day of their own; those whose matter is still open have none and stay."""
    gone = {}
    for name, months in kept.months_after_date.items():
        moment = datetime.combine(months_later(today, -months), time(), UTC)
        column = DATED.get(name, WRITTEN)
        gone[name] = life_store.drop_before(tx, metadata.tables[name], column, moment, schools)
    return gone


def _lake(tx: Transaction, kept: Schedule, schools: frozenset[str], today: date) -> list[str]:
    """Files of terms that are over, live and kept for undo."""
    rows = life_store.lake_rows(tx, schools, live=False, held=True)
    over = [
        row
        for row in rows
        if row.table in kept.lake_months_after_term and today > kept.goes_on(row.table, row.term)
    ]
    return lake_rewrite.drop(tx, over)


def _days_ago(today: date, days: int) -> datetime:
    return datetime.combine(today - timedelta(days=days), time(), UTC)
