"""Schools and the state of the work done for them: uploads, loads, lake files, jobs."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


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














