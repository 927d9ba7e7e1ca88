"""Schools and the state of the work done for them: uploads, loads, lake files, jobs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class SchoolRow(Base):
    """A school of the deployment. A paused school is not scored and its suggestions are hidden.

    It can be paused by itself (`paused_…`) and with the whole deployment (`stopped_…`); each is lifted alone.
    """

    __tablename__ = "school"
    urn: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    phase: Mapped[str] = mapped_column(String(40))
    mis: Mapped[str] = mapped_column(String(40))
    synthetic: Mapped[bool]
    support_places: Mapped[int | None]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None] = mapped_column(String(200))
    pause_reason: Mapped[str | None] = mapped_column(Text)
    paused_role: Mapped[str | None] = mapped_column(String(40))
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None] = mapped_column(String(200))
    stopped_role: Mapped[str | None] = mapped_column(String(40))
    stop_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def halted_at(self) -> datetime | None:
        """Since when nothing is scored or shown, by whichever pause; None where the school goes on."""
        return self.stopped_at or self.paused_at

    @property
    def halt_reason(self) -> str | None:
        """Why nothing is scored or shown."""
        return self.stop_reason if self.stopped_at is not None else self.pause_reason


class UploadRow(Base):
    """A term's files as they were handed in. The raw bytes lie encrypted in `uploads/` for 30 days."""

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


class JobRow(Base):
    """Durable work: a lease with a fencing number. Steps commit their rows together with the marker here."""

    __tablename__ = "job"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    school: Mapped[str] = mapped_column(String(6))
    subject: Mapped[str] = mapped_column(String(40))
    step: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    fence: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[float] = mapped_column(default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)
    payload: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(Text, default="")
    dedupe: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_job_state_leased_until", "state", "leased_until"),)
