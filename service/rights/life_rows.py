"""What is prepared for a person who asks what is kept about them, who was erased, and which files have to go."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class SubjectExportRow(Base):
    """A subject-access export: prepared and sealed, read by a person, and only then released."""

    __tablename__ = "subject_export"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    pupil_id: Mapped[str] = mapped_column(String(21), index=True)
    request_id: Mapped[str | None] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    expires_on: Mapped[date]
    withheld: Mapped[list[Any]]
    released_by: Mapped[str | None] = mapped_column(String(40))
    released_at: Mapped[datetime | None]


class ErasureRow(Base):
    """The ledger: a pupil was erased at a school. `done_at`: no file names them any more, and it is noted."""

    __tablename__ = "erasure"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    subject: Mapped[str] = mapped_column(String(21), index=True)
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class DeletionRow(Base):
    """A file that has to go, from the moment on at which the rows went that named it."""

    no_event = "files that go after an event that told of their rows"
    __tablename__ = "deletion"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    school: Mapped[str] = mapped_column(String(6), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]


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
