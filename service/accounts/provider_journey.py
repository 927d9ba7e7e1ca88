"""The way to an identity provider and back: one attempt, one browser, one use, ten minutes."""

import json
from dataclasses import dataclass
from datetime import timedelta

from data_contracts.errors import Refused
from service.accounts import account_store, promises, signin_store, vouching
from service.accounts.account_rows import AccountRow
from service.accounts.keeping import new_account
from service.accounts.pacing import network
from service.accounts.promises import Kind
from service.accounts.provider import Identity, ProviderClient, SignInFailed
from service.accounts.sight import Reach
from service.accounts.signin_rows import SignInAttemptRow
from service.accounts.signing import SignedIn, open_session
from service.core.audit import Event, record
from service.core.base import now
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.permissions import NOBODY, NotAllowed, NotFound
from service.core.secrets import fingerprint, new_secret
from service.core.settings import Provider
from service.core.throttle import Throttle

MINUTES = 10


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the secret it must bring back as a cookie."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A new session, and the page of ours that was asked for before."""

    session: SignedIn
    next_page: str


def provider_named(deployment: Deployment, name: str) -> Provider:
    """The provider of a name; NotFound for one that is not set up."""
    for provider in deployment.settings.providers:
        if provider.name == name:
            return provider
    raise NotFound("There is no such way to sign in here.")


def client_for(deployment: Deployment, name: str) -> ProviderClient:
    """The client of a provider, which comes back to this deployment's public address."""
    base = deployment.settings.base_url.rstrip("/")
    return ProviderClient(provider_named(deployment, name), f"{base}/sign-in/back/{name}")


def begin(
    deployment: Deployment,
    client: ProviderClient,
    *,
    address: str,
    next_page: str,
    invitation: str | None,
    vouched: str = "",
) -> Begun:
    """Note an attempt. Raises TooMany from one address, SignInFailed where the provider doesn't answer, and
    Refused where an invitation asks for a code and `vouched`, the sealed note that it was given, doesn't fit."""
    limit = deployment.settings.sign_ins_per_minute * 10
    place = network(address)
    Throttle(deployment.database).pass_or_raise(limit, "sign-in-from", fingerprint(place)[:32])
    given = bool(invitation) and vouching.was_shown(deployment, invitation or "", vouched)
    if invitation and not given and vouching.asks_code(deployment, invitation):
        raise Refused("A colleague’s code comes first.", hint="Open your invitation again and type the code.")
    state, browser, nonce, verifier = new_secret(), new_secret(), new_secret(), new_secret()
    kept = {"nonce": nonce, "verifier": verifier, "next": own_page(next_page), "invitation": invitation}
    kept["vouched"] = "yes" if given else ""
    send_to = client.address(state=state, nonce=nonce, verifier=verifier)
    with deployment.database.writing() as tx:
        signin_store.forget_attempts(tx, now())
        signin_store.add_attempt(
            tx,
            SignInAttemptRow(
                state_hash=fingerprint(state),
                browser_hash=fingerprint(browser),
                provider=client.provider.name,
                sealed=deployment.home.upload_cipher().encrypt(json.dumps(kept).encode()).decode(),
                expires_at=now() + timedelta(minutes=MINUTES),
            ),
        )
    return Begun(send_to, browser)


def finish(
    deployment: Deployment, client: ProviderClient, *, state: str, code: str, browser: str | None
) -> Finished:
    """Sign in who came back. Raises SignInFailed for an answer that doesn't fit, NotAllowed for a stranger."""
    kept = _attempt(deployment, client.provider.name, state, browser)
    if not code:
        raise SignInFailed("The sign-in service did not let you through.")
    identity = client.identity(code, nonce=kept["nonce"] or "", verifier=kept["verifier"] or "")
    with deployment.database.writing() as tx:
        account = _account(tx, identity, kept["invitation"], vouched=bool(kept.get("vouched")))
        if account is None:
            record(tx, NOBODY, Event.SIGN_IN_FAILED, detail={"provider": client.provider.name})
            signed = None
        else:
            signed = open_session(deployment, tx, account, second_factor=True)
    if signed is None:
        raise NotAllowed(
            "There is no account here for you yet.", hint="Ask your administrator for an invitation."
        )
    return Finished(signed, kept["next"] or "/")


def own_page(path: str) -> str:
    """The path, if it leads to a page of ours and to nowhere else; the front page otherwise."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours and len(path) <= 500 else "/"


def _attempt(deployment: Deployment, provider: str, state: str, browser: str | None) -> dict[str, str | None]:
    """What was kept of the attempt; it can't be used again, whatever comes of it."""
    with deployment.database.writing() as tx:
        row = signin_store.take_attempt(tx, fingerprint(state))
        fits = (
            row is not None
            and browser is not None
            and row.provider == provider
            and row.browser_hash == fingerprint(browser)
            and row.expires_at > now()
        )
        sealed = row.sealed if row is not None and fits else None
    if sealed is None:
        raise SignInFailed("This sign-in was not begun in this browser, or too long ago.")
    kept: dict[str, str | None] = json.loads(deployment.home.upload_cipher().decrypt(sealed.encode()))
    return kept


def _account(
    tx: Transaction, identity: Identity, invitation: str | None, *, vouched: bool
) -> AccountRow | None:
    """The open account of an identity, or the one an invitation promises it."""
    known = account_store.account_by_subject(tx, identity.issuer, identity.subject)
    if known is not None:
        return known
    return _invited(tx, identity, invitation, vouched=vouched) if invitation else None


def _invited(tx: Transaction, identity: Identity, secret: str, *, vouched: bool) -> AccountRow | None:
    """Make the invited account and tie it to this identity; None for an invitation that is over, or that asks for
    a code by now and was not vouched for."""
    row = account_store.invitation(tx, fingerprint(secret))
    if row is None or not promises.is_open(row, Kind.JOIN):
        return None
    if vouching.needs_code(tx, row) and not vouched:
        return None
    if account_store.account_by_user(tx, row.user) is not None:
        return None
    account = new_account(tx, row.user, Reach.of(row))
    account.name = identity.name or row.name
    account.issuer, account.subject = identity.issuer, identity.subject
    row.used_at = now()
    record(tx, NOBODY, Event.ACCOUNT_ADDED, subject=account.id, detail={"invitation": row.id}).add(account)
    record(tx, NOBODY, Event.IDENTITY_LINKED, subject=account.id)
    return account
