"""Figures of the previous release: what was never loaded stands as zero no longer, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from service.core.engine import Database
from service.core.migrate import downgrade, upgrade
from service.core.settings import Settings
from tests.postgres import OwnDatabase, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

BEFORE = "0510_promises"
FACT = (
    "insert into setting_fact (school, term, measure, grouping, name, amount, base, pupils) "
    "values ('999123', '2026-summer', :measure, 'all', 'Everyone', 0, 100, 0)"
)
FILE = (
    'insert into lake_file ("table", school, term, path, sha256, "rows", load_id, first_loaded) '
    "values ('behaviour', '999123', '2026-summer', 'b', 'x', 0, 'l1', :day)"
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
        return
    own: OwnDatabase = request.getfixturevalue("postgres")
    yield Settings(home=tmp_path, database_url=own.url, owner_url=own.owner_url)


def test_only_what_was_loaded_keeps_its_figures(settings: Settings) -> None:
    upgrade(settings, BEFORE)
    as_owner(settings, [(FACT, {"measure": each}) for each in ("absence", "incidents", "suspensions")])
    as_owner(settings, [(FILE, {"day": date(2026, 7, 1)})])
    upgrade(settings)
    assert measures(settings) == [("incidents", "")]
    downgrade(settings, BEFORE)
    upgrade(settings)
    assert measures(settings) == [("incidents", "")]


def as_owner(settings: Settings, told: list[tuple[str, dict[str, object]]]) -> None:
    database = Database(settings.owner_url or settings.url)
    try:
        with database.writing({"999123"}) as tx:
            for sql, values in told:
                tx.execute(text(sql), values)
    finally:
        database.close()


def measures(settings: Settings) -> list[tuple[str, str]]:
    """As the application itself sees them: row-level security is on again."""
    database = Database(settings.url)
    try:
        with database.reading() as tx:
            if settings.owner_url:
                assert tx.scalar(text("select count(*) from setting_fact")) == 0
        with database.reading({"999123"}) as tx:
            return [(row.measure, row.source) for row in tx.execute(text("select * from setting_fact"))]
    finally:
        database.close()
