"""Counted records as dated lines that a person reads."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pipelines.explanation.counted import incident_row, mark_row, place_row, sen_row, suspension_row
from pipelines.explanation.rows import Incident, Mark, Place, Records, SenRow, Suspension

Record = Incident | Mark | Place | SenRow | Suspension


def lines_of(records: Records, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The records with these ids as rows with their words, in the ids' order; ids not held are left out."""
    wanted = tuple(ids)
    asked = set(wanted)
    rows: dict[str, Record] = {}
    parts: tuple[Iterable[Record], ...] = (
        records.incidents, records.suspensions, records.sen, records.roll, records.marks or (),
    )  # fmt: skip
    for part in parts:
        rows |= {row.id: row for row in part if row.id in asked}
    return [line_of(rows[one]) for one in wanted if one in rows]


def line_of(row: Record) -> dict[str, Any]:
    """One record: id, date, kind, words and its plain values."""
    if isinstance(row, Mark):
        return mark_row(row)
    if isinstance(row, Incident):
        return incident_row(row)
    if isinstance(row, Suspension):
        return suspension_row(row)
    if isinstance(row, SenRow):
        return sen_row(row)
    return place_row(row, row.entry or date.min)
