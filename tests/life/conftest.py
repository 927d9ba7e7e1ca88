"""The same records on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployments import open_deployment
from tests.life.living import Living, living
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Living]:
    """A deployment full of records, for this test alone."""
    own = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with open_deployment(tmp_path / "home", own) as deployment:
        yield living(deployment)
