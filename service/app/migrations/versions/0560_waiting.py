"""Suggestions that wait for a person say what was seen, and who released them."""

import sqlalchemy as sa
from alembic import op

revision = "0560_waiting"
down_revision = "0550_setting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("upload", sa.Column("waits", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("upload", "waits")
