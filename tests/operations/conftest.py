"""The real PostgreSQL of the tests, and a deployment full of records."""

import socket

import pytest

from tests.life.records import records, template
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server", "records", "template"]


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
