"""Uploads as they were handed in, and the layouts a school has confirmed."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class UploadRow(Base):
    """A term's files as they were handed in. The raw bytes lie encrypted in `uploads/` for 30 days.

    `waits` says why the suggestions wait for a person, and later who released them; None where they never did.
    """

    __tablename__ = "upload"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    term: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    step: Mapped[str] = mapped_column(String(20), default="receive")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    files: Mapped[list[Any]]
    held: Mapped[list[Any]]
    message: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[dict[str, Any]]
    extracts: Mapped[list[Any]]
    flags_new: Mapped[int | None]
    approved_by: Mapped[str | None] = mapped_column(String(200))
    load_id: Mapped[str | None] = mapped_column(String(40))
    raw_deleted_at: Mapped[datetime | None]
    waits: Mapped[dict[str, Any] | None]


class MappingRow(Base):
    """What a person of a school confirmed about a layout: table, headings, columns, own words. No cell."""

    __tablename__ = "mapping"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    table: Mapped[str] = mapped_column(String(60))
    body: Mapped[dict[str, Any]]
    confirmed_by: Mapped[str] = mapped_column(String(40))
    confirmed_at: Mapped[datetime]


class NewTypeRow(Base):
    """A school's own type of incident that a term's newest files hold and nobody has answered for. No pupil."""

    __tablename__ = "new_type"
    school: Mapped[str] = mapped_column(String(6), primary_key=True)
    term: Mapped[str] = mapped_column(String(20), primary_key=True)
    word: Mapped[str] = mapped_column(String(120), primary_key=True)
    rows: Mapped[int]
    seen_at: Mapped[datetime]
