"""Counts about a school's setting, by term and group: no pupil is in them."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


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
    __table_args__ = (Index("ix_setting_fact_school_term", "school", "term"),)
