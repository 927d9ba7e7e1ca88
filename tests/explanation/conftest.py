"""A deployment full of records, on either database."""

from tests.life.records import records, template
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server", "records", "template"]
