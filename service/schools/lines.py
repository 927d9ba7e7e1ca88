"""The reader's schools and the terms there is something to read about."""

from dataclasses import dataclass
from datetime import datetime

from data_contracts import calendar
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.records import lake_store
from service.schools import school_store
from service.schools.school_rows import SchoolRow

MIS_WORDS = {"sims": "SIMS", "arbor": "Arbor", "bromcom": "Bromcom", "other": "another system"}


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school as its readers know it."""

    urn: str
    name: str
    phase: str
    mis: str
    synthetic: bool
    paused_at: datetime | None
    pause_reason: str | None
    support_places: int | None


def schools_of(caller: Caller, tx: Transaction) -> list[SchoolLine]:
    """The reader's schools, by name."""
    check(caller.reader, "schools.read")
    return [as_line(row) for row in school_store.schools(tx, caller.reader.schools)]


def as_line(row: SchoolRow) -> SchoolLine:
    """What is shown of a school's row."""
    return SchoolLine(
        row.urn,
        row.name,
        row.phase,
        row.mis,
        row.synthetic,
        row.halted_at,
        row.halt_reason,
        row.support_places,
    )


def in_order(terms: list[str]) -> list[str]:
    """Term ids from the earliest to the latest."""
    return sorted(terms, key=lambda term: calendar.term(term).start)


def known_school(tx: Transaction, urn: str) -> SchoolRow:
    """The school's row, or NotFound."""
    row = school_store.school(tx, urn)
    if row is None:
        raise NotFound(f"There is no school {urn} here.", hint="Register it with: belong schools add")
    return row


def loaded_terms(caller: Caller, tx: Transaction, school: str) -> list[str]:
    """Term ids of a school for which files are loaded, latest first."""
    check(caller.reader, "schools.read", school)
    return in_order(lake_store.loaded_terms(tx, school))[::-1]
