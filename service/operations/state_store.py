"""Facts about the database itself, for those who look after it."""

from typing import Any

from sqlalchemy import func, select, text

from service.core.base import now
from service.core.engine import Database
from service.core.job_rows import JobRow
from service.rights import metadata


def ping(database: Database) -> None:
    """Raise what the driver raises where the database doesn't answer."""
    with database.reading() as tx:
        tx.execute(text("select 1"))


def jobs_by_state(database: Database) -> dict[str, int]:
    """How many jobs wait, run, are done or failed."""
    with database.reading() as tx:
        counted = select(JobRow.state, func.count()).group_by(JobRow.state)
        return {str(state): int(count) for state, count in tx.execute(counted)}


def oldest_wait(database: Database) -> float:
    """Seconds for which the oldest job that is not over has waited; 0 where none waits."""
    with database.reading() as tx:
        oldest = tx.scalar(
            select(JobRow.created_at)
            .where(JobRow.state.in_(("waiting", "running")))
            .order_by(JobRow.created_at)
            .limit(1)
        )
    return 0.0 if oldest is None else max(0.0, (now() - oldest).total_seconds())


def role_powers(database: Database) -> dict[str, bool]:
    """What PostgreSQL lets the application's role do beyond its work; {} on SQLite, which has no roles."""
    if database.sqlite:
        return {}
    with database.reading() as tx:
        row: Any = tx.execute(
            text("select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user")
        ).one()
        owns = tx.scalar(
            text("select count(*) from pg_tables where schemaname = 'public' and tableowner = current_user")
        )
        changes = tx.scalar(
            text("select has_table_privilege(current_user, 'audit', 'UPDATE, DELETE, TRUNCATE')")
        )
        becomes = tx.scalar(
            text(
                "select count(*) from pg_roles where rolname <> current_user "
                "and pg_has_role(current_user, oid, 'MEMBER') and (rolsuper or rolbypassrls or rolname in "
                "(select tableowner from pg_tables where schemaname = 'public'))"
            )
        )
    return {
        "superuser": bool(row[0]),
        "bypasses row-level security": bool(row[1]),
        "owns tables": bool(owns),
        "may change the audit log": bool(changes),
        "may become the tables' owner or one whom row-level security does not hold": bool(becomes),
    }


def unprotected_tables(database: Database) -> list[str]:
    """Tables with a school that row-level security does not guard; [] on SQLite."""
    if database.sqlite:
        return []
    free = {"job", "audit", "school"}
    with database.reading() as tx:
        guarded = set(
            tx.scalars(text("select relname from pg_class where relrowsecurity and relforcerowsecurity"))
        )
    return sorted(
        table.name
        for table in metadata.tables.values()
        if "school" in table.columns and table.name not in guarded | free
    )
