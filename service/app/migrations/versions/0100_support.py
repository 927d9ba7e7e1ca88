"""Supports, decisions, reviews, notes, a pupil's own words; and counts about a school's setting."""

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0100_support"
down_revision = "0001_first"
branch_labels = None
depends_on = None

TABLES = (
    "support_menu", "support", "support_review", "support_view", "support_decision", "support_note",
    "pupil_voice", "known_by", "support_places", "support_practice", "setting_fact",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _offered()
    _given()
    _said()
    _about_the_school()
    protect(*TABLES)


def downgrade() -> None:
    """Take back."""
    unprotect(*TABLES)
    for table in reversed(TABLES):
        op.drop_table(table)


def _table(name: str, *columns: sa.Column) -> None:
    """A table whose rows say who wrote them, for which school, and when."""
    written: list[sa.Column] = [
        _required("id", sa.String(40)),
        _required("school", sa.String(6)),
        _required("by_account", sa.String(40)),
        _required("by_name", sa.String(200)),
        _required("at", UtcDateTime()),
    ]
    op.create_table(name, *written, *columns, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")))
    op.create_index(op.f(f"ix_{name}_school"), name, ["school"])


def _required(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _pupil() -> sa.Column:
    return _required("pupil_id", sa.String(21))


def _offered() -> None:
    _table(
        "support_menu",
        _required("about", sa.String(80)),
        _required("name", sa.String(200)),
        _required("lead", sa.String(100)),
        sa.Column("capacity", sa.Integer()),
        _required("retired", sa.Boolean()),
    )


def _given() -> None:
    _table(
        "support",
        _pupil(),
        sa.Column("menu_id", sa.String(40)),
        _required("name", sa.String(200)),
        _required("who", sa.String(200)),
        _required("starts", sa.Date()),
        sa.Column("ends", sa.Date()),
        sa.Column("review_on", sa.Date()),
        _required("aim", sa.Text()),
    )
    op.create_index("support_of_pupil", "support", ["school", "pupil_id"])
    op.create_index("support_due", "support", ["school", "review_on"])
    _table(
        "support_review",
        _pupil(),
        _required("support_id", sa.String(40)),
        _required("held_on", sa.Date()),
        _required("went", sa.String(20)),
        _required("words", sa.Text()),
        _required("next_step", sa.String(20)),
    )
    op.create_index("review_of_support", "support_review", ["support_id"])


def _said() -> None:
    _table(
        "support_view",
        _pupil(),
        _required("term", sa.String(11)),
        _required("leaning", sa.String(20)),
        _required("words", sa.Text()),
    )
    op.create_index("view_of_pupil", "support_view", ["school", "pupil_id", "term"])
    _table(
        "support_decision",
        _pupil(),
        _required("term", sa.String(11)),
        _required("kind", sa.String(20)),
        _required("known", sa.String(20)),
        _required("why", sa.Text()),
        sa.Column("support_id", sa.String(40)),
        _required("done", sa.Boolean()),
    )
    op.create_index("decision_of_pupil", "support_decision", ["school", "term", "pupil_id"])
    _table("support_note", _pupil(), _required("words", sa.Text()), _required("restricted", sa.Boolean()))
    op.create_index("note_of_pupil", "support_note", ["school", "pupil_id"])
    _table(
        "pupil_voice",
        _pupil(),
        _required("said_on", sa.Date()),
        _required("helps", sa.Text()),
        _required("hard", sa.Text()),
        _required("adult", sa.Text()),
        _required("know", sa.Text()),
        _required("read_back", sa.Boolean()),
        sa.Column("withdrawn_at", UtcDateTime()),
    )
    op.create_index("voice_of_pupil", "pupil_voice", ["school", "pupil_id"])
    _table("known_by", _pupil(), _required("how", sa.String(200)))
    op.create_index("known_by_pupil", "known_by", ["school", "pupil_id"])


def _about_the_school() -> None:
    _table(
        "support_places",
        _required("nc_year", sa.String(3)),
        _required("flag_list", sa.String(20)),
        _required("places", sa.Integer()),
    )
    _table("support_practice", _required("view_first", sa.Boolean()))
    op.create_table(
        "setting_fact",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _required("school", sa.String(6)),
        _required("term", sa.String(20)),
        _required("measure", sa.String(40)),
        _required("grouping", sa.String(40)),
        _required("name", sa.String(120)),
        _required("amount", sa.Double()),
        _required("base", sa.Double()),
        _required("pupils", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_fact")),
    )
    op.create_index("ix_setting_fact_school_term", "setting_fact", ["school", "term"])
