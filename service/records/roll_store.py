"""Queries on the roll: who stands where, and whom a mark keeps out. Every one names its schools."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.core.audit import Told, no_event
from service.records.pupil_rows import DoNotScoreRow, RollRow

ON_ROLL = select(RollRow).where(
    RollRow.pupil_id == bindparam("pupil_id"),
    RollRow.school.in_(bindparam("schools", expanding=True)),
    RollRow.retired_by.is_(None),
)


def roll(read: Told, pupil_id: str, schools: Collection[str]) -> list[RollRow]:
    """A pupil's places on these schools' rolls, as they stand."""
    return list(read.tx.scalars(ON_ROLL, {"pupil_id": pupil_id, "schools": list(schools)}))


class Standing(NamedTuple):
    """A pupil's place on a roll: where, when, in which year group, and what makes it newer than another."""

    pupil_id: str
    school: str
    term: str
    nc_year: str | None
    leaving_date: date | None
    enrol_status: str | None
    entry_date: date | None


@no_event("year groups decide whom a reader may see; no name is among them")
def standing_on_roll(tx: Session, schools: Collection[str], pupils: Collection[str]) -> list[Standing]:
    """These pupils' places on these schools' rolls, of every term."""
    query = select(*(getattr(RollRow, name) for name in Standing._fields)).where(
        RollRow.school.in_(schools), RollRow.pupil_id.in_(pupils), RollRow.retired_by.is_(None)
    )
    return [Standing._make(row) for row in tx.execute(query)]


def roll_of(read: Told, school: str, term: str) -> list[RollRow]:
    """A school's roll in a term, in name order."""
    query = (
        select(RollRow)
        .where(RollRow.school == school, RollRow.term == term, RollRow.retired_by.is_(None))
        .order_by(RollRow.surname, RollRow.forename, RollRow.pupil_id)
    )
    return list(read.tx.scalars(query))


def rolls_of(read: Told, pupils: Collection[str], schools: Collection[str]) -> list[RollRow]:
    """The places of some pupils on these schools' rolls, as they stand."""
    query = select(RollRow).where(
        RollRow.pupil_id.in_(pupils), RollRow.school.in_(schools), RollRow.retired_by.is_(None)
    )
    return list(read.tx.scalars(query))


@no_event("pseudonyms, to say who may have a figure")
def pupils_on_roll(tx: Session, school: str) -> set[str]:
    """Everybody who stands on a school's roll in any term."""
    query = select(RollRow.pupil_id).where(RollRow.school == school, RollRow.retired_by.is_(None))
    return set(tx.scalars(query.distinct()))


@no_event("pseudonyms, so that nobody is scored who objected")
def do_not_score(tx: Session, schools: Collection[str]) -> set[str]:
    """The pupils of these schools who are kept out of scoring and training."""
    query = select(DoNotScoreRow.pupil_id).where(
        DoNotScoreRow.school.in_(schools), DoNotScoreRow.ended_at.is_(None)
    )
    return set(tx.scalars(query))
