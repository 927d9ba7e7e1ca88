"""Types of incident that wait for a school's answer."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0590_new_types"
down_revision = "0560_waiting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "new_type",
        sa.Column("school", sa.String(6), nullable=False),
        sa.Column("term", sa.String(20), nullable=False),
        sa.Column("word", sa.String(120), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("school", "term", "word", name="pk_new_type"),
    )
    protect("new_type")


def downgrade() -> None:
    """Take back."""
    unprotect("new_type")
    op.drop_table("new_type")
