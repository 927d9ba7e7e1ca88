"""What is kept about pupils: roll, aliases, timelines, scores, and marks that keep a pupil out of scoring."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


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


class PublicationRow(Base):
    """One publication of a term's suggestions for one school; the newest that is not retired is shown."""

    __tablename__ = "publication"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    model_id: Mapped[str] = mapped_column(String(100))
    synthetic: Mapped[bool]
    places: Mapped[int]
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    load_id: Mapped[str | None] = mapped_column(String(40))
    where_share: Mapped[dict[str, Any] | None]
    year_groups: Mapped[dict[str, Any] | None]
    ends_on: Mapped[date | None]
    __table_args__ = (Index("ix_publication_school_term", "school", "term"),)


class ScoreRow(Base):
    """One pupil in one publication: values and contributions as the model gave them, nothing in words.

    `account` holds what is told of a listed pupil as codes with their arguments; `abstained` a code too.
    """

    __tablename__ = "score"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    publication_id: Mapped[str] = mapped_column(String(40))
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    school: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    as_of: Mapped[date]
    log_odds: Mapped[float | None]
    base_log_odds: Mapped[float | None]
    probability: Mapped[float | None]
    similar_pupils: Mapped[int | None]
    similar_suspended: Mapped[int | None]
    similar_low: Mapped[float | None]
    similar_high: Mapped[float | None]
    similar_from: Mapped[float | None]
    similar_to: Mapped[float | None]
    similar_short: Mapped[str | None] = mapped_column(String(5))
    flagged: Mapped[bool]
    flag_list: Mapped[str | None] = mapped_column(String(20))
    new: Mapped[bool]
    abstained: Mapped[str | None] = mapped_column(Text)
    values: Mapped[list[Any] | None]
    contributions: Mapped[list[Any] | None]
    account: Mapped[dict[str, Any] | None]
    __table_args__ = (
        Index("uq_score_publication_pupil", "publication_id", "pupil_id", unique=True),
        Index("ix_score_publication_flagged", "publication_id", "flagged"),
    )


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


class RequestRow(Base):
    """A complaint, objection or request about data, with the day by which it must be answered."""

    __tablename__ = "data_request"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    pupil_id: Mapped[str | None] = mapped_column(String(21))
    kind: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
