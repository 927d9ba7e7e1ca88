"""Sign-in at an identity provider; exports for the people whom records are about."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0200_life"
down_revision = "0100_support"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_sign_in_attempt"),
    )
    op.create_table(
        "subject_export",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("school", sa.String(6), nullable=False),
        sa.Column("pupil_id", sa.String(21), nullable=False),
        sa.Column("request_id", sa.String(40), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.Column("released_by", sa.String(40), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_subject_export"),
    )
    op.create_index("ix_subject_export_school", "subject_export", ["school"])
    op.create_index("ix_subject_export_pupil_id", "subject_export", ["pupil_id"])
    protect("subject_export")


def downgrade() -> None:
    """Take back."""
    unprotect("subject_export")
    op.drop_table("subject_export")
    op.drop_table("sign_in_attempt")
