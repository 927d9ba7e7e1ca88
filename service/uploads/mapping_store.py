"""Confirmed mappings in the database."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.core.audit import Recorded
from service.uploads.upload_rows import MappingRow


def add(told: Recorded, row: MappingRow) -> None:
    """Keep a mapping; one for the same headings takes the place of the earlier."""
    for other in mappings(told.tx, row.school):
        if other.body["headings"] == row.body["headings"]:
            told.delete(other)
    told.add(row)


def mappings(tx: Session, school: str) -> list[MappingRow]:
    """A school's mappings, newest first."""
    query = select(MappingRow).where(MappingRow.school == school).order_by(MappingRow.confirmed_at.desc())
    return list(tx.scalars(query))


def mapping(tx: Session, mapping_id: str, schools: Collection[str]) -> MappingRow | None:
    """One mapping, if it is at one of these schools."""
    query = select(MappingRow).where(MappingRow.id == mapping_id, MappingRow.school.in_(schools))
    return tx.scalars(query).first()
