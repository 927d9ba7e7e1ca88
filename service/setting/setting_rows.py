"""Counts about a school's setting, by term and group, and what the school changed: no pupil is in them."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base, new_id, now


class SettingFactRow(Base):
    """One measure of one group in one term: `amount` out of `base`, from `pupils` different pupils."""

    __tablename__ = "setting_fact"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    school: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    measure: Mapped[str] = mapped_column(String(40))
    grouping: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    amount: Mapped[float]
    base: Mapped[float]
    pupils: Mapped[int]
    source: Mapped[str] = mapped_column(String(10), default="")
    __table_args__ = (Index("ix_setting_fact_school_term", "school", "term"),)


class SettingChangeRow(Base):
    """Something a school changed on a day, in a person's words: a new policy, a new headteacher, a new MIS."""

    __tablename__ = "setting_change"
    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("c"))
    school: Mapped[str] = mapped_column(String(6), index=True)
    changed_on: Mapped[date]
    words: Mapped[str] = mapped_column(String(120))
    by_account: Mapped[str] = mapped_column(String(40))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)
