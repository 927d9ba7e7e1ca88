"""The same records on SQLite and on a real PostgreSQL."""

from tests.life.records import records, template
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server", "records", "template"]
