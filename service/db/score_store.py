"""Publications and scores: what a list, a card and the API read."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, load_only

from service.db.base import now
from service.db.pupil_rows import DoNotScoreRow, PublicationRow, RollRow, ScoreRow, TimelineRow

SHOWN = (ScoreRow.pupil_id, ScoreRow.new, ScoreRow.flag_list, ScoreRow.abstained)
NAMED = (RollRow.surname, RollRow.forename, RollRow.nc_year, RollRow.registration_group)
"""What a list reads; values and contributions are read for one pupil at a time."""


def publication(tx: Session, school: str, term: str) -> PublicationRow | None:
    """What is published for a school and term."""
    query = select(PublicationRow).where(
        PublicationRow.school == school, PublicationRow.term == term, PublicationRow.retired_at.is_(None)
    )
    return tx.scalars(query).first()


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


def _with_roll(publication: PublicationRow) -> Any:
    """Scores of a publication beside the roll of the same school and term."""
    return (
        select(ScoreRow, RollRow)
        .outerjoin(
            RollRow,
            (RollRow.pupil_id == ScoreRow.pupil_id)
            & (RollRow.school == ScoreRow.school)
            & (RollRow.term == ScoreRow.term)
            & RollRow.retired_by.is_(None),
        )
        .where(ScoreRow.publication_id == publication.id, ScoreRow.school == publication.school)
        .options(load_only(*SHOWN), load_only(*NAMED))
        .order_by(RollRow.surname, RollRow.forename, ScoreRow.pupil_id)
    )


def flags(
    tx: Session, publication: PublicationRow, years: Collection[str] | None, offset: int, limit: int | None
) -> list[tuple[ScoreRow, RollRow | None]]:
    """The suggestions of a publication in name order."""
    query = _with_roll(publication).where(ScoreRow.flagged)
    if years is not None:
        query = query.where(RollRow.nc_year.in_(years))
    paged = query.offset(offset).limit(limit) if limit else query
    return [(row[0], row[1]) for row in tx.execute(paged)]


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


def abstained(
    tx: Session, publication: PublicationRow, years: Collection[str] | None
) -> list[tuple[ScoreRow, RollRow | None]]:
    """The pupils for whom nothing can be said, in name order."""
    query = _with_roll(publication).where(ScoreRow.abstained.is_not(None))
    if years is not None:
        query = query.where(RollRow.nc_year.in_(years))
    return [(row[0], row[1]) for row in tx.execute(query)]


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
    query = (
        select(ScoreRow, PublicationRow)
        .join(PublicationRow, PublicationRow.id == ScoreRow.publication_id)
        .where(
            ScoreRow.pupil_id == pupil_id,
            ScoreRow.school.in_(schools),
            PublicationRow.retired_at.is_(None),
        )
    )
    if term is not None:
        query = query.where(ScoreRow.term == term)
    return [(row[0], row[1]) for row in tx.execute(query)]


def roll(tx: Session, pupil_id: str, schools: Collection[str]) -> list[RollRow]:
    """A pupil's places on these schools' rolls, as they stand."""
    query = select(RollRow).where(
        RollRow.pupil_id == pupil_id, RollRow.school.in_(schools), RollRow.retired_by.is_(None)
    )
    return list(tx.scalars(query))


def roll_of(tx: Session, school: str, term: str) -> list[RollRow]:
    """A school's roll in a term, in name order."""
    query = (
        select(RollRow)
        .where(RollRow.school == school, RollRow.term == term, RollRow.retired_by.is_(None))
        .order_by(RollRow.surname, RollRow.forename, RollRow.pupil_id)
    )
    return list(tx.scalars(query))


def timeline(tx: Session, pupil_id: str, schools: Collection[str]) -> list[dict[str, Any]]:
    """A pupil's dated records at these schools, oldest first; what two terms' files both say stands once."""
    query = select(TimelineRow.events).where(
        TimelineRow.pupil_id == pupil_id,
        TimelineRow.school.in_(schools),
        TimelineRow.retired_by.is_(None),
    )
    told = {json.dumps(event, sort_keys=True): event for events in tx.scalars(query) for event in events}
    return sorted(told.values(), key=lambda event: (event["date"], event["kind"]))


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
