"""The same records on SQLite and on a real PostgreSQL."""

from testbed.postgres import postgres, postgres_server
from tests.life.records import records, template

__all__ = ["postgres", "postgres_server", "records", "template"]
