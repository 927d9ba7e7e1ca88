"""Publications and scores: what a list, a card and the API read."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from service.db.base import now
from service.db.pupil_rows import DoNotScoreRow, PublicationRow, RollRow, ScoreRow
from service.db.school_rows import SchoolRow
from service.db.timeline_store import since as since
from service.db.timeline_store import timeline as timeline
from service.db.timeline_store import timeline_at as timeline_at

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
ON_ROLL = select(RollRow).where(
    RollRow.pupil_id == bindparam("pupil_id"),
    RollRow.school.in_(bindparam("schools", expanding=True)),
    RollRow.retired_by.is_(None),
)
ROLL_AND_SCHOOL = (
    select(RollRow, SchoolRow)
    .join(SchoolRow, SchoolRow.urn == RollRow.school)
    .where(
        RollRow.pupil_id == bindparam("pupil_id"),
        RollRow.school.in_(bindparam("schools", expanding=True)),
        RollRow.retired_by.is_(None),
    )
)


def publication(tx: Session, school: str, term: str) -> PublicationRow | None:
    """What is published for a school and term."""
    return tx.scalars(LIVE, {"school": school, "term": term}).first()


def publish(tx: Session, row: PublicationRow, scores: list[dict[str, Any]]) -> None:
    """Put a publication in the place of the one before."""
    retire(tx, row.school, row.term)
    tx.add(row)
    tx.flush()
    if scores:
        tx.execute(insert(ScoreRow), scores)


def retire(tx: Session, school: str, term: str) -> None:
    """Take back what is published for a school and term."""
    tx.execute(
        update(PublicationRow)
        .where(
            PublicationRow.school == school, PublicationRow.term == term, PublicationRow.retired_at.is_(None)
        )
        .values(retired_at=now())
    )


class Listed(NamedTuple):
    """A line of a list: what LISTED reads. The last four are None where the roll does not hold the pupil."""

    pupil_id: str
    new: bool
    flagged: bool
    flag_list: str | None
    abstained: str | None
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None


def listed(tx: Session, publication: PublicationRow, years: Collection[str] | None) -> list[Listed]:
    """The suggestions of a publication and those for whom nothing can be said, in name order, in one query."""
    rows = tx.execute(LISTED, {"publication": publication.id, "school": publication.school})
    lines = map(Listed._make, rows)
    return [line for line in lines if years is None or line.nc_year in years]


def flagged_scores(tx: Session, publication: PublicationRow, years: Collection[str] | None) -> list[ScoreRow]:
    """The suggestions of a publication whole, figures included, in one query."""
    query = (
        select(ScoreRow)
        .where(
            ScoreRow.publication_id == publication.id,
            ScoreRow.school == publication.school,
            ScoreRow.flagged,
        )
        .execution_options(populate_existing=True)
    )
    if years is not None:
        of_years = select(RollRow.pupil_id).where(
            RollRow.school == publication.school,
            RollRow.term == publication.term,
            RollRow.retired_by.is_(None),
            RollRow.nc_year.in_(years),
        )
        query = query.where(ScoreRow.pupil_id.in_(of_years))
    return list(tx.scalars(query))


def new_flags(tx: Session, publication: PublicationRow) -> int:
    """How many suggestions of a publication were not on the list of the term before."""
    query = select(func.count()).where(
        ScoreRow.publication_id == publication.id,
        ScoreRow.school == publication.school,
        ScoreRow.flagged,
        ScoreRow.new,
    )
    return tx.scalar(query) or 0


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
    tx: Session, pupil_id: str, term: str | None, schools: Collection[str]
) -> list[tuple[ScoreRow, PublicationRow]]:
    """A pupil's published scores at these schools: of one term, or of all."""
    query = SCORES if term is None else SCORES.where(ScoreRow.term == term)
    return [(row[0], row[1]) for row in tx.execute(query, {"pupil_id": pupil_id, "schools": list(schools)})]


def roll(tx: Session, pupil_id: str, schools: Collection[str]) -> list[RollRow]:
    """A pupil's places on these schools' rolls, as they stand."""
    return list(tx.scalars(ON_ROLL, {"pupil_id": pupil_id, "schools": list(schools)}))


def roll_and_schools(tx: Session, pupil_id: str, schools: Collection[str]) -> list[tuple[RollRow, SchoolRow]]:
    """A pupil's places on these schools' rolls, each beside its school."""
    rows = tx.execute(ROLL_AND_SCHOOL, {"pupil_id": pupil_id, "schools": list(schools)})
    return [(row[0], row[1]) for row in rows]


def flagged_values(tx: Session, publication_id: str, school: str) -> dict[str, list[Any]]:
    """The values that the figures of a publication's suggestions were made with, by pupil."""
    query = select(ScoreRow.pupil_id, ScoreRow.values).where(
        ScoreRow.publication_id == publication_id, ScoreRow.school == school, ScoreRow.flagged
    )
    return {pupil_id: values or [] for pupil_id, values in tx.execute(query)}


def years_on_roll(tx: Session, school: str, pupils: Collection[str]) -> list[tuple[str, str, str | None]]:
    """(pupil_id, term, year group) of these pupils' places on a school's roll."""
    query = select(RollRow.pupil_id, RollRow.term, RollRow.nc_year).where(
        RollRow.school == school, RollRow.pupil_id.in_(pupils), RollRow.retired_by.is_(None)
    )
    return [(row.pupil_id, row.term, row.nc_year) for row in tx.execute(query)]


def roll_of(tx: Session, school: str, term: str) -> list[RollRow]:
    """A school's roll in a term, in name order."""
    query = (
        select(RollRow)
        .where(RollRow.school == school, RollRow.term == term, RollRow.retired_by.is_(None))
        .order_by(RollRow.surname, RollRow.forename, RollRow.pupil_id)
    )
    return list(tx.scalars(query))


def do_not_score(tx: Session, schools: Collection[str]) -> set[str]:
    """The pupils of these schools who are kept out of scoring and training."""
    query = select(DoNotScoreRow.pupil_id).where(
        DoNotScoreRow.school.in_(schools), DoNotScoreRow.ended_at.is_(None)
    )
    return set(tx.scalars(query))


def publications(tx: Session, school: str) -> list[PublicationRow]:
    """Everything published for a school that still stands."""
    query = select(PublicationRow).where(PublicationRow.school == school, PublicationRow.retired_at.is_(None))
    return list(tx.scalars(query))
