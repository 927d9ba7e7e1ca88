"""The demo trust as a site: over the test client for words, over a real server and chromium for the eye."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app.web import create_app
from service.core.settings import settings_for
from testbed.serving import served
from testbed.site import ROLES, Account, account


@pytest.fixture(scope="session")
def site_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo home whose audit log and decisions the page tests may write to."""
    return Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("site") / "home"))


@pytest.fixture(scope="session")
def site(site_home: Path) -> Any:
    """The application over that home."""
    return create_app(settings_for(site_home))


@pytest.fixture(scope="session")
def sessions(site: Any, demo: dict[str, Any]) -> Callable[[str], dict[str, str]]:
    """The session cookie of each role, signed in once: signing in is slow, and counted, on purpose."""

    @cache
    def cookies(role: str) -> dict[str, str]:
        known = account(demo, role)
        with TestClient(site) as client:
            answer = client.post(
                "/sign-in",
                data={"user": known["user"], "password": known["password"]},
                follow_redirects=False,
            )
            assert answer.status_code == 303, answer.text
            return dict(client.cookies)

    return cookies


@pytest.fixture
def signed_in(site: Any, sessions: Callable[[str], dict[str, str]]) -> Iterator[Callable[[str], TestClient]]:
    """A client with a role's session."""
    opened: list[TestClient] = []

    def enter(role: str) -> TestClient:
        opened.append(TestClient(site, cookies=sessions(role)))
        return opened[-1]

    yield enter
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def address(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`belong serve` over a copy of the demo home."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("served") / "home"))
    with served(home) as url:
        yield url


@pytest.fixture(scope="session")
def demo_accounts(demo_home: Path) -> dict[str, Account]:
    """One demo account per role."""
    described = json.loads((demo_home / "demo.json").read_text("utf-8"))
    return {role: account(described, role) for role in (*ROLES, "dpo", "admin")}
