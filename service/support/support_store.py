"""Queries on supports, decisions, notes and what pupils say. Every one names its school."""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from data_contracts import calendar
from service.core.audit import Told, no_event
from service.core.permissions import Reader
from service.records import RollRow
from service.support.support_rows import (
    DecisionRow,
    KnownByRow,
    MenuRow,
    NoteRow,
    PlacesRow,
    PracticeRow,
    ReviewRow,
    SupportRow,
    ViewRow,
    VoiceRow,
)

OfPupil = TypeVar("OfPupil", SupportRow, ReviewRow, NoteRow, VoiceRow, KnownByRow, ViewRow, DecisionRow)
Found = TypeVar("Found", MenuRow, SupportRow, NoteRow, VoiceRow, KnownByRow, DecisionRow)


ABOUT_PUPIL: tuple[type[Any], ...] = (
    SupportRow,
    ReviewRow,
    ViewRow,
    DecisionRow,
    NoteRow,
    VoiceRow,
    KnownByRow,
)


class Written:
    """All rows about one pupil, of every kind, newest first; read in one query and not to be changed."""

    def __init__(self, rows: dict[str, list[Any]]) -> None:
        self._rows = rows

    def of(self, kind: type[OfPupil]) -> list[OfPupil]:
        """The rows of one kind."""
        return list(self._rows.get(kind.__tablename__, ()))


def by(reader: Reader) -> dict[str, str]:
    """Who writes, as every row of this room says it."""
    return {"by_account": reader.account_id, "by_name": reader.name or reader.user}


def written(read: Told, school: str, pupil_id: str) -> Written:
    """Everything written about a pupil at a school."""
    columns: dict[str, Any] = {}
    for kind in ABOUT_PUPIL:
        columns |= {column.name: column for column in kind.__table__.columns}
    parts = [
        select(
            literal(kind.__tablename__).label("row_of"),
            *(_own_or_nothing(kind, name, column) for name, column in columns.items()),
        ).where(kind.school == school, kind.pupil_id == pupil_id)
        for kind in ABOUT_PUPIL
    ]
    everything = union_all(*parts).subquery()
    rows: dict[str, list[Any]] = {}
    for row in read.tx.execute(select(everything).order_by(everything.c.at.desc())):
        rows.setdefault(row.row_of, []).append(row)
    return Written(rows)


def _own_or_nothing(kind: type[Any], name: str, column: Any) -> Any:
    own = kind.__table__.columns.get(name)
    return (cast(null(), column.type) if own is None else own).label(name)


@no_event("finds the row that a change or a form is about; what is done with it is told")
def one(tx: Session, kind: type[Found], school: str, row_id: str) -> Found | None:
    """A row by its id, if it is this school's."""
    return tx.scalars(select(kind).where(kind.school == school, kind.id == row_id)).one_or_none()


def menu(tx: Session, school: str) -> list[MenuRow]:
    """The school's own menu without what was retired, in the order it was written."""
    asked = select(MenuRow).where(MenuRow.school == school, MenuRow.retired.is_(False))
    return list(tx.scalars(asked.order_by(MenuRow.about, MenuRow.name)))


@no_event("counts")
def menu_use(tx: Session, school: str) -> dict[str, int]:
    """How many pupils each line of the menu holds now."""
    asked = select(SupportRow.menu_id, func.count(SupportRow.pupil_id.distinct())).where(
        SupportRow.school == school, SupportRow.ends.is_(None), SupportRow.menu_id.is_not(None)
    )
    return {str(menu_id): count for menu_id, count in tx.execute(asked.group_by(SupportRow.menu_id))}


def in_turn(tx: Session, school: str) -> None:
    """From here to the end of the transaction nobody else decides or takes a place at this school.

    SQLite lets one writer in at a time anyhow.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"support of {school}"))))


@no_event("shown beside the form for the next review, which is told")
def last_review(tx: Session, school: str, support_id: str) -> ReviewRow | None:
    """The newest review of a support."""
    asked = select(ReviewRow).where(ReviewRow.school == school, ReviewRow.support_id == support_id)
    return tx.scalars(asked.order_by(ReviewRow.at.desc(), ReviewRow.id.desc()).limit(1)).one_or_none()


def open_supports(read: Told, school: str) -> list[SupportRow]:
    """Supports that have not ended, those to be looked at soonest first."""
    asked = select(SupportRow).where(SupportRow.school == school, SupportRow.ends.is_(None))
    return list(
        read.tx.scalars(asked.order_by(SupportRow.review_on.is_(None), SupportRow.review_on, SupportRow.id))
    )


def decisions(read: Told, school: str, terms: Collection[str] | None) -> list[DecisionRow]:
    """Decisions of some terms, or of all; oldest first, so that a later one replaces an earlier."""
    asked = select(DecisionRow).where(DecisionRow.school == school)
    if terms is not None:
        asked = asked.where(DecisionRow.term.in_(terms))
    return list(read.tx.scalars(asked.order_by(DecisionRow.at, DecisionRow.id)))


@no_event("whom a reader said they know is their own word")
def known_by_account(tx: Session, school: str, account_id: str) -> set[str]:
    """The pupils one adult said they know."""
    asked = select(KnownByRow.pupil_id).where(
        KnownByRow.school == school, KnownByRow.by_account == account_id
    )
    return set(tx.scalars(asked))


def places(tx: Session, school: str) -> list[PlacesRow]:
    """The school's support places; the newest row of a year group and list counts."""
    asked = select(PlacesRow).where(PlacesRow.school == school).order_by(PlacesRow.at, PlacesRow.id)
    newest = {(row.nc_year, row.flag_list): row for row in tx.scalars(asked)}
    return list(newest.values())


def schools_with_places(tx: Session, schools: Collection[str]) -> set[str]:
    """Those of the schools that have set support places at some time."""
    asked = select(PlacesRow.school).where(PlacesRow.school.in_(schools), PlacesRow.places > 0).distinct()
    return set(tx.scalars(asked))


@no_event("year groups, of nobody")
def year_groups(tx: Session, school: str) -> set[str]:
    """Every year group on the school's roll as it stands."""
    asked = select(RollRow.nc_year).where(
        RollRow.school == school, RollRow.retired_by.is_(None), RollRow.nc_year.is_not(None)
    )
    return {str(year) for year in tx.scalars(asked.distinct())}


def practice(tx: Session, school: str) -> PracticeRow | None:
    """How the school works with Belong, by its newest choice."""
    asked = select(PracticeRow).where(PracticeRow.school == school).order_by(PracticeRow.at.desc()).limit(1)
    return tx.scalars(asked).one_or_none()


def roll_entries(read: Told, school: str, pupil_ids: Collection[str]) -> dict[str, RollRow]:
    """The newest roll entry at the school of each pupil asked for."""
    asked = select(RollRow).where(
        RollRow.school == school, RollRow.pupil_id.in_(pupil_ids), RollRow.retired_by.is_(None)
    )
    found = sorted(read.tx.scalars(asked), key=lambda row: calendar.term(row.term).start)
    return {row.pupil_id: row for row in found}
