"""Publications and scores: what a list, a card and the API read."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from service.core.audit import Recorded, Told, no_event
from service.core.base import now
from service.records import RollRow
from service.scoring.score_rows import PublicationRow, ScoreRow

LIVE = select(PublicationRow).where(
    PublicationRow.school == bindparam("school"),
    PublicationRow.term == bindparam("term"),
    PublicationRow.retired_at.is_(None),
)
LISTED = (
    select(
        ScoreRow.pupil_id,
        ScoreRow.new,
        ScoreRow.flagged,
        ScoreRow.flag_list,
        ScoreRow.abstained,
        RollRow.surname,
        RollRow.forename,
        RollRow.nc_year,
        RollRow.registration_group,
        RollRow.leaving_date,
    )
    .outerjoin(
        RollRow,
        (RollRow.pupil_id == ScoreRow.pupil_id)
        & (RollRow.school == ScoreRow.school)
        & (RollRow.term == ScoreRow.term)
        & RollRow.retired_by.is_(None),
    )
    .where(
        ScoreRow.publication_id == bindparam("publication"),
        ScoreRow.school == bindparam("school"),
        ScoreRow.flagged | ScoreRow.abstained.is_not(None),
    )
    .order_by(RollRow.surname, RollRow.forename, ScoreRow.pupil_id)
)
"""What a list reads; values and contributions are read for one pupil at a time.

The statements that most requests need are put together once: that costs more than running them.
"""
SCORES = (
    select(ScoreRow, PublicationRow)
    .join(PublicationRow, PublicationRow.id == ScoreRow.publication_id)
    .where(
        ScoreRow.pupil_id == bindparam("pupil_id"),
        ScoreRow.school.in_(bindparam("schools", expanding=True)),
        PublicationRow.retired_at.is_(None),
    )
)


def publication(tx: Session, school: str, term: str) -> PublicationRow | None:
    """What is published for a school and term."""
    return tx.scalars(LIVE, {"school": school, "term": term}).first()


def publish(told: Recorded, row: PublicationRow, scores: list[dict[str, Any]]) -> None:
    """Put a publication in the place of the one before."""
    retire(told, row.school, row.term)
    told.add(row)
    if scores:
        told.tx.execute(insert(ScoreRow), scores)


def retire(told: Recorded, school: str, term: str) -> None:
    """Take back what is published for a school and term."""
    told.tx.execute(
        update(PublicationRow)
        .where(
            PublicationRow.school == school, PublicationRow.term == term, PublicationRow.retired_at.is_(None)
        )
        .values(retired_at=now())
    )


class Listed(NamedTuple):
    """A line of a list: what LISTED reads. The last five are None where the roll does not hold the pupil."""

    pupil_id: str
    new: bool
    flagged: bool
    flag_list: str | None
    abstained: str | None
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None
    leaving_date: date | None


def listed(read: Told, publication: PublicationRow) -> list[Listed]:
    """The suggestions of a publication and those for whom nothing can be said, in name order, in one query.

    Of all year groups: the reader's own are told by `service.records.years`, from the newest roll and not this term's.
    """
    rows = read.tx.execute(LISTED, {"publication": publication.id, "school": publication.school})
    return list(map(Listed._make, rows))


def flagged_scores(read: Told, publication: PublicationRow) -> list[ScoreRow]:
    """The suggestions of a publication whole, figures included, in one query; of all year groups, as `listed`."""
    query = (
        select(ScoreRow)
        .where(
            ScoreRow.publication_id == publication.id,
            ScoreRow.school == publication.school,
            ScoreRow.flagged,
        )
        .execution_options(populate_existing=True)
    )
    return list(read.tx.scalars(query))


@no_event("a count")
def new_flags(tx: Session, publication: PublicationRow) -> int:
    """How many suggestions of a publication were not on the list of the term before."""
    query = select(func.count()).where(
        ScoreRow.publication_id == publication.id,
        ScoreRow.school == publication.school,
        ScoreRow.flagged,
        ScoreRow.new,
    )
    return tx.scalar(query) or 0


@no_event("pseudonyms, to say which suggestions of the next term are new")
def flagged_pupils(tx: Session, school: str, term: str) -> set[tuple[str, str]]:
    """(pupil_id, school) of the suggestions published for a school and term."""
    live = publication(tx, school, term)
    if live is None:
        return set()
    query = select(ScoreRow.pupil_id).where(
        ScoreRow.publication_id == live.id, ScoreRow.school == school, ScoreRow.flagged
    )
    return {(pupil_id, school) for pupil_id in tx.scalars(query)}


def score(
    read: Told, pupil_id: str, term: str | None, schools: Collection[str]
) -> list[tuple[ScoreRow, PublicationRow]]:
    """A pupil's published scores at these schools: of one term, or of all."""
    query = SCORES if term is None else SCORES.where(ScoreRow.term == term)
    return [
        (row[0], row[1]) for row in read.tx.execute(query, {"pupil_id": pupil_id, "schools": list(schools)})
    ]


def flagged_values(read: Told, publication_id: str, school: str) -> dict[str, list[Any]]:
    """The values that the figures of a publication's suggestions were made with, by pupil."""
    query = select(ScoreRow.pupil_id, ScoreRow.values).where(
        ScoreRow.publication_id == publication_id, ScoreRow.school == school, ScoreRow.flagged
    )
    return {pupil_id: values or [] for pupil_id, values in read.tx.execute(query)}


def accounts_of(read: Told, publication: PublicationRow, pupils: Collection[str]) -> list[ScoreRow]:
    """These suggestions of a publication with what is told of each."""
    query = select(ScoreRow).where(
        ScoreRow.publication_id == publication.id,
        ScoreRow.school == publication.school,
        ScoreRow.pupil_id.in_(pupils),
    )
    return list(read.tx.scalars(query))


def publications(tx: Session, school: str) -> list[PublicationRow]:
    """Everything published for a school that still stands."""
    query = select(PublicationRow).where(PublicationRow.school == school, PublicationRow.retired_at.is_(None))
    return list(tx.scalars(query))


def published_terms(tx: Session, school: str) -> list[str]:
    """Term ids for which suggestions are published, in no order."""
    query = (
        select(PublicationRow.term)
        .where(PublicationRow.school == school, PublicationRow.retired_at.is_(None))
        .distinct()
    )
    return list(tx.scalars(query))


def anything_published(tx: Session, urns: Collection[str]) -> bool:
    """Whether suggestions of any of these schools are published."""
    query = select(PublicationRow.id).where(
        PublicationRow.school.in_(urns), PublicationRow.retired_at.is_(None)
    )
    return tx.scalar(query.limit(1)) is not None
