"""The audit log can only grow: SQLite refuses what PostgreSQL does not grant to the application."""

from alembic import op

from service.core.rls import on_postgres

revision = "0400_audit"
down_revision = "0310_where"
branch_labels = None
depends_on = None

TABLES = ("audit", "audit_seal")
CHANGES = ("update", "delete")


def upgrade() -> None:
    """Apply."""
    if on_postgres():
        return
    for table in TABLES:
        for change in CHANGES:
            op.execute(
                f"create trigger {table}_no_{change} before {change} on {table} "
                "begin select raise(abort, 'the audit log can only grow'); end"
            )


def downgrade() -> None:
    """Take back."""
    if on_postgres():
        return
    for table in TABLES:
        for change in CHANGES:
            op.execute(f"drop trigger if exists {table}_no_{change}")
