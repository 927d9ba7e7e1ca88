"""A seeded deployment on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployments import open_deployment
from tests.postgres import OwnDatabase, postgres, postgres_server
from tests.service.seeds import Seeded, seed

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """On SQLite; for tests that change nothing others read."""
    home = tmp_path_factory.mktemp("seeded") / "home"
    with open_deployment(home, requests_per_minute=1_000_000) as deployment:
        yield seed(deployment)


@pytest.fixture
def seeded_postgres(tmp_path: Path, postgres: OwnDatabase) -> Iterator[Seeded]:
    """On a real PostgreSQL, the application connecting as neither owner nor superuser."""
    with open_deployment(tmp_path / "home", postgres, requests_per_minute=1_000_000) as deployment:
        yield seed(deployment)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Seeded]:
    """On SQLite; for tests that change things."""
    with open_deployment(tmp_path / "home", requests_per_minute=1_000_000) as deployment:
        yield seed(deployment)
