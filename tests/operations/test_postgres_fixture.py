"""The test database is a real PostgreSQL whose roles prove something."""

import psycopg
import pytest

from testbed.postgres import OwnDatabase

pytestmark = pytest.mark.postgres


def test_neither_role_is_above_the_rules(postgres: OwnDatabase) -> None:
    for url in (postgres.url, postgres.owner_url):
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "select rolsuper, rolbypassrls from pg_roles where rolname = current_user"
            ).fetchone()
        assert found == (False, False)


def test_every_test_gets_a_database_of_its_own(postgres: OwnDatabase) -> None:
    with psycopg.connect(postgres.owner_url) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,)
