"""The real PostgreSQL of the tests, and a deployment full of records."""

from tests.life.records import records, template
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server", "records", "template"]
