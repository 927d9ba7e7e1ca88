"""The one place that reads the environment, and refuses what would be unsafe to run with."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data_contracts.errors import Refused

PLACEHOLDERS = frozenset({"changeme", "change-me", "secret", "password", "placeholder", "example", "todo"})
MEBIBYTE = 1024 * 1024
DEMO = "demo.json"
"""What a demo says of itself, the day it is shown for among it."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One OpenID Connect provider and the tenants whose people may sign in through it."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment is told from outside. `production` turns every convenience of a laptop off."""

    home: Path
    database_url: str = field(default="", repr=False)
    owner_url: str = field(default="", repr=False)
    production: bool = False
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]", "testserver")
    metrics_port: int = 0
    metrics_address: str = "127.0.0.1"
    mlflow_uri: str = ""
    max_upload_bytes: int = 64 * MEBIBYTE
    requests_per_minute: int = 600
    sign_ins_per_minute: int = 5
    idle_minutes: int = 30
    absolute_hours: int = 12
    lease_seconds: int = 30
    providers: tuple[Provider, ...] = ()
    today: date | None = None

    @property
    def url(self) -> str:
        """The database to connect to: the one named, else the home's own SQLite file."""
        return self.database_url or f"sqlite:///{self.home / 'belong.sqlite'}"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are bound to TLS wherever the service is reached over TLS."""
        return self.production or self.base_url.startswith("https://")

    def checked(self) -> "Settings":
        """These settings; Refused where a production service would run without TLS or with a placeholder."""
        if not self.production:
            return self
        if self.today is not None:
            raise Refused(
                "A production service shows lists as of today: it can't be set to another day.",
                hint="Take BELONG_TODAY away, and serve no demo home in production.",
            )
        if not self.base_url.startswith("https://"):
            raise Refused(
                "A production service needs BELONG_BASE_URL to begin with https://.",
                hint="Put a proxy with TLS before it and name the public address.",
            )
        for provider in self.providers:
            _real_secret(provider.client_secret, f"the client secret of {provider.name}")
        if "://" in self.database_url and "sqlite" not in self.database_url:
            _real_secret(self.database_url.split("@")[0].rpartition(":")[2], "the database password")
        return self


def _real_secret(value: str, what: str) -> None:
    if value.strip().lower() in PLACEHOLDERS or len(value.strip()) < 12:
        raise Refused(
            f"{what[0].upper()}{what[1:]} looks like a placeholder or is too short.",
            hint="Use a generated secret of at least 12 characters, from a file where you can.",
        )


def _secret(environment: Mapping[str, str], name: str) -> str:
    """A value, or the content of the file that NAME_FILE points to."""
    path = environment.get(f"{name}_FILE")
    try:
        return Path(path).read_text("utf-8").strip() if path else environment.get(name, "")
    except OSError as problem:
        raise Refused(
            f"{name}_FILE names a file that can't be read ({type(problem).__name__}).",
            hint="Is it there, and may the service's user read it?",
        ) from None


def _providers(environment: Mapping[str, str]) -> tuple[Provider, ...]:
    """The sign-in providers described in the TOML file that BELONG_OIDC_FILE names."""
    path = environment.get("BELONG_OIDC_FILE")
    if not path:
        return ()
    described: dict[str, Any] = tomllib.loads(Path(path).read_text("utf-8"))
    return tuple(
        Provider(
            name=name,
            label=entry.get("label", name),
            issuer=entry["issuer"],
            client_id=entry["client_id"],
            client_secret=entry["client_secret"],
            tenants=tuple(entry.get("tenants", ())),
        )
        for name, entry in described.get("providers", {}).items()
    )


def settings_for(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a home folder from the process's environment (BELONG_…)."""
    given = os.environ if environment is None else environment
    hosts = tuple(part.strip() for part in given.get("BELONG_ALLOWED_HOSTS", "").split(",") if part.strip())
    defaults = Settings(home=home)
    production = given.get("BELONG_ENV", "local") == "production"
    base_url = given.get("BELONG_BASE_URL", defaults.base_url)
    if production:  # the public names, and what a health check on the machine itself says
        hosts = (*(hosts or (urlsplit(base_url).hostname or "",)), "127.0.0.1", "localhost")
    return Settings(
        home=home,
        database_url=_secret(given, "BELONG_DATABASE_URL"),
        owner_url=_secret(given, "BELONG_DATABASE_OWNER_URL"),
        production=production,
        base_url=base_url,
        allowed_hosts=hosts or defaults.allowed_hosts,
        metrics_port=_number(given, "BELONG_METRICS_PORT", 0),
        metrics_address=given.get("BELONG_METRICS_ADDRESS", defaults.metrics_address),
        mlflow_uri=given.get("BELONG_MLFLOW_URI", ""),
        max_upload_bytes=_number(given, "BELONG_MAX_UPLOAD_MIB", 64) * MEBIBYTE,
        requests_per_minute=_number(given, "BELONG_REQUESTS_PER_MINUTE", defaults.requests_per_minute),
        sign_ins_per_minute=_number(given, "BELONG_SIGN_INS_PER_MINUTE", defaults.sign_ins_per_minute),
        lease_seconds=_number(given, "BELONG_LEASE_SECONDS", defaults.lease_seconds),
        providers=_providers(given),
        today=_day(given, home),
    ).checked()


def _day(given: Mapping[str, str], home: Path) -> date | None:
    """The day pages are shown for, where one is set: by BELONG_TODAY, or by the demo that the home holds."""
    text = given.get("BELONG_TODAY", "")
    if not text and (home / DEMO).is_file():
        text = str(json.loads((home / DEMO).read_text("utf-8")).get("today", ""))
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"BELONG_TODAY must be a day such as 2026-09-14, not {text!r}.") from None


def hand_down(settings: Settings) -> None:
    """Let the server's own child processes find the same home and address."""
    os.environ["BELONG_HOME"] = str(settings.home)
    os.environ["BELONG_BASE_URL"] = settings.base_url
    os.environ["BELONG_ALLOWED_HOSTS"] = ",".join(settings.allowed_hosts)


def home_handed_down(environment: Mapping[str, str] | None = None) -> Path:
    """The home a parent process handed down; Refused where none did."""
    given = (os.environ if environment is None else environment).get("BELONG_HOME")
    if not given:
        raise Refused("BELONG_HOME is not set.", hint="Start the service with: belong serve --home ...")
    return Path(given)


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise Refused(f"{name} must be a whole number, not {text!r}.")
    return int(text)
