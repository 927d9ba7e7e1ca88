"""A deployment that trusts our own identity provider."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from service.accounts.signin_api import router
from service.core.deployment import Deployment
from service.core.settings import Provider
from testbed.deployments import app_with, open_deployment
from testbed.hanging import HANGS_AFTER
from tests.signin.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    TENANT,
    IdentityProvider,
    running_provider,
)


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    """The identity provider, answering on loopback."""
    with running_provider() as provider:
        yield provider


@pytest.fixture
def deployment(idp: IdentityProvider, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment with that one provider and that one tenant."""
    provider = Provider("entra", "Microsoft", idp.address, CLIENT_ID, CLIENT_SECRET, (TENANT,))
    with open_deployment(tmp_path / "home", base_url="http://testserver", providers=(provider,)) as opened:
        yield opened


@pytest.fixture
def browser(deployment: Deployment) -> Iterator[TestClient]:
    """A browser that follows no redirect by itself."""
    with TestClient(app_with(deployment, router), follow_redirects=False) as client:
        yield client


class Journey:
    """The way of a browser to the provider and back."""

    def __init__(self, browser: TestClient) -> None:
        self.browser = browser

    def back(self, **query: str) -> str:
        """Begin, let the person sign in there, and give the address the browser is sent back to."""
        begun = self.browser.get("/sign-in/with/entra", params=query)
        assert begun.status_code == 303, begun.text
        there = httpx2.get(begun.headers["location"], follow_redirects=False, timeout=HANGS_AFTER)
        return str(there.headers["location"]).removeprefix("http://testserver")


@pytest.fixture
def journey(browser: TestClient) -> Journey:
    """The way there and back."""
    return Journey(browser)
