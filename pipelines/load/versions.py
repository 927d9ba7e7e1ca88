"""Versions of rows: a corrected file closes what it no longer says and opens what it says anew.

Rows need no key for this: a row that is in the old file and not in the new one gets `known_until`, a row
that is new gets `loaded_on`, any other row stays as it was. A file loaded twice changes nothing.
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from pipelines import duck

VERSION_COLUMNS = ("known_until", "loaded_on")


@dataclass(frozen=True, slots=True)
class Merged:
    """The rows of the new file, and how many were opened and closed against the old one."""

    table: pa.Table
    opened: int
    closed: int

    @property
    def changed(self) -> bool:
        """False where the new file says exactly what the old one said."""
        return bool(self.opened or self.closed)


def merge_versions(new: pa.Table, old: pa.Table | None, schema: pa.Schema, today: date) -> Merged:
    """Merge the canonical rows of a corrected table with the versions held so far.

    `new` has the schema's columns except the version columns; `old` all of them. Equal rows in `new` count
    once.
    """
    said = [name for name in schema.names if name not in VERSION_COLUMNS]
    if old is None:
        old = schema.empty_table()
    listed = ", ".join(said)
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM n.{name}" for name in said)
    with duck.connection("2GB") as con:
        duck.lend(con, "offered", new.select(said).cast(pa.schema([schema.field(name) for name in said])))
        duck.lend(con, "held", old.select(schema.names).cast(schema))
        con.execute(f"CREATE TEMP TABLE n AS SELECT DISTINCT {listed} FROM offered")
        con.execute("CREATE TEMP TABLE o AS SELECT * FROM held WHERE known_until IS NULL")
        day = f"DATE '{today}'"
        history = duck.query(con, f"SELECT {_columns(schema)} FROM held WHERE known_until IS NOT NULL")
        kept = duck.query(con, f"SELECT {_columns(schema)} FROM o SEMI JOIN n ON {same}")
        closed = duck.query(con, f"SELECT {_columns(schema, known_until=day)} FROM o ANTI JOIN n ON {same}")
        columns = _columns(schema, known_until="CAST(NULL AS DATE)", loaded_on=day)
        opened = duck.query(con, f"SELECT {columns} FROM n ANTI JOIN o ON {same}")
    rows = pa.concat_tables([part.cast(schema) for part in (history, kept, closed, opened)])
    return Merged(rows, opened.num_rows, closed.num_rows)


def current(table: pa.Table) -> pa.Table:
    """The rows of a table that stand now."""
    return table.filter(pa.compute.is_null(table.column("known_until")))


def _columns(schema: pa.Schema, **replaced: str) -> str:
    return ", ".join(f"{replaced[n]} AS {n}" if n in replaced else n for n in schema.names)
