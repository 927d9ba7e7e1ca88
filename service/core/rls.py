"""Row-level security on PostgreSQL: a row of another school does not exist. SQLite has none."""

from alembic import op

POLICY = "own_schools"
IN_SCOPE = "school = any(string_to_array(nullif(current_setting('app.schools', true), ''), ','))"


def on_postgres() -> bool:
    """True where the migration runs on PostgreSQL."""
    return op.get_context().dialect.name == "postgresql"


def protect(*tables: str, also: str = "false") -> None:
    """Let a table's rows be seen and written only inside the transaction's schools."""
    if not on_postgres():
        return
    for table in tables:
        rule = f"({IN_SCOPE}) or {also}"
        op.execute(f'alter table "{table}" enable row level security')
        op.execute(f'alter table "{table}" force row level security')
        op.execute(f'create policy {POLICY} on "{table}" using ({rule}) with check ({rule})')


def unprotect(*tables: str) -> None:
    """Take the policy away again, as a migration down does."""
    if not on_postgres():
        return
    for table in tables:
        op.execute(f'drop policy if exists {POLICY} on "{table}"')
        op.execute(f'alter table "{table}" no force row level security')
        op.execute(f'alter table "{table}" disable row level security')
