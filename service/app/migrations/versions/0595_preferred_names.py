"""The roll keeps preferred names, so that a row under one never goes to another pupil's legal name."""

import sqlalchemy as sa
from alembic import op

revision = "0595_preferred_names"
down_revision = "0590_new_types"
branch_labels = None
depends_on = None

COLUMNS = ("preferred_surname", "preferred_forename")


def upgrade() -> None:
    """Apply; the names come with the next pupils extract."""
    for name in COLUMNS:
        op.add_column("roll", sa.Column(name, sa.String(120), nullable=True))


def downgrade() -> None:
    """Take back."""
    for name in reversed(COLUMNS):
        op.drop_column("roll", name)
