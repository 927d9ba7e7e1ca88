"""The whole database as plain lines of JSON, table by table, in one snapshot; and back again.

The same form for SQLite and PostgreSQL, so that a backup of the one restores into the other.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Table, func, select, text
from sqlalchemy.orm import Session

from service.db.audit_rows import AuditRow
from service.db.base import UtcDateTime
from service.db.engine import Database
from service.db.rows import metadata
from service.db.school_rows import SchoolRow

LEFT_OUT = frozenset({"session", "counter", "sign_in_attempt", "idempotency"})
"""Of use for an hour or a day only: whoever uses a restored service signs in again."""
CHUNK = 500


def tables() -> list[Table]:
    """The tables of a backup, those that others point to first."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def every_school(database: Database) -> frozenset[str]:
    """Every school there is, or that the audit log ever named: no row may hide behind row-level security."""
    with database.reading() as tx:
        return _every_school(tx)


def _every_school(tx: Session) -> frozenset[str]:
    named = tx.scalars(select(AuditRow.school).where(AuditRow.school.is_not(None)).distinct())
    return frozenset(tx.scalars(select(SchoolRow.urn))) | frozenset(str(school) for school in named)


def snapshot(database: Database, schools: Collection[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(table, its rows as lines) of one moment. Each table's lines must be read before the next table."""
    options: dict[str, Any] = {} if database.sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        _scope(database, connection, schools)
        for table in tables():
            yield table.name, _lines(connection, table)


def _scope(database: Database, connection: Connection, schools: Collection[str]) -> None:
    if not database.sqlite:
        scope = text("select set_config('app.schools', :schools, true)")
        connection.execute(scope, {"schools": ",".join(sorted(schools))})


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=CHUNK)
    for row in connection.execute(query).mappings():
        yield json.dumps(dict(row), default=_text, ensure_ascii=False).encode() + b"\n"


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not in backups")


def fill(
    database: Database, schools: Collection[str], content: Iterable[tuple[str, Iterable[bytes]]]
) -> dict[str, int]:
    """Put tables back in one transaction; returns the number of rows of each, counted in the database."""
    with database.engine.begin() as connection:
        _scope(database, connection, schools)
        for name, lines in content:
            _insert(connection, metadata.tables[name], lines)
        if not database.sqlite:
            _continue_numbers(connection)
        connection.execute(text("ANALYZE"))  # or the first minutes' queries are planned for empty tables
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables()
        }


def _insert(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    rows: list[dict[str, Any]] = []
    for line in lines:
        rows.append(_row(table, json.loads(line)))
        if len(rows) == CHUNK:
            connection.execute(table.insert(), rows)
            rows = []
    if rows:
        connection.execute(table.insert(), rows)


def _row(table: Table, plain: dict[str, Any]) -> dict[str, Any]:
    return {name: _typed(table, name, value) for name, value in plain.items() if name in table.columns}


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _continue_numbers(connection: Connection) -> None:
    """Numbered tables go on after their last number."""
    for table in tables():
        column = table.autoincrement_column
        if column is not None:
            connection.execute(
                text(
                    f"select setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                    f'coalesce((select max("{column.name}") from "{table.name}"), 0) + 1, false)'
                )
            )
