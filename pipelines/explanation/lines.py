"""Counted records as dated lines that a person reads."""

from collections.abc import Iterable
from typing import Any

from data_contracts.codes import code_set
from pipelines.events import sentence
from pipelines.explanation.rows import Incident, Mark, Place, Records, SenRow, Suspension

TEXT_OF = {"SUSP": "suspension", "PERM": "permanent_exclusion", "LNCH": "lunchtime_suspension"}
HALVES = {"AM": "morning", "PM": "afternoon"}
Row = Incident | Mark | Place | SenRow | Suspension


def lines_of(records: Records, ids: Iterable[str]) -> list[dict[str, Any]]:
    """{id, date, kind, words} of the records with these ids, in their order; ids not held are left out."""
    wanted = tuple(ids)
    rows: dict[str, Row] = {}
    asked = set(wanted)
    for part in (records.incidents, records.suspensions, records.sen, records.roll, records.marks or ()):
        rows |= {row.id: row for row in part if row.id in asked}
    return [line_of(rows[one]) for one in wanted if one in rows]


def line_of(row: Row) -> dict[str, Any]:
    """One record as a dated line."""
    if isinstance(row, Mark):
        label = code_set("attendance")[row.code].label if row.code in code_set("attendance") else row.code
        words = f"{HALVES[row.half].capitalize()}: {label}."
        return _line(row.id, row.on, "mark", words)
    if isinstance(row, Incident):
        key = "positive" if row.positive else "incident_involved"
        detail = {"type": row.type, "lesson": row.lesson, "action": row.action, "location": row.location}
        return _line(row.id, row.on, "incident", sentence(key, detail))
    if isinstance(row, Suspension):
        status = row.status if row.status_on is not None else None
        detail = {"sessions": row.sessions, "status": status}
        return _line(row.id, row.on, "suspension", sentence(TEXT_OF[row.category], detail))
    if isinstance(row, SenRow):
        return _line(row.id, row.start, "sen", sentence("sen_provision", {"provision": row.provision}))
    return _line(row.id, row.entry, "roll", "Joined this school.")


def _line(record: str, on: Any, kind: str, words: str) -> dict[str, Any]:
    return {"id": record, "date": on.isoformat() if on else None, "kind": kind, "words": words}
