"""What is kept about pupils: roll, aliases, timelines, and marks that keep a pupil out of scoring."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class RollRow(Base):
    """A pupil on a school's roll in a term: the only table where a pupil_id meets a name."""

    __tablename__ = "roll"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    school: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    upn: Mapped[str | None] = mapped_column(String(20))
    admission_number: Mapped[str | None] = mapped_column(String(40))
    mis_id: Mapped[str | None] = mapped_column(String(40))
    surname: Mapped[str | None] = mapped_column(String(120))
    forename: Mapped[str | None] = mapped_column(String(120))
    dob: Mapped[date | None]
    sex: Mapped[str | None] = mapped_column(String(1))
    nc_year: Mapped[str | None] = mapped_column(String(4))
    registration_group: Mapped[str | None] = mapped_column(String(40))
    entry_date: Mapped[date | None]
    leaving_date: Mapped[date | None]
    enrol_status: Mapped[str | None] = mapped_column(String(4))
    preferred_surname: Mapped[str | None] = mapped_column(String(120))
    preferred_forename: Mapped[str | None] = mapped_column(String(120))
    load_id: Mapped[str] = mapped_column(String(40), index=True)
    retired_by: Mapped[str | None] = mapped_column(String(40), index=True)
    __table_args__ = (Index("ix_roll_school_term", "school", "term"),)


class AliasRow(Base):
    """A keyed hash of one identifier that points to a pupil. `school` is '' for national identifiers."""

    __tablename__ = "alias"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    school: Mapped[str] = mapped_column(String(6))
    kind: Mapped[str] = mapped_column(String(40))
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    load_id: Mapped[str] = mapped_column(String(40))


class TimelineRow(Base):
    """The dated records of one pupil in one term at one school, as a list."""

    __tablename__ = "timeline"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    school: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    events: Mapped[list[Any]]
    load_id: Mapped[str] = mapped_column(String(40), index=True)
    retired_by: Mapped[str | None] = mapped_column(String(40), index=True)
    __table_args__ = (Index("ix_timeline_school_term", "school", "term"),)


class DoNotScoreRow(Base):
    """A pupil who is kept out of scoring and training. Staff see no reason; support stays open."""

    __tablename__ = "do_not_score"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    school: Mapped[str] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
