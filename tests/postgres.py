"""PostgreSQL for a test: a server for the process, a database for each test that asks."""

import os
from collections.abc import Iterator

import pytest

from testbed.postgres import OwnDatabase, PostgresServer, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this test process."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield PostgresServer(given)
        return
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> OwnDatabase:
    """An empty database of this test's own."""
    return postgres_server.database()
