"""Schools in the database."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.schools.school_rows import SchoolRow


def school(tx: Session, urn: str) -> SchoolRow | None:
    """The school of a URN."""
    return tx.get(SchoolRow, urn)


def schools(tx: Session, urns: Collection[str] | None = None) -> list[SchoolRow]:
    """Schools by name: all, or those of the URNs given. The transaction keeps them, so that looking one up
    again asks nothing."""
    query = select(SchoolRow).order_by(SchoolRow.name, SchoolRow.urn)
    if urns is not None:
        query = query.where(SchoolRow.urn.in_(urns))
    found = list(tx.scalars(query))
    tx.info["schools"] = found
    return found
