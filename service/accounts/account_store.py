"""Accounts, sessions, tokens and invitations in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from service.accounts.account_rows import AccountRow, InvitationRow, SessionRow, TokenRow
from service.core.audit import Recorded, no_event
from service.core.base import now, touched

SIGNED_IN = (
    select(SessionRow, AccountRow)
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(
        SessionRow.id_hash == bindparam("hash"), SessionRow.ended_at.is_(None), AccountRow.closed_at.is_(None)
    )
)
BEARER = (
    select(TokenRow, AccountRow)
    .join(AccountRow, AccountRow.id == TokenRow.account_id)
    .where(
        TokenRow.token_hash == bindparam("hash"), TokenRow.ended_at.is_(None), AccountRow.closed_at.is_(None)
    )
)
"""Put together once: every request asks one of them."""


def account_by_user(tx: Session, user: str) -> AccountRow | None:
    """The open account that signs in by this name."""
    query = select(AccountRow).where(AccountRow.user == user, AccountRow.closed_at.is_(None))
    return tx.scalars(query).first()


def account_by_subject(tx: Session, issuer: str, subject: str) -> AccountRow | None:
    """The open account an identity provider's person is tied to."""
    query = select(AccountRow).where(
        AccountRow.issuer == issuer, AccountRow.subject == subject, AccountRow.closed_at.is_(None)
    )
    return tx.scalars(query).first()


def account(tx: Session, account_id: str) -> AccountRow | None:
    """The account of an id."""
    return tx.get(AccountRow, account_id)


def accounts(tx: Session) -> list[AccountRow]:
    """All accounts, by sign-in name."""
    return list(tx.scalars(select(AccountRow).order_by(AccountRow.user)))


def open_accounts_of(tx: Session, roles: Collection[str]) -> list[AccountRow]:
    """The open accounts of these roles, held so that two cannot be closed at the same moment."""
    query = select(AccountRow).where(AccountRow.role.in_(roles), AccountRow.closed_at.is_(None))
    return list(tx.scalars(query.with_for_update()))


def session_and_account(tx: Session, id_hash: str) -> tuple[SessionRow, AccountRow] | None:
    """A session that has not been ended, with its open account."""
    found = tx.execute(SIGNED_IN, {"hash": id_hash}).first()
    return (found[0], found[1]) if found else None


@no_event("that a session is in use")
def touch_session(tx: Session, id_hash: str, moment: datetime) -> None:
    """Note that a session is in use."""
    tx.execute(update(SessionRow).where(SessionRow.id_hash == id_hash).values(seen_at=moment))


def end_session(told: Recorded, id_hash: str) -> None:
    """End one session."""
    told.tx.execute(
        update(SessionRow)
        .where(SessionRow.id_hash == id_hash, SessionRow.ended_at.is_(None))
        .values(ended_at=now())
    )


def sessions(
    tx: Session, account_id: str, *, used_since: datetime, begun_since: datetime
) -> list[SessionRow]:
    """An account's running sessions, the latest used first."""
    query = select(SessionRow).where(
        SessionRow.account_id == account_id,
        SessionRow.ended_at.is_(None),
        SessionRow.seen_at >= used_since,
        SessionRow.created_at >= begun_since,
    )
    return list(tx.scalars(query.order_by(SessionRow.seen_at.desc(), SessionRow.id_hash)))


def end_others(told: Recorded, account_id: str, kept: str | None) -> int:
    """End every session of an account but one; returns how many."""
    others = update(SessionRow).where(
        SessionRow.account_id == account_id, SessionRow.ended_at.is_(None), SessionRow.id_hash != (kept or "")
    )
    return touched(told.tx.execute(others.values(ended_at=now())))


def end_all(told: Recorded, account_id: str) -> None:
    """End every session and token of an account."""
    for row in (SessionRow, TokenRow):
        told.tx.execute(
            update(row).where(row.account_id == account_id, row.ended_at.is_(None)).values(ended_at=now())
        )


def end_what_it_made(told: Recorded, account_id: str) -> None:
    """End the tokens that an account made for others, and withdraw what it promised and nobody used yet."""
    told.tx.execute(
        update(TokenRow).where(TokenRow.by == account_id, TokenRow.ended_at.is_(None)).values(ended_at=now())
    )
    _withdraw(told, InvitationRow.by == account_id)


def withdraw_for(told: Recorded, account_id: str, kind: str | None = None) -> None:
    """Withdraw what waits for an account: of one kind (a change, a new password) or all."""
    own = InvitationRow.account_id == account_id
    _withdraw(told, own, *([] if kind is None else [InvitationRow.kind == kind]))


def withdraw(told: Recorded, invitation_id: str) -> bool:
    """Withdraw one invitation; False where none with that id can still be used."""
    return _withdraw(told, InvitationRow.id == invitation_id, InvitationRow.expires_at > now()) > 0


def _withdraw(told: Recorded, *which: ColumnElement[bool]) -> int:
    still = update(InvitationRow).where(
        *which, InvitationRow.used_at.is_(None), InvitationRow.withdrawn_at.is_(None)
    )
    return touched(told.tx.execute(still.values(withdrawn_at=now())))


def token_and_account(tx: Session, token_hash: str) -> tuple[TokenRow, AccountRow] | None:
    """A token that has not been ended, with its open account."""
    found = tx.execute(BEARER, {"hash": token_hash}).first()
    return (found[0], found[1]) if found else None


@no_event("that a token is in use")
def touch_token(tx: Session, token_id: str, moment: datetime) -> None:
    """Note when a token was last used."""
    tx.execute(update(TokenRow).where(TokenRow.id == token_id).values(last_used_at=moment))


def tokens(tx: Session, account_id: str) -> list[TokenRow]:
    """An account's tokens, newest first."""
    query = select(TokenRow).where(TokenRow.account_id == account_id).order_by(TokenRow.created_at.desc())
    return list(tx.scalars(query))


def end_token(told: Recorded, token_id: str) -> bool:
    """End one token; False where there is none that runs."""
    done = told.tx.execute(
        update(TokenRow).where(TokenRow.id == token_id, TokenRow.ended_at.is_(None)).values(ended_at=now())
    )
    return bool(touched(done))


def invitation(tx: Session, secret_hash: str) -> InvitationRow | None:
    """The invitation behind a link's secret, held against anyone who would use it at the same moment."""
    query = select(InvitationRow).where(InvitationRow.secret_hash == secret_hash)
    return tx.scalars(query.with_for_update()).first()


def invitation_of(tx: Session, invitation_id: str) -> InvitationRow | None:
    """The invitation of an id, held as `invitation` holds it."""
    query = select(InvitationRow).where(InvitationRow.id == invitation_id)
    return tx.scalars(query.with_for_update()).first()


def open_invitations(tx: Session, moment: datetime) -> list[InvitationRow]:
    """Invitations that can still be used, the latest first."""
    query = select(InvitationRow).where(
        InvitationRow.used_at.is_(None),
        InvitationRow.withdrawn_at.is_(None),
        InvitationRow.expires_at > moment,
    )
    return list(tx.scalars(query.order_by(InvitationRow.created_at.desc(), InvitationRow.id)))
