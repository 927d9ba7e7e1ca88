"""How much of a publication is about where pupils are; until when a support is planned."""

import sqlalchemy as sa
from alembic import op

revision = "0310_where"
down_revision = "0300_mappings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("publication", sa.Column("where_share", sa.JSON(), nullable=True))
    op.add_column("support", sa.Column("until", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("support", "until")
    op.drop_column("publication", "where_share")
