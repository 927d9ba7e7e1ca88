"""A closed account gives its sign-in name free; what waits for an account, who made a token, what was withdrawn."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import on_postgres

revision = "0510_promises"
down_revision = "0570_menu"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at is null")


def upgrade() -> None:
    """Apply."""
    _without_foreign_keys()
    with op.batch_alter_table("account") as account:
        account.drop_index("uq_account_issuer_subject")
        account.drop_constraint("uq_account_user", type_="unique")
    for name, columns in (
        ("uq_account_open_user", ["user"]),
        ("uq_account_open_identity", ["issuer", "subject"]),
    ):
        op.create_index(name, "account", columns, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.add_column("token", sa.Column("by", sa.String(40), nullable=False, server_default=""))
    op.execute(
        'update token set "by" = coalesce((select min(actor) from audit '
        "where audit.event = 'token_issued' and audit.subject = token.id), '')"
    )
    for column in (
        sa.Column("kind", sa.String(10), nullable=False, server_default="join"),
        sa.Column("account_id", sa.String(40), nullable=True),
        sa.Column("name", sa.String(200), nullable=False, server_default=""),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("invitation", column)


def downgrade() -> None:
    """Take back. What only the newer release knows goes: waiting changes and new passwords, withdrawn invitations.

    Of accounts that share a sign-in name or an identity, the closed ones keep it with their id behind it.
    """
    op.execute("delete from invitation where kind <> 'join' or withdrawn_at is not null")
    for name in ("kind", "account_id", "name", "withdrawn_at"):
        op.drop_column("invitation", name)
    op.drop_column("token", "by")
    op.execute(
        'update account set "user" = substr("user", 1, 170) || \' \' || id '
        "where closed_at is not null and exists (select 1 from account other "
        'where other."user" = account."user" and other.id <> account.id)'
    )
    op.execute("update account set issuer = null, subject = null where closed_at is not null")
    _without_foreign_keys()
    op.drop_index("uq_account_open_identity", "account")
    op.drop_index("uq_account_open_user", "account")
    with op.batch_alter_table("account") as account:
        account.create_unique_constraint("uq_account_user", ["user"])
    op.create_index("uq_account_issuer_subject", "account", ["issuer", "subject"], unique=True)


def _without_foreign_keys() -> None:
    """SQLite takes a constraint away by making the table anew, which sessions and tokens that point at its rows
    would forbid. It heeds this switch between transactions only, and this connection ends with the migration."""
    if on_postgres():
        return
    connection = op.get_bind()
    connection.exec_driver_sql("commit")
    connection.exec_driver_sql("pragma foreign_keys=off")
    connection.exec_driver_sql("begin immediate")
