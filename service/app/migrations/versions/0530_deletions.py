"""Who was erased, and which files have to go: written with the rows that go, worked off after them."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0530_deletions"
down_revision = "0400_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("school", sa.String(6), nullable=False),
        sa.Column("subject", sa.String(21), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_school", "erasure", ["school"])
    op.create_index("ix_erasure_subject", "erasure", ["subject"])
    op.create_table(
        "deletion",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("school", sa.String(6), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    op.create_index("ix_deletion_school", "deletion", ["school"])
    protect("erasure", "deletion")


def downgrade() -> None:
    """Take back."""
    unprotect("erasure", "deletion")
    op.drop_table("deletion")
    op.drop_table("erasure")
