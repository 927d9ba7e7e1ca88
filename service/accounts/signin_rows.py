"""A sign-in that is under way at an identity provider."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base


class SignInAttemptRow(Base):
    """One trip to an identity provider: known by the hash of its state, bound to one browser, used once."""

    no_event = "the way to a sign-in; the sign-in is told"
    __tablename__ = "sign_in_attempt"
    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    provider: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
