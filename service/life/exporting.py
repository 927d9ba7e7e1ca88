"""All that is kept about one pupil, for the person who asks; prepared by the machine, released by a person."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from data_contracts.errors import Refused
from pipelines.explanation import Audience
from pipelines.lake.files import bucket_of, read_buckets
from service.audit import Event
from service.callers import Caller
from service.db import (
    account_store,
    audit_store,
    holding,
    lake_store,
    life_store,
    score_store,
    timeline_store,
)
from service.db.base import new_id, now
from service.db.engine import Transaction
from service.db.life_rows import SubjectExportRow
from service.life import subject_files
from service.life.policy import Schedule, schedule
from service.permissions import NotFound, check
from service.reads.cards import explanation_of
from service.telling import no_figure_words

INTERNAL = frozenset({"load_id", "retired_by", "publication_id", "hash", "bucket"})
SHOWN_ELSEWHERE = frozenset({"score", "timeline", "roll", "alias", "subject_export"})
MOST_EVENTS = 100_000
ABOUT = (
    "This is what Belong holds about one pupil. It suggests support reviews to staff; a person decides. "
    "Figures are associations in past records, not causes and not a judgement."
)


def prepare(caller: Caller, pupil_id: str, request_id: str | None = None) -> dict[str, Any]:
    """Gather and seal an export: {id, sections, expires_on}. NotFound for a pupil nobody knows."""
    check(caller.reader, "subject.export")
    kept = schedule(caller.deployment.home)
    with caller.writing() as tx:
        holding.while_it_stands(tx)
        schools = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
        if not schools:
            raise NotFound("There is no such pupil among yours.")
        body = gather(caller, tx, pupil_id, kept)
        data = json.dumps(body, default=_plain, ensure_ascii=False, indent=1).encode()
        row = SubjectExportRow(
            id=new_id("x"),
            school=min(schools),
            pupil_id=pupil_id,
            request_id=request_id,
            sha256=hashlib.sha256(data).hexdigest(),
            made_by=caller.reader.account_id,
            made_at=now(),
            expires_on=datetime.now(UTC).date() + timedelta(days=kept.subject_exports_days),
            withheld=[],
        )
        life_store.add(tx, row)
        subject_files.write(caller, row.id, data)
        caller.record(tx, Event.SUBJECT_EXPORT_PREPARED, school=row.school, subject=pupil_id, export=row.id)
    return {"id": row.id, "sections": sorted(body), "expires_on": row.expires_on}


def read(caller: Caller, export_id: str) -> dict[str, Any]:
    """A prepared export, whole, for the person who looks it through. An audited read of the pupil."""
    check(caller.reader, "subject.export")
    with caller.writing() as tx:
        row = _own(caller, tx, export_id)
        caller.record(tx, Event.PUPIL_READ, school=row.school, subject=row.pupil_id, export=row.id)
    data = subject_files.read(caller, export_id)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Refused("This export was changed after it was prepared.", hint="Prepare it again.")
    body: dict[str, Any] = json.loads(data)
    return body


def release(caller: Caller, export_id: str, withhold: Collection[str] = ()) -> dict[str, Any]:
    """What may be handed over, without what a person decided to withhold; who released it is recorded.

    `withhold` names sections, or ids of records that would tell about somebody else. Refused for a name that
    is neither.
    """
    if caller.reader.via == "token":
        raise Refused("A person releases an export, not a machine.", hint="Sign in and release it there.")
    body = read(caller, export_id)
    wanted = frozenset(withhold)
    unknown = wanted - body.keys() - _ids(body)
    if unknown:
        raise Refused(f"Nothing here is called {sorted(unknown)[0]!r}.", hint="Name a section or an id.")
    with caller.writing() as tx:
        row = _own(caller, tx, export_id)
        row.released_by, row.released_at, row.withheld = caller.reader.account_id, now(), sorted(wanted)
        caller.record(
            tx, Event.SUBJECT_EXPORTED, school=row.school, subject=row.pupil_id,
            export=row.id, withheld=len(wanted),
        )  # fmt: skip
    released: dict[str, Any] = _without(body, wanted)
    released["withheld"] = len(wanted)
    return released


def gather(caller: Caller, tx: Transaction, pupil_id: str, kept: Schedule) -> dict[str, Any]:
    """Every section of an export, from database and lake."""
    schools = caller.reader.schools
    return {
        "about": {"text": ABOUT, "pupil_id": pupil_id, "made_on": datetime.now(UTC).date()},
        "roll": [_shown(row) for row in _rows(tx, "roll", pupil_id, schools)],
        "records": _lake_records(caller, tx, pupil_id),
        "timeline": timeline_store.timeline(tx, pupil_id, schools),
        "figures": _figures(caller, tx, pupil_id),
        "decided": {
            table.name: [_shown(row) for row in rows]
            for table in life_store.pupil_tables()
            if table.name not in SHOWN_ELSEWHERE
            and (rows := life_store.rows_of_pupil(tx, table, pupil_id, schools))
        },
        "who_looked": _who_looked(tx, pupil_id, schools),
        "kept_until": _kept_until(tx, pupil_id, schools, kept),
    }


def _lake_records(caller: Caller, tx: Transaction, pupil_id: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the lake that are about the pupil, by table, without our own bookkeeping."""
    lake, found = caller.deployment.lake, dict[str, list[dict[str, Any]]]()
    bucket = frozenset({bucket_of(pupil_id, lake.buckets)})
    for row in life_store.lake_rows(tx, caller.reader.schools, live=True):
        table = read_buckets(lake.store, lake_store.as_lake_file(row).path, bucket)
        if table.num_rows == 0 or "pupil_id" not in table.column_names:
            continue
        theirs = table.filter(pc.equal(table["pupil_id"], pupil_id)).to_pylist()
        found.setdefault(row.table, []).extend(_shown(each) for each in theirs)
    return {name: rows for name, rows in found.items() if rows}


def _figures(caller: Caller, tx: Transaction, pupil_id: str) -> list[dict[str, Any]]:
    """What was published by term: the values used and every input with its weight, those no longer told too."""
    figures = []
    for row, live in score_store.score(tx, pupil_id, None, caller.reader.schools):
        told: dict[str, Any] = {"term": row.term, "school": row.school, "suggested": row.flagged}
        if row.abstained is None and row.values is not None:
            manifest = caller.deployment.manifest(live.model_id)
            names = [indicator["label"] for indicator in manifest["indicators"]]
            told["used"] = dict(zip(names, row.values, strict=False))
            told["explanation"] = explanation_of(
                caller, tx, row, live, everything=True, audience=Audience.copy_files
            )
        else:
            told["no_figure_because"] = no_figure_words(row.abstained)
        figures.append({**told, "model": live.model_id, "published_at": live.at})
    return sorted(figures, key=lambda one: str(one["published_at"]))


def _who_looked(tx: Transaction, pupil_id: str, schools: frozenset[str]) -> list[dict[str, Any]]:
    """Every event of the audit log about the pupil: when, who, in which role, what for."""
    rows = audit_store.search(tx, before=None, limit=MOST_EVENTS, subject=pupil_id, schools=schools)
    accounts = {account.id: account.name or account.user for account in account_store.accounts(tx)}
    return [
        {
            "at": row.at,
            "what": row.event,
            "who": accounts.get(row.actor, row.actor),
            "role": row.role,
            "purpose": row.purpose,
        }
        for row in rows
    ]


def _kept_until(
    tx: Transaction, pupil_id: str, schools: frozenset[str], kept: Schedule
) -> list[dict[str, Any]]:
    """The last day on which rows of each table and term are kept."""
    terms = sorted({row["term"] for row in _rows(tx, "roll", pupil_id, schools)})
    tables = [*kept.months_after_term, *kept.lake_months_after_term]
    return [
        {"table": table, "term": term, "until": kept.goes_on(table, term)}
        for term in terms
        for table in tables
    ]


def _rows(tx: Transaction, name: str, pupil_id: str, schools: frozenset[str]) -> list[dict[str, Any]]:
    table = next(table for table in life_store.pupil_tables() if table.name == name)
    return life_store.rows_of_pupil(tx, table, pupil_id, schools)


def _own(caller: Caller, tx: Transaction, export_id: str) -> SubjectExportRow:
    row = life_store.export(tx, export_id, caller.reader.schools)
    if row is None:
        raise NotFound("There is no such export among yours.")
    return row


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in INTERNAL and value is not None}


def _ids(body: Any) -> set[str]:
    """The ids of all records inside an export."""
    if isinstance(body, dict):
        own = {str(body["id"])} if "id" in body else set()
        return own.union(*(_ids(value) for value in body.values()))
    if isinstance(body, list):
        return set().union(*(_ids(value) for value in body))
    return set()


def _without(body: Any, withheld: frozenset[str]) -> Any:
    """The same without sections and records of these names and ids."""
    if isinstance(body, dict):
        return {name: _without(value, withheld) for name, value in body.items() if name not in withheld}
    if isinstance(body, list):
        hidden = [one for one in body if isinstance(one, dict) and str(one.get("id")) in withheld]
        return [_without(one, withheld) for one in body if one not in hidden]
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
