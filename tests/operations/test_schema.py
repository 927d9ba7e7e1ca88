"""The migrations make exactly the schema the rows declare, up and down, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from service.db.engine import Database
from service.db.migrate import current, downgrade, head, upgrade
from service.db.rows import metadata
from service.settings import Settings


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
