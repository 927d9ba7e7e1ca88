"""Schools in the database."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.pupil_rows import PublicationRow, RollRow
from service.db.school_rows import LakeFileRow, SchoolRow


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


def add(tx: Session, row: SchoolRow) -> None:
    """Register a school."""
    tx.add(row)
    tx.flush()


def loaded_terms(tx: Session, *schools: str) -> list[str]:
    """Term ids for which any of the schools has live files, in no order."""
    query = (
        select(LakeFileRow.term)
        .where(LakeFileRow.school.in_(schools), LakeFileRow.retired_by.is_(None))
        .distinct()
    )
    return list(tx.scalars(query))


def published_terms(tx: Session, school: str) -> list[str]:
    """Term ids for which suggestions are published, in no order."""
    query = (
        select(PublicationRow.term)
        .where(PublicationRow.school == school, PublicationRow.retired_at.is_(None))
        .distinct()
    )
    return list(tx.scalars(query))


def schools_of_pupil(tx: Session, pupil_id: str, schools: Collection[str]) -> list[str]:
    """At which of these schools a pupil is or was on roll."""
    query = select(RollRow.school).where(RollRow.pupil_id == pupil_id, RollRow.school.in_(schools)).distinct()
    return list(tx.scalars(query))


def terms_by_school(tx: Session, urns: Collection[str]) -> dict[str, list[str]]:
    """The loaded terms of several schools in one query, in no order; [] for a school without any."""
    query = (
        select(LakeFileRow.school, LakeFileRow.term)
        .where(LakeFileRow.school.in_(urns), LakeFileRow.retired_by.is_(None))
        .distinct()
    )
    found: dict[str, list[str]] = {urn: [] for urn in urns}
    for urn, term in tx.execute(query):
        found[urn].append(term)
    return found


def anything_published(tx: Session, urns: Collection[str]) -> bool:
    """Whether suggestions of any of these schools are published."""
    query = select(PublicationRow.id).where(
        PublicationRow.school.in_(urns), PublicationRow.retired_at.is_(None)
    )
    return tx.scalar(query.limit(1)) is not None
