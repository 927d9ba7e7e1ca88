"""An identity provider of our own on loopback: signs real tokens with real keys, and lies when told to."""

import base64
import hashlib
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID, CLIENT_SECRET = "belong-test", "a-generated-secret-of-some-length"


@dataclass
class IdentityProvider:
    """What it says and how it lies: `claims` overrides what stands in the next tokens."""

    address: str = ""
    subject: str = "person-1"
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "own"}))
    publishes: RSAKey | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    template_issuer: bool = False

    def issuer(self, tenant: str = "") -> str:
        """The issuer's name; Entra's carries the tenant where one application serves several."""
        return f"{self.address}/{tenant or '{tenantid}'}" if self.template_issuer else self.address

    def description(self) -> dict[str, Any]:
        """What stands under .well-known."""
        return {
            "issuer": self.issuer(),
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def keys(self) -> dict[str, Any]:
        """The public keys it says it signs with."""
        return {"keys": [(self.publishes or self.signs_with).as_dict(private=False)]}

    def authorize(self, query: dict[str, str]) -> str:
        """A person signs in and is sent back with a code."""
        code = hashlib.sha256(query["state"].encode()).hexdigest()
        self.asked[code] = query
        back = {"state": query["state"], "code": code}
        return f"{query['redirect_uri']}?{urllib.parse.urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token behind a code, if the client and its PKCE verifier are right; each code works once."""
        asked = self.asked.pop(form.get("code", ""), None)
        known = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if asked is None or known != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        now = int(time.time())
        claims = {
            "iss": self.issuer(TENANT),
            "aud": CLIENT_ID,
            "sub": self.subject,
            "tid": TENANT,
            "name": "Sam Sample",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": "own"}, claims, self.signs_with)
        return 200, {"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@contextmanager
def running_provider() -> Iterator[IdentityProvider]:
    """The provider, answering on loopback for as long as the block lasts."""
    provider = IdentityProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urllib.parse.urlsplit(self.path)
            if place.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(urllib.parse.parse_qsl(place.query))))
                self.end_headers()
            else:
                self._json(200, provider.keys() if place.path == "/keys" else provider.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(urllib.parse.parse_qsl(body))
            self._json(*provider.token(form, self.headers.get("Authorization", "")))

        def _json(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    return Handler
