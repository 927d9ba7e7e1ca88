"""An embedded home's database carried into PostgreSQL, row by row, for tests and benchmarks on both."""

from sqlalchemy import insert, inspect, select, text

from service.core.engine import Database, set_scope
from service.core.homes import Home
from service.core.migrate import upgrade
from service.core.settings import Settings
from service.rights.tables import metadata
from testbed.postgres import OwnDatabase

CHUNK = 2_000


def carried_over(home: Home, postgres: OwnDatabase) -> Settings:
    """Settings of the same home on PostgreSQL, holding every row its SQLite file held."""
    settings = Settings(home=home.path, database_url=postgres.url, owner_url=postgres.owner_url)
    upgrade(settings)
    source, target = Database(f"sqlite:///{home.path / 'belong.sqlite'}"), Database(postgres.owner_url)
    try:
        with source.reading() as old, target.writing() as new:
            urns = set(old.scalars(select(metadata.tables["school"].c.urn)))
            set_scope(new, urns)
            known = set(inspect(source.engine).get_table_names())
            for table in (one for one in metadata.sorted_tables if one.name in known):
                rows = [dict(row._mapping) for row in old.execute(select(table))]
                for start in range(0, len(rows), CHUNK):
                    new.execute(insert(table), rows[start : start + CHUNK])
                if rows and "id" in table.c and table.c.id.autoincrement is True:
                    name = f"'\"{table.name}\"', 'id'"
                    new.execute(
                        text(f'select setval(pg_get_serial_sequence({name}), max(id)) from "{table.name}"')
                    )
            new.execute(text("ANALYZE"))  # as a restore does, and as PostgreSQL does by itself after a minute
    finally:
        source.close()
        target.close()
    return settings
