"""The whole database as plain lines of JSON, table by table, in one snapshot; and back again.

The same form for SQLite and PostgreSQL, so that a backup of the one restores into the other.
"""

import itertools
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Table,
    TableClause,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from data_contracts.errors import Refused
from service.core.audit import no_event
from service.core.audit.audit_rows import AuditRow
from service.core.base import UtcDateTime
from service.core.engine import Database
from service.rights import metadata
from service.schools import SchoolRow

LEFT_OUT = frozenset({"session", "counter", "sign_in_attempt", "idempotency"})
"""Of use for an hour or a day only: whoever uses a restored service signs in again."""
CHUNK = 500


def tables() -> list[Table]:
    """The tables of a backup, those that others point to first."""
    return [known for known in metadata.sorted_tables if known.name not in LEFT_OUT]


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
        for known in tables():
            yield known.name, _lines(connection, known)


def _scope(database: Database, connection: Connection, schools: Collection[str]) -> None:
    if not database.sqlite:
        scope = text("select set_config('app.schools', :schools, true)")
        connection.execute(scope, {"schools": ",".join(sorted(schools))})


def _lines(connection: Connection, known: Table) -> Iterator[bytes]:
    query = select(known).order_by(*known.primary_key.columns).execution_options(yield_per=CHUNK)
    for row in connection.execute(query).mappings():
        yield json.dumps(dict(row), default=_text, ensure_ascii=False).encode() + b"\n"


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not in backups")


@no_event("a restore puts back what was told; the restore is told")
def fill(
    database: Database, schools: Collection[str], content: Iterable[tuple[str, Iterable[bytes]]]
) -> dict[str, int]:
    """Put tables back in one transaction; returns the number of rows of each, counted in the database.

    The database may stand at an earlier revision than this release's: only tables and columns it has are filled.
    Raises Refused for rows that it does not take.
    """
    with database.engine.begin() as connection:
        _scope(database, connection, schools)
        there = _there(connection)
        for name, lines in content:
            if name not in there:
                raise Refused(f"The backup holds a table {name[:60]!r} that its own release did not have.")
            _insert(connection, there[name], lines)
        if not database.sqlite:
            _continue_numbers(connection, there)
        connection.execute(text("ANALYZE"))  # or the first minutes' queries are planned for empty tables
        return {
            name: connection.scalar(select(func.count()).select_from(one)) or 0 for name, one in there.items()
        }


def _there(connection: Connection) -> dict[str, TableClause]:
    """The tables of backups that the database has at its revision, with the columns it has."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    return {
        known.name: table(
            known.name,
            *(column(one["name"], known.columns[one["name"]].type)
              for one in inspector.get_columns(known.name) if one["name"] in known.columns),
        )
        for known in tables() if known.name in names
    }  # fmt: skip


def _insert(connection: Connection, into: TableClause, lines: Iterable[bytes]) -> None:
    try:
        for some in _some(lines):
            connection.execute(into.insert(), [_row(into, json.loads(line)) for line in some])
    except (DBAPIError, StatementError, ValueError, TypeError, AttributeError) as problem:
        kind = type(getattr(problem, "orig", None) or problem).__name__
        raise Refused(
            f"The database does not take a row of {into.name} ({kind}); nothing was restored.",
            hint="Use another backup.",
        ) from problem


def _some(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines, some hundred at a time."""
    waiting = iter(lines)
    while some := list(itertools.islice(waiting, CHUNK)):
        yield some


def _row(into: TableClause, plain: dict[str, Any]) -> dict[str, Any]:
    return {name: _typed(into, name, value) for name, value in plain.items() if name in into.columns}


def _typed(into: TableClause, name: str, value: Any) -> Any:
    kind = into.columns[name].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _continue_numbers(connection: Connection, there: Collection[str]) -> None:
    """Numbered tables go on after their last number."""
    for known in tables():
        numbered = known.autoincrement_column
        if numbered is not None and known.name in there:
            connection.execute(
                text(
                    f"select setval(pg_get_serial_sequence('{known.name}', '{numbered.name}'), "
                    f'coalesce((select max("{numbered.name}") from "{known.name}"), 0) + 1, false)'
                )
            )
