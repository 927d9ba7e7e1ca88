"""Uploads in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.core.audit import no_event
from service.records import LoadRow, ProblemRow
from service.uploads.upload_rows import UploadRow


def upload(tx: Session, upload_id: str, schools: Collection[str]) -> UploadRow | None:
    """One upload, if it is at one of these schools."""
    query = select(UploadRow).where(UploadRow.id == upload_id, UploadRow.school.in_(schools))
    return tx.scalars(query).first()


def uploads(
    tx: Session, schools: Collection[str], *, before: datetime | None = None, limit: int = 50
) -> list[UploadRow]:
    """Uploads at these schools, newest first."""
    query = select(UploadRow).where(UploadRow.school.in_(schools))
    if before is not None:
        query = query.where(UploadRow.created_at < before)
    return list(tx.scalars(query.order_by(UploadRow.created_at.desc(), UploadRow.id).limit(limit)))


def standing(tx: Session, school: str, term: str) -> UploadRow | None:
    """The upload whose load of a term came last and stands."""
    query = select(UploadRow).join(LoadRow, LoadRow.id == UploadRow.load_id)
    query = query.where(UploadRow.school == school, LoadRow.school == school)
    query = query.where(UploadRow.term == term, LoadRow.undone_at.is_(None))
    return tx.scalars(query.order_by(LoadRow.at.desc()).limit(1)).first()


def waiting(tx: Session, schools: Collection[str]) -> list[UploadRow]:
    """Uploads whose suggestions have waited for a person at some time and may still, newest first."""
    query = select(UploadRow).where(UploadRow.school.in_(schools), UploadRow.waits.is_not(None))
    return list(tx.scalars(query.order_by(UploadRow.created_at.desc(), UploadRow.id)))


def moment(tx: Session, upload_id: str, schools: Collection[str]) -> datetime | None:
    """When an upload came in."""
    query = select(UploadRow.created_at).where(UploadRow.id == upload_id, UploadRow.school.in_(schools))
    return tx.scalar(query)


@no_event("how far the work has come")
def set_step(tx: Session, upload_id: str, school: str, step: str) -> None:
    """Note how far the work has come, for whoever watches."""
    query = update(UploadRow).where(UploadRow.id == upload_id, UploadRow.school == school)
    tx.execute(query.values(step=step))


def problem_counts(tx: Session, upload_ids: Collection[str], school: str) -> dict[str, int]:
    """Upload id -> how many problems it has, of one school's uploads; those without any are left out."""
    query = select(ProblemRow.upload_id, func.count()).where(
        ProblemRow.upload_id.in_(upload_ids), ProblemRow.school == school
    )
    return {str(upload_id): count for upload_id, count in tx.execute(query.group_by(ProblemRow.upload_id))}


def with_raw_files(tx: Session, schools: Collection[str], before: datetime) -> list[UploadRow]:
    """Uploads from before a moment whose raw bytes are still kept."""
    query = select(UploadRow).where(
        UploadRow.school.in_(schools), UploadRow.created_at < before, UploadRow.raw_deleted_at.is_(None)
    )
    return list(tx.scalars(query))
