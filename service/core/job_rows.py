"""Durable work: the lease table."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class JobRow(Base):
    """Durable work: a lease with a fencing number. Steps commit their rows together with the marker here."""

    no_event = "work to do; what a job does is told where it is done"
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
