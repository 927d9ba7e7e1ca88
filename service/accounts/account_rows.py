"""Accounts, their schools, sessions, tokens and invitations."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base

OPEN = text("closed_at is null")


class AccountRow(Base):
    """A person or a machine that may sign in. `schools` lists URNs; '*' means every school there is.

    Of those that are open no two share a sign-in name or an identity; a closed one gives both free.
    """

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(40))
    schools: Mapped[list[Any]]
    year_groups: Mapped[list[Any] | None]
    sanctions: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(300))
    totp_sealed: Mapped[str | None] = mapped_column(String(300))
    totp_last: Mapped[int] = mapped_column(default=0)
    issuer: Mapped[str | None] = mapped_column(String(300))
    subject: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        Index("uq_account_open_user", "user", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "uq_account_open_identity",
            "issuer",
            "subject",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )


class SessionRow(Base):
    """A signed-in browser. Only the hash of its cookie is kept, so the table opens no door."""

    __tablename__ = "session"
    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    second_factor: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[datetime | None]


class TokenRow(Base):
    """A bearer token of a machine: hashed, no wider than its account, and it ends. `by` is whoever made it."""

    __tablename__ = "token"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(40))
    schools: Mapped[list[Any]]
    by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class InvitationRow(Base):
    """Something promised to a person: an account, or for the one of `account_id` a change or a new password.

    The link's secret is kept as a hash and works once. `by` is the account that made it, or `command`.
    """

    __tablename__ = "invitation"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[str | None] = mapped_column(String(40))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    schools: Mapped[list[Any]]
    year_groups: Mapped[list[Any] | None]
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
