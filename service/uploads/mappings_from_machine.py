"""Confirmed layouts by the command line: kept for a school, listed."""

from pathlib import Path
from typing import Any

from data_contracts.reading.mapping import read_mappings
from service.core.callers import at_machine
from service.schools import known_school
from service.uploads import mapping


def keep_mappings(home: Path, school: str, file: Path) -> list[str]:
    """Keep the mappings of a file for a school; their ids. Refused for another file or an unknown school."""
    mappings = read_mappings(file)
    with at_machine(home) as caller:
        with caller.reading() as tx:
            known_school(tx, school)
        return mapping.keep(caller, school, mappings)


def kept_mappings(home: Path, school: str) -> list[dict[str, Any]]:
    """A school's mappings, newest first: id, table, headings, fields, own_words, confirmed_at."""
    with at_machine(home) as caller, caller.reading() as tx:
        known_school(tx, school)
        rows = mapping.mappings_of(caller, tx, school)
        return [{"id": row.id, "confirmed_at": row.confirmed_at, **row.body} for row in rows]
