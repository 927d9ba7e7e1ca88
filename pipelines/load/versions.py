"""Versions of rows: a corrected file closes what it no longer says and opens what it says anew.

Rows need no key for this: of the held rows the file speaks of, one that isn't in it gets `known_until`; a row
that is new gets `loaded_on`; any other row stays as it was. A file loaded twice changes nothing.
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import duck
from pipelines.lake.files import completed
from pipelines.lake.schemas import VERSION_COLUMNS
from pipelines.load.scope import Scope


@dataclass(frozen=True, slots=True)
class Merged:
    """All versions of a table's rows, and how many were opened and closed against those held before."""

    table: pa.Table
    opened: int
    closed: int

    @property
    def changed(self) -> bool:
        """False where the new file says exactly what the old one said."""
        return bool(self.opened or self.closed)


def diff_versions(
    new: pa.Table, old: pa.Table | None, schema: pa.Schema, today: date, scope: Scope | None = None
) -> Merged:
    """Merge the canonical rows of a corrected table with the versions held so far.

    `new` has the schema's columns except the version columns; `old` all of them. Equal rows in `new` count
    once. `scope` says which held rows the new ones may close; None: all of them.
    """
    said = [name for name in schema.names if name not in VERSION_COLUMNS]
    new = new.select(said).cast(pa.schema([schema.field(name) for name in said]))
    if old is None or not old.num_rows:
        opened = _dated(new.group_by(said, use_threads=False).aggregate([]).select(said), schema, today)
        return Merged(opened, opened.num_rows, 0)
    old = completed(old, schema).cast(schema)
    standing = old.filter(pc.is_null(old.column("known_until")))
    history = [old.filter(pc.is_valid(old.column("known_until")))]
    if scope is not None:
        new = scope.offered(new, standing)
        spoken = scope.spoken(new, standing)
        history.append(standing.filter(pc.invert(spoken)))
        standing = standing.filter(spoken)
    return _compared(new, standing, history, schema, today)


def current(table: pa.Table) -> pa.Table:
    """The rows of a table that stand now."""
    return table.filter(pc.is_null(table.column("known_until")))


def _compared(
    new: pa.Table, standing: pa.Table, untouched: list[pa.Table], schema: pa.Schema, today: date
) -> Merged:
    listed = ", ".join(new.column_names)
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM n.{name}" for name in new.column_names)
    with duck.connection("2GB") as con:
        duck.lend(con, "offered", new)
        duck.lend(con, "o", standing)
        con.execute(f"CREATE TEMP TABLE n AS SELECT DISTINCT {listed} FROM offered")
        kept = duck.query(con, f"SELECT * FROM o SEMI JOIN n ON {same}")
        closed = duck.query(con, f"SELECT * FROM o ANTI JOIN n ON {same}")
        opened = duck.query(con, f"SELECT * FROM n ANTI JOIN o ON {same}")
    ended = closed.set_column(
        closed.column_names.index("known_until"), "known_until", pa.repeat(pa.scalar(today), closed.num_rows)
    )
    parts = [*untouched, kept, ended, _dated(opened, schema, today)]
    rows = pa.concat_tables([part.select(schema.names).cast(schema) for part in parts])
    return Merged(rows, opened.num_rows, closed.num_rows)


def _dated(rows: pa.Table, schema: pa.Schema, today: date) -> pa.Table:
    """New rows with their version columns."""
    whole = rows.append_column("known_until", pa.nulls(rows.num_rows, pa.date32()))
    whole = whole.append_column("loaded_on", pa.repeat(pa.scalar(today, pa.date32()), rows.num_rows))
    return whole.select(schema.names).cast(schema)
