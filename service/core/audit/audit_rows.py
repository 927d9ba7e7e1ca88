"""The audit log and its seals. No foreign keys: what happened stays said when its subject is gone."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class AuditRow(Base):
    """One event. `detail` holds codes, ids and numbers, never a name, a UPN or a cell's value."""

    no_event = "the log itself"
    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    event: Mapped[str] = mapped_column(String(40), index=True)
    actor: Mapped[str] = mapped_column(String(40), index=True)
    role: Mapped[str] = mapped_column(String(40))
    via: Mapped[str] = mapped_column(String(20))
    school: Mapped[str | None] = mapped_column(String(6), index=True)
    subject: Mapped[str | None] = mapped_column(String(40), index=True)
    purpose: Mapped[str | None] = mapped_column(String(40))
    request_id: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]]


class SealRow(Base):
    """A seal over a run of audit rows: the hash of the rows in order and of the seal before."""

    no_event = "seals over the log itself"
    __tablename__ = "audit_seal"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    first: Mapped[int]
    last: Mapped[int]
    rows: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
