"""The only door to DuckDB: connections, and tables lent to a query."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

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


def query(con: Connection, sql: str) -> pa.Table:
    """The result of one query as a pyarrow table."""
    return con.sql(sql).to_arrow_table()


def ask(sql: str, tables: Mapping[str, Any], *, memory: str = "1GB", threads: int = 1) -> pa.Table:
    """One query over tables in memory, on a connection of its own."""
    with connection(memory, threads) as con:
        for name, table in tables.items():
            lend(con, name, table)
        return query(con, sql)
