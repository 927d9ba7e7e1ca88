"""The lake’s manifest, the loads that changed it, and what waits to be corrected."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class LoadRow(Base):
    """One load that changed the lake, and who did it. Undo brings back what it replaced."""

    __tablename__ = "load"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    term: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]
    contracts: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))


class LakeFileRow(Base):
    """The manifest: a lake file is live from the load that brought it until another replaces it."""

    __tablename__ = "lake_file"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    table: Mapped[str] = mapped_column(String(60))
    term: Mapped[str] = mapped_column(String(20))
    path: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    first_loaded: Mapped[date]
    load_id: Mapped[str] = mapped_column(String(40), index=True)
    retired_by: Mapped[str | None] = mapped_column(String(40), index=True)


class ProblemRow(Base):
    """A row or file that waits to be mended, told by place and rule, never by a cell's value."""

    __tablename__ = "problem"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    school: Mapped[str] = mapped_column(String(6))
    upload_id: Mapped[str | None] = mapped_column(String(40), index=True)
    load_id: Mapped[str | None] = mapped_column(String(40), index=True)
    file: Mapped[str] = mapped_column(String(300))
    line: Mapped[int | None]
    column: Mapped[str | None] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text)
    table: Mapped[str | None] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(20))
