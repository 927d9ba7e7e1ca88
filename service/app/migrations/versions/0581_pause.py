"""Who paused a school counts by their role, and one switch pauses the whole deployment."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime

revision = "0581_pause"
down_revision = "0580_seals"
branch_labels = None
depends_on = None

COLUMNS: dict[str, Any] = {
    "paused_role": sa.String(40),
    "stopped_at": UtcDateTime(),
    "stopped_by": sa.String(200),
    "stopped_role": sa.String(40),
    "stop_reason": sa.Text(),
}


def upgrade() -> None:
    """Apply; a pause that stands is its account's."""
    for name, kind in COLUMNS.items():
        op.add_column("school", sa.Column(name, kind, nullable=True))
    op.execute(
        "update school set paused_role = (select role from account where account.id = school.paused_by) "
        "where paused_at is not null"
    )


def downgrade() -> None:
    """Take back."""
    for name in reversed(COLUMNS):
        op.drop_column("school", name)
