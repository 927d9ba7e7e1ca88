"""What a school changed on a day; what sessions were counted from; no figure for a feed never loaded."""

import sqlalchemy as sa
from alembic import op

from service.core.rls import on_postgres, protect, unprotect

revision = "0550_setting"
down_revision = "0510_promises"
branch_labels = None
depends_on = None

FEEDS = {
    "attendance": ("absence", "late"),
    "behaviour": ("incidents", "positive", "practice"),
    "suspensions": ("suspensions", "sessions_lost"),
}


def upgrade() -> None:
    """Apply."""
    op.add_column("setting_fact", sa.Column("source", sa.String(10), nullable=False, server_default=""))
    op.create_table(
        "setting_change",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("school", sa.String(6), nullable=False, index=True),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(120), nullable=False),
        sa.Column("by_account", sa.String(40), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    protect("setting_change")
    _only_what_was_loaded()


def downgrade() -> None:
    """Take back."""
    unprotect("setting_change")
    op.drop_table("setting_change")
    op.drop_column("setting_fact", "source")


def _only_what_was_loaded() -> None:
    """Nothing that was never loaded stands as zero; absence of before is marked as counted by school days."""
    _forced("no force")
    for feed, measures in FEEDS.items():
        named = ", ".join(f"'{measure}'" for measure in measures)
        op.execute(
            f"delete from setting_fact where measure in ({named}) and not exists ("
            "select 1 from lake_file where lake_file.school = setting_fact.school "
            "and lake_file.term = setting_fact.term and lake_file.retired_by is null "
            f"and lake_file.\"table\" = '{feed}')"
        )
    op.execute("update setting_fact set source = 'calendar' where measure in ('absence', 'late')")
    _forced("force")


def _forced(words: str) -> None:
    """Whoever owns the tables may count through all schools while they are changed."""
    if on_postgres():
        for table in ("setting_fact", "lake_file"):
            op.execute(f"alter table {table} {words} row level security")
