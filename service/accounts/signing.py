"""Signing in and out: throttled, generic about what was wrong, recorded, and over when it should be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from service.accounts import account_store, known_browser, totp
from service.accounts.account_rows import AccountRow, SessionRow
from service.accounts.pacing import Try
from service.accounts.readers import EVERY_SCHOOL, reader_of
from service.core import engine
from service.core.audit import Event, record
from service.core.base import now
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.permissions import NOBODY, NotSignedIn
from service.core.secrets import Busy, fingerprint, new_secret, password_fits

WRONG = "That name, password or code is not right."
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `cookie` goes to the browser and is kept nowhere else."""

    cookie: str
    csrf: str
    account_id: str
    second_factor_due: bool


def sign_in(
    deployment: Deployment, user: str, password: str, code: str | None, address: str, marks: str = ""
) -> SignedIn:
    """Open a session for a local account. `marks` are what the browser brought of earlier sign-ins.

    Raises TooMany while the next try has to wait, Busy while too many passwords are looked at, and NotSignedIn
    for anything that doesn't fit.
    """
    name = user.strip().lower()
    with deployment.database.reading() as tx:
        known = account_store.account_by_user(tx, name)
    tried = Try(deployment, name, address, known_browser.known_by(deployment, known, marks))
    hashed = known.password_hash if known and known.closed_at is None else None
    try:
        right = password_fits(password, hashed)
    except Busy:
        tried.never_looked_at()
        raise
    with deployment.database.writing() as tx:
        account = account_store.account(tx, known.id) if known and right else None
        coded = account is not None and _second_factor(deployment, account, code)
        if account is None or not coded:
            detail = {"account": known.id if known else None}
            record(tx, NOBODY, Event.SIGN_IN_FAILED, detail=detail)
            signed = None
        else:
            signed = open_session(deployment, tx, account, second_factor=account.totp_sealed is not None)
    if signed is None:
        raise NotSignedIn(
            WRONG, hint="Check them and try again. After five tries, wait a few seconds before each."
        )
    tried.right()
    return signed


def _second_factor(deployment: Deployment, account: AccountRow, code: str | None) -> bool:
    """A set-up second factor must fit; a missing one lets the owner in only to set it up."""
    return account.totp_sealed is None or totp.fits(deployment, account, code)


def open_session(
    deployment: Deployment, tx: Transaction, account: AccountRow, *, second_factor: bool
) -> SignedIn:
    """A session row for an account, with its event."""
    cookie, csrf, moment = new_secret(), new_secret()[:43], now()
    told = record(tx, reader_of(account, frozenset(), "session"), Event.SIGNED_IN, subject=account.id)
    told.add(
        SessionRow(
            id_hash=fingerprint(cookie),
            account_id=account.id,
            csrf=csrf,
            created_at=moment,
            seen_at=moment,
            second_factor=second_factor,
        ),
    )
    due = totp.required(deployment, account) and not second_factor
    return SignedIn(cookie, csrf, account.id, due)


def sign_in_joined(deployment: Deployment, account_id: str) -> SignedIn:
    """Open the first session of somebody who has just made their account."""
    with deployment.database.writing() as tx:
        account = account_store.account(tx, account_id)
        if account is None or account.closed_at is not None:
            raise NotSignedIn("Please sign in.")
        return open_session(deployment, tx, account, second_factor=False)


def mark_browser(deployment: Deployment, account_id: str, marks: str) -> str:
    """What a browser keeps after a sign-in, so that it is told from strangers' at the next."""
    with deployment.database.reading() as tx:
        account = account_store.account(tx, account_id)
    return known_browser.marked(deployment, account, marks) if account is not None else ""


def sign_out(caller: Caller) -> None:
    """End the caller's session."""
    if caller.session is None:
        return
    with caller.writing() as tx:
        told = caller.record(tx, Event.SIGNED_OUT, subject=caller.reader.account_id)
        account_store.end_session(told, caller.session)


def session_caller(
    deployment: Deployment, cookie: str, *, purpose: str | None, request_id: str | None
) -> Caller:
    """Who stands behind a cookie. Raises NotSignedIn for one that is unknown, ended, idle or too old."""
    id_hash, settings = fingerprint(cookie), deployment.settings
    with deployment.database.reading() as tx:
        found = account_store.session_and_account(tx, id_hash)
        urns = _within(tx, found[1].schools) if found else frozenset()
    if found is None:
        raise NotSignedIn("Please sign in.")
    session, account = found
    moment = now()
    idle = moment - session.seen_at > timedelta(minutes=settings.idle_minutes)
    old = moment - session.created_at > timedelta(hours=settings.absolute_hours)
    if idle or old:
        raise NotSignedIn("You have been away for a while. Please sign in again.")
    if moment - session.seen_at > TOUCH_EVERY:
        with deployment.database.writing() as tx:
            account_store.touch_session(tx, id_hash, moment)
    due = totp.required(deployment, account) and not session.second_factor
    reader = reader_of(account, urns, "session")
    return Caller(deployment, reader, purpose, request_id, id_hash, session.csrf, due)


def token_caller(
    deployment: Deployment, secret: str, *, purpose: str | None, request_id: str | None
) -> Caller:
    """Who stands behind a bearer token. Raises NotSignedIn for one that is unknown, ended or expired."""
    with deployment.database.reading() as tx:
        found = account_store.token_and_account(tx, fingerprint(secret))
        urns = _within(tx, [*found[0].schools, *found[1].schools]) if found else frozenset()
    if found is None or found[0].expires_at <= now():
        raise NotSignedIn("This token is not valid.", hint="Ask your administrator for a new one.")
    token, account = found
    if token.last_used_at is None or now() - token.last_used_at > TOUCH_EVERY:
        with deployment.database.writing() as tx:
            account_store.touch_token(tx, token.id, now())
    return Caller(deployment, reader_of(account, urns, "token", token), purpose, request_id)


def _within(tx: Transaction, named: Iterable[str]) -> frozenset[str]:
    """The schools an account may reach at most: every one there is only where it was given all of them."""
    return engine.all_urns(tx) if EVERY_SCHOOL in named else frozenset(named)
