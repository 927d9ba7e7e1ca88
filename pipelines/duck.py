"""The only door to DuckDB: connections, and lake files as tables of a query."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from pipelines.lake.store import Store

Connection = Any


@contextmanager
def connection(memory: str = "400MB", threads: int = 1) -> Iterator[Connection]:
    """An in-memory connection with a ceiling, so that a worker's memory stays flat; closed on leaving."""
    import duckdb

    con = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    try:
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")
        yield con
    finally:
        con.close()


def lend(con: Connection, name: str, table: Any) -> None:
    """Let a query read a pyarrow table, dataset or pandas frame under a name."""
    con.register(name, table)


def lend_files(
    con: Connection, name: str, store: Store, paths: Sequence[str], empty: pa.Schema, keep: str = "TRUE"
) -> None:
    """Let a query read lake files under a name; `keep` is an SQL condition such as a choice of buckets.

    Local files go through DuckDB's own reader, any other store through pyarrow; with no file the table is
    empty and has the columns of `empty`.
    """
    if not paths:
        con.register(name, empty.empty_table())
        return
    if store.local:
        listed = ", ".join(_quoted(store.path(path)) for path in paths)
        source = f"read_parquet([{listed}], union_by_name = true)"
    else:
        system, base = store.filesystem()
        files = ds.dataset([f"{base}/{path}" for path in paths], filesystem=system, format="parquet")
        con.register(f"{name}_files", files)
        source = f"{name}_files"
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {source} WHERE {keep}")


def query(con: Connection, sql: str) -> pa.Table:
    """The result of one query as a pyarrow table."""
    return con.sql(sql).to_arrow_table()


def ask(sql: str, tables: Mapping[str, Any], *, memory: str = "1GB", threads: int = 1) -> pa.Table:
    """One query over tables in memory, on a connection of its own."""
    with connection(memory, threads) as con:
        for name, table in tables.items():
            lend(con, name, table)
        return query(con, sql)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
