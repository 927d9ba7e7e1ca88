"""Layouts that a person confirmed, kept by the school."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0300_mappings"
down_revision = "0200_life"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mapping",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("school", sa.String(6), nullable=False),
        sa.Column("table", sa.String(60), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("confirmed_by", sa.String(40), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mapping"),
    )
    op.create_index("ix_mapping_school", "mapping", ["school"])
    protect("mapping")


def downgrade() -> None:
    """Take back."""
    unprotect("mapping")
    op.drop_table("mapping")
