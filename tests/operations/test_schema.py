"""The migrations make exactly the schema the rows declare, up and down, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import DBAPIError

from service.core.engine import Database, in_words
from service.core.migrate import current, downgrade, head, upgrade
from service.core.settings import Settings
from service.operations.state_store import role_powers
from service.rights.tables import metadata
from testbed.postgres import OwnDatabase


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A deployment's settings on one kind of database, nothing in it yet."""
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
    else:
        own = request.getfixturevalue("postgres")
        yield Settings(home=tmp_path, database_url=own.url, owner_url=own.owner_url)


def test_up_is_what_the_rows_say_and_down_leaves_nothing(settings: Settings) -> None:
    upgrade(settings)
    database = Database(settings.owner_url or settings.url)
    assert current(database) == head()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    downgrade(settings, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.close()


@pytest.mark.postgres
def test_what_the_database_refuses_is_told_with_what_to_do(postgres: OwnDatabase, tmp_path: Path) -> None:
    """The slips of somebody who sets it up: no owner named, a role not made yet, nobody listening."""
    told = []
    stranger = postgres.url.replace("application_", "stranger_")
    for database_url, owner_url in (
        (postgres.url, ""),
        (stranger, postgres.owner_url),
        ("postgresql://somebody:secret-word@127.0.0.1:1/belong", ""),
    ):
        with pytest.raises(DBAPIError) as raised:
            upgrade(Settings(home=tmp_path, database_url=database_url, owner_url=owner_url))
        words = in_words(raised.value)
        assert words is not None
        assert "secret-word" not in f"{words.message} {words.hint}"
        told.append(words.message)
    assert told == [
        "The database does not let this role do that.",
        "The database does not know the application's role.",
        "The database does not answer.",
    ]
    assert in_words(ValueError("something else")) is None
    upgrade(Settings(home=tmp_path, database_url=postgres.url, owner_url=postgres.owner_url))


@pytest.mark.postgres
def test_a_role_that_may_become_the_owner_has_too_much_power(postgres: OwnDatabase, tmp_path: Path) -> None:
    upgrade(Settings(home=tmp_path, database_url=postgres.url, owner_url=postgres.owner_url))
    database = Database(postgres.url, pool_size=1)
    assert not any(role_powers(database).values())
    application, owner = (make_url(url).username for url in (postgres.url, postgres.owner_url))
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(f"grant {owner} to {application}")
    assert [power for power, has in role_powers(database).items() if has and "become" in power]
    database.close()
