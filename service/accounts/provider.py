"""One OpenID Connect provider: where to send a browser, and whom its answer is about.

Authlib speaks OAuth 2 with PKCE; the identity token's signature and claims are checked here. Microsoft Entra
and Google differ only in the claim that names the tenant (`tid`, `hd`) and in Entra's issuer, which carries
the tenant's id where an application serves several.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from data_contracts.errors import BelongError
from service.core.settings import Provider

ALGORITHMS = ("RS256", "PS256", "ES256")
SCOPE = "openid profile"
TENANT_CLAIMS = ("tid", "hd")
TENANT_IN_ISSUER = "{tenantid}"
KEEP_SECONDS = 600
TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60


class SignInFailed(BelongError):
    """An identity provider's answer that doesn't fit what was asked; nobody is signed in."""

    http_status = 400

    def __init__(self, message: str = "This sign-in could not be finished.", hint: str = "") -> None:
        super().__init__(message, hint=hint or "Go back to the sign-in page and begin again.")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider says that someone is. Only issuer and subject decide; an address may change hands."""

    issuer: str
    subject: str
    tenant: str
    name: str


@dataclass
class ProviderClient:
    """Talks to one provider. Its published addresses and keys are kept for ten minutes."""

    provider: Provider
    back_to: str
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent. Raises SignInFailed where the provider doesn't answer."""
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._published()["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                prompt="select_account",
            )
        return str(address)

    def identity(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Whom a code stands for. Raises SignInFailed for anything that doesn't fit, whatever it is."""
        try:
            with self._client() as client:
                answer = client.fetch_token(
                    self._published()["token_endpoint"], code=code, code_verifier=verifier
                )
            claims = self._claims(str(answer.get("id_token") or ""), nonce)
        except (OAuthError, httpx2.HTTPError, JoseError, ValueError, KeyError) as problem:
            raise SignInFailed from problem
        return self._allowed(claims)

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an identity token that this provider signed for us and for this very attempt."""
        try:
            read = jwt.decode(token, self._keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            self._kept.pop("keys", None)  # the provider may have changed its keys since
            read = jwt.decode(token, self._keys(), algorithms=ALGORITHMS)
        claims = read.claims
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer(claims)},
            aud={"essential": True, "value": self.provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(claims)
        return dict(claims)

    def _issuer(self, claims: dict[str, Any]) -> str:
        return str(self._published()["issuer"]).replace(TENANT_IN_ISSUER, str(claims.get("tid", "")))

    def _allowed(self, claims: dict[str, Any]) -> Identity:
        """The identity, if its tenant is on the list; a provider without a list lets nobody in."""
        tenant = next((str(claims[name]) for name in TENANT_CLAIMS if claims.get(name)), "")
        if tenant not in self.provider.tenants:
            raise SignInFailed(
                "Your organisation is not one that may sign in here.",
                hint="Use your school's own account, or ask your administrator.",
            )
        return Identity(str(claims["iss"]), str(claims["sub"]), tenant, str(claims.get("name", ""))[:200])

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.provider.client_id,
            self.provider.client_secret,
            scope=SCOPE,
            redirect_uri=self.back_to,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
        )

    def _published(self) -> dict[str, Any]:
        """The provider's own description. SignInFailed where it names another issuer than we were told."""
        issuer = self.provider.issuer.rstrip("/")
        found = self._fetched("about", f"{issuer}/.well-known/openid-configuration")
        said = str(found.get("issuer", "")).rstrip("/")
        if said != issuer and TENANT_IN_ISSUER not in said:
            raise SignInFailed("The sign-in service describes itself as another one than is set up here.")
        return found

    def _keys(self) -> KeySet:
        return KeySet.import_key_set(self._fetched("keys", self._published()["jwks_uri"]))  # type: ignore[arg-type]

    def _fetched(self, name: str, address: str) -> dict[str, Any]:
        """A JSON document of the provider, kept for a while."""
        with self._lock:
            kept_at, document = self._kept.get(name, (0.0, {}))
            if document and self.clock() - kept_at < KEEP_SECONDS:
                return document
            try:
                response = httpx2.get(address, timeout=TIMEOUT_SECONDS)
                response.raise_for_status()
                document = dict(response.json())
            except (httpx2.HTTPError, ValueError) as problem:
                raise SignInFailed("The sign-in service does not answer just now.") from problem
            self._kept[name] = (self.clock(), document)
            return document
