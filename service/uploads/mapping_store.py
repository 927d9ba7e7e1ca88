"""Confirmed mappings in the database."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.uploads.upload_rows import MappingRow


def add(tx: Session, row: MappingRow) -> None:
    """Keep a mapping; one for the same headings takes the place of the earlier."""
    for other in mappings(tx, row.school):
        if other.body["headings"] == row.body["headings"]:
            tx.delete(other)
    tx.add(row)
    tx.flush()


def mappings(tx: Session, school: str) -> list[MappingRow]:
    """A school's mappings, newest first."""
    query = select(MappingRow).where(MappingRow.school == school).order_by(MappingRow.confirmed_at.desc())
    return list(tx.scalars(query))


def mapping(tx: Session, mapping_id: str, schools: Collection[str]) -> MappingRow | None:
    """One mapping, if it is at one of these schools."""
    query = select(MappingRow).where(MappingRow.id == mapping_id, MappingRow.school.in_(schools))
    return tx.scalars(query).first()
