"""Types of incident that wait for a school's answer, in the database."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.core.audit import Recorded, no_event
from service.core.base import now
from service.uploads.upload_rows import NewTypeRow


@no_event("what waits in a term's files; the load it came with is told")
def replace(tx: Session, school: str, term: str, words: Mapping[str, int]) -> None:
    """What waits now in a term's newest files, in the place of what waited in the ones before."""
    tx.execute(delete(NewTypeRow).where(NewTypeRow.school == school, NewTypeRow.term == term))
    at = now()
    rows = [NewTypeRow(school=school, term=term, word=word, rows=n, seen_at=at) for word, n in words.items()]
    tx.add_all(rows)
    tx.flush()


def of_term(tx: Session, school: str, term: str) -> dict[str, int]:
    """What is noted as waiting in a term's files."""
    query = select(NewTypeRow).where(NewTypeRow.school == school, NewTypeRow.term == term)
    return {row.word: row.rows for row in tx.scalars(query)}


def waiting(tx: Session, school: str) -> dict[str, int]:
    """word → rows that wait for it in all terms, the commonest first."""
    count = func.sum(NewTypeRow.rows)
    query = select(NewTypeRow.word, count).where(NewTypeRow.school == school).group_by(NewTypeRow.word)
    return {word: int(rows) for word, rows in tx.execute(query.order_by(count.desc(), NewTypeRow.word))}


def answered(told: Recorded, school: str, words: Collection[str]) -> None:
    """Take words off the list."""
    told.tx.execute(delete(NewTypeRow).where(NewTypeRow.school == school, NewTypeRow.word.in_(words)))
