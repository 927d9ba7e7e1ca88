"""Counters with an end, and answers that are given once."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class CounterRow(Base):
    """How often something happened inside a window of time, shared by all processes."""

    no_event = "counts of tries, of nobody"
    __tablename__ = "counter"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    expires: Mapped[float]


class IdempotencyRow(Base):
    """What a POST with an Idempotency-Key answered: a retry gets the same answer and no second effect."""

    no_event = "answers already given, so that nothing is done twice"
    __tablename__ = "idempotency"
    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
