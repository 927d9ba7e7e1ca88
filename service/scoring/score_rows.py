"""Publications and the scores they are made of."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


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
