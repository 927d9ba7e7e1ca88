"""All that is kept about one pupil, section by section, from database and lake. Nothing is judged or left out."""

from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.events import Event as Dated
from pipelines.events import merged
from pipelines.explanation import event_id
from pipelines.lake.files import bucket_of, read_buckets
from service.core import clock, governance
from service.core.audit import Told, audit_store
from service.core.callers import Caller
from service.core.engine import Transaction
from service.records import lake_store, timeline_store
from service.rights import life_store
from service.rights.gathered_figures import figures_of
from service.rights.gathered_names import Names, names_of
from service.rights.policy import Schedule
from service.rights.record_ids import with_record_ids
from service.schools import school_store

INTERNAL = frozenset({"load_id", "retired_by", "publication_id", "bucket"})
SHOWN_ELSEWHERE = frozenset({"score", "timeline", "roll", "alias", "subject_export"})
MOST_EVENTS = 1_000_000
ABOUT = (
    "This is what Belong holds about one pupil. Belong suggests to staff which pupils to look at and offer "
    "support; a person decides. Its figures come from patterns in past records: they say nothing about causes "
    "and are no judgement."
)


def gather(caller: Caller, read: Told, pupil_id: str, kept: Schedule) -> dict[str, Any]:
    """Every section of a copy.

    A dated record has one id in every section it stands in, so that a person who leaves it out leaves it out
    everywhere. What was replaced since, and is kept so that an upload can be undone, stands under `superseded`.
    """
    tx, schools, names = read.tx, caller.reader.schools, names_of(read.tx)
    roll = _rows(read, "roll", pupil_id, schools)
    return {
        "about": _about(caller, tx, pupil_id, {row["school"] for row in roll}),
        "identifiers": [_shown(row) for row in _rows(read, "alias", pupil_id, schools)],
        "roll": [_shown(row) for row in roll if row["retired_by"] is None],
        "records": _lake_records(caller, tx, pupil_id, live=True),
        "timeline": _with_ids(timeline_store.timeline(read, pupil_id, schools)),
        "figures": figures_of(caller, read, pupil_id),
        "decided": {
            table.name: [names.added_to(_shown(row)) for row in rows]
            for table in life_store.pupil_tables()
            if table.name not in SHOWN_ELSEWHERE
            and (rows := life_store.rows_of_pupil(read, table, pupil_id, schools))
        },
        "copies": [names.added_to(_shown(row)) for row in _rows(read, "subject_export", pupil_id, schools)],
        "who_looked": _who_looked(tx, pupil_id, schools, names),
        "kept_until": _kept_until({row["term"] for row in roll}, kept),
        "superseded": _superseded(caller, read, pupil_id, roll),
    }


def _about(caller: Caller, tx: Transaction, pupil_id: str, urns: Collection[str]) -> dict[str, Any]:
    rows = school_store.schools(tx, caller.reader.schools)
    known = [row for row in rows if row.urn in urns]
    officers = [governance.of_school(caller.deployment.home, row.urn).values.get("dpo") for row in known]
    return {
        "text": ABOUT,
        "pupil_id": pupil_id,
        "made_on": clock.today(),
        "schools": [{"urn": row.urn, "name": row.name} for row in known],
        "officers": sorted({str(one) for one in officers if one}),
    }


def _lake_records(caller: Caller, tx: Transaction, pupil_id: str, *, live: bool) -> dict[str, list[Any]]:
    """The lake's rows about the pupil by table: those in force, or those replaced since."""
    lake, found = caller.deployment.lake, dict[str, list[dict[str, Any]]]()
    bucket = frozenset({bucket_of(pupil_id, lake.buckets)})
    for row in life_store.lake_rows(tx, caller.reader.schools, live=live):
        if (row.retired_by is None) is not live:
            continue
        table = read_buckets(lake.store, lake_store.as_lake_file(row).path, bucket)
        if table.num_rows and "pupil_id" in table.column_names:
            found.setdefault(row.table, []).extend(_theirs(row.table, table, pupil_id))
    return {name: rows for name, rows in found.items() if rows}


def _theirs(name: str, table: pa.Table, pupil_id: str) -> list[dict[str, Any]]:
    rows = with_record_ids(name, table.filter(pc.equal(table["pupil_id"], pupil_id)))
    return [_shown(row) for row in rows]


def _with_ids(events: Collection[Dated]) -> list[dict[str, Any]]:
    """Events with the ids of the records they tell of."""
    return [({"id": found} if (found := event_id(event)) else {}) | dict(event) for event in events]


def _superseded(
    caller: Caller, read: Told, pupil_id: str, roll: Collection[Mapping[str, Any]]
) -> dict[str, Any]:
    """What a later upload replaced, as long as it is kept."""
    rows = _rows(read, "timeline", pupil_id, caller.reader.schools)
    files = [(row["term"], row["events"]) for row in rows if row["retired_by"] is not None]
    parts = {
        "roll": [_shown(row) for row in roll if row["retired_by"] is not None],
        "timeline": _with_ids(merged(files, {})),
        **_lake_records(caller, read.tx, pupil_id, live=False),
    }
    return {name: found for name, found in parts.items() if found}


def _who_looked(
    tx: Transaction, pupil_id: str, schools: frozenset[str], names: Names
) -> list[dict[str, Any]]:
    """Every event of the audit log about the pupil: when, who, in which role, what for."""
    rows = audit_store.search(tx, before=None, limit=MOST_EVENTS, subject=pupil_id, schools=schools)
    return [
        {
            "id": f"audit:{row.id}",
            "at": row.at,
            "what": row.event,
            "actor": row.actor,
            "who": names.of(row.actor),
            "role": row.role,
            "via": row.via,
            "school": row.school,
            "purpose": row.purpose,
            "detail": row.detail,
        }
        for row in rows
    ]


def _kept_until(terms: Collection[str], kept: Schedule) -> list[dict[str, Any]]:
    """The last day on which rows of each table and term are kept; for what counts from its own day, how long."""
    by_term = {**kept.months_after_term, **kept.lake_months_after_term}
    return [
        *(
            {"table": table, "term": term, "until": kept.goes_on(table, term), "months": months}
            for term in sorted(terms)
            for table, months in by_term.items()
        ),
        *(
            {"table": table, "term": None, "until": None, "months": months}
            for table, months in kept.months_after_date.items()
        ),
        {"table": "copy", "term": None, "until": None, "days": kept.subject_exports_days},
        {"table": "raw_upload", "term": None, "until": None, "days": kept.raw_uploads_days},
    ]


def _rows(read: Told, name: str, pupil_id: str, schools: frozenset[str]) -> list[dict[str, Any]]:
    table = next(table for table in life_store.pupil_tables() if table.name == name)
    return life_store.rows_of_pupil(read, table, pupil_id, schools)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in INTERNAL and value is not None}
