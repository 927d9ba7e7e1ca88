"""A deployment full of records, on either database."""

from testbed.postgres import postgres, postgres_server
from tests.life.records import records, template

__all__ = ["postgres", "postgres_server", "records", "template"]
