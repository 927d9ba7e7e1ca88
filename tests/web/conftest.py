"""The demo trust as a site: over the test client for words, over a real server and chromium for the eye."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from benchmarks.serving import served
from service.app import create_app
from service.settings import settings_for

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
ROLES = ("inclusion_lead", "pastoral", "head", "governor", "trust_lead", "data_team")

Account = dict[str, Any]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without chromium, browser tests are listed as not run; on a build server they fail instead."""
    if shutil.which("chromium") or "CI" in os.environ:
        return
    away = [item for item in items if item.get_closest_marker("browser")]
    if away:
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]
        config.stash[NOT_RUN] = [item.nodeid for item in away]


NOT_RUN: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which browser tests were not run, and how to run them."""
    away = config.stash.get(NOT_RUN, [])
    if away:
        terminalreporter.section("browser tests not run: chromium is missing")
        terminalreporter.line("apt-get install -y --no-install-recommends chromium fonts-dejavu-core")
        for name in away:
            terminalreporter.line(f"  {name}")


def account(demo: dict[str, Any], role: str) -> Account:
    """The first demo account with a role."""
    found: Account = next(one for one in demo["accounts"] if one["role"] == role)
    return found


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
def chromium() -> Iterator[Any]:
    """Debian's chromium."""
    from playwright.sync_api import sync_playwright

    assert Path(CHROMIUM).exists(), "chromium is missing: apt-get install -y chromium fonts-dejavu-core"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_accounts(demo_home: Path) -> dict[str, Account]:
    """One demo account per role."""
    described = json.loads((demo_home / "demo.json").read_text("utf-8"))
    return {role: account(described, role) for role in (*ROLES, "dpo", "admin")}
