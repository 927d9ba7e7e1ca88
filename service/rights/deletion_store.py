"""The ledger of erasures and the list of files that have to go. Every query names its schools."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.core.audit import Recorded, no_event
from service.core.base import new_id, now
from service.rights.life_rows import DeletionRow, ErasureRow

LAKE, UPLOAD, EXPORT = "lake", "upload", "export"


def add_erasure(told: Recorded, subject: str, schools: Iterable[str]) -> datetime:
    """Note in the transaction that takes a pupil's rows that they are erased; returns the moment."""
    moment = now()
    told.add(*(ErasureRow(id=new_id("e"), school=s, subject=subject, at=moment) for s in sorted(schools)))
    return moment


def open_erasures(tx: Session, schools: Collection[str], subject: str | None = None) -> list[ErasureRow]:
    """Erasures whose files aren't all gone yet, or that aren't noted beside the home; those begun first, first."""
    query = select(ErasureRow).where(ErasureRow.school.in_(schools), ErasureRow.done_at.is_(None))
    if subject is not None:
        query = query.where(ErasureRow.subject == subject)
    return list(tx.scalars(query.order_by(ErasureRow.at, ErasureRow.id)))


def erased(tx: Session, schools: Collection[str]) -> set[str]:
    """The pseudonyms of all who were erased, as far back as the ledger goes."""
    return set(tx.scalars(select(ErasureRow.subject).where(ErasureRow.school.in_(schools))))


@no_event("the last of an erasure that was told")
def close_erasures(tx: Session, ids: Collection[str], schools: Collection[str]) -> None:
    """Nothing is left to do for these."""
    own = (ErasureRow.id.in_(ids), ErasureRow.school.in_(schools))
    tx.execute(update(ErasureRow).where(*own).values(done_at=now()))


def add_deletions(tx: Session, kind: str, paths: Iterable[tuple[str, str]]) -> None:
    """Let files go, each given as (school, path), once this transaction has committed."""
    moment = now()
    tx.add_all(DeletionRow(school=school, kind=kind, path=path, at=moment) for school, path in paths)
    tx.flush()


def deletions(tx: Session, schools: Collection[str]) -> list[DeletionRow]:
    """The files that have to go."""
    query = select(DeletionRow).where(DeletionRow.school.in_(schools)).order_by(DeletionRow.id)
    return list(tx.scalars(query))


def strike(tx: Session, ids: Collection[int], schools: Collection[str]) -> None:
    """Take off the list what is gone, or named again."""
    chunk = list(ids)
    for start in range(0, len(chunk), 500):
        own = (DeletionRow.id.in_(chunk[start : start + 500]), DeletionRow.school.in_(schools))
        tx.execute(delete(DeletionRow).where(*own))
