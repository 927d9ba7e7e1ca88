"""A seeded deployment on each database."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.core.deployment import Deployment
from service.core.settings import Settings
from testbed.deployments import open_deployment
from testbed.seeds import Seeded, seed
from tests.postgres import OwnDatabase, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]


PLENTY = 1_000_000


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A seeded home that is only copied."""
    home = tmp_path_factory.mktemp("seeded") / "home"
    with open_deployment(home) as deployment:
        return seed(deployment)


def copied(template: Seeded, path: Path) -> Deployment:
    """The seeded home once more, opened."""
    home = Path(shutil.copytree(template.deployment.home.path, path))
    return Deployment.open(home, Settings(home=home, requests_per_minute=PLENTY))


@pytest.fixture(scope="session")
def seeded(template: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """On SQLite; for tests that change nothing others read."""
    with copied(template, tmp_path_factory.mktemp("read") / "home") as deployment:
        yield replace(template, deployment=deployment)


@pytest.fixture
def fresh(template: Seeded, tmp_path: Path) -> Iterator[Seeded]:
    """On SQLite; for tests that change things."""
    with copied(template, tmp_path / "home") as deployment:
        yield replace(template, deployment=deployment)


@pytest.fixture
def seeded_postgres(tmp_path: Path, postgres: OwnDatabase) -> Iterator[Seeded]:
    """On a real PostgreSQL, the application connecting as neither owner nor superuser."""
    with open_deployment(tmp_path / "home", postgres, requests_per_minute=PLENTY) as deployment:
        yield seed(deployment)
