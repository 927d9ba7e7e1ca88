"""What is told of a listed pupil, kept as codes; whom figures are set beside; when a list ends; why, as a code."""

import sqlalchemy as sa
from alembic import op

revision = "0540_account"
down_revision = "0530_deletions"
branch_labels = None
depends_on = None

# the sentences of the release before, whose codes take their place
CODES = {
    "we can't say for pupils of special schools and alternative provision: "
    "too few of them stand in what Belong has learned from.": "special_setting",
    "we don't give figures for this year group.": "year_group",
    "this pupil's main school is another one.": "other_registration",
    "this pupil leaves the school at the end of this term.": "leaving_year",
    "this pupil moves on to another school after this term; see the transition note.": "moving_up",
    "a permanent exclusion is under review.": "permanent_exclusion",
    "we can't say yet: Belong needs at least two terms of this school's records.": "school_history",
    "we can't say for this term: there are no behaviour records from the school.": "behaviour_records",
    "we can't say for this pupil yet, because the pupil joined too recently.": "too_few_sessions",
    "we can't say for this pupil, because more than half of sessions were missed: "
    "help with attendance comes first.": "low_attendance",
    "we can't say for this pupil, because no figure is made for them": "kept_out",
}
SCORE: tuple[tuple[str, sa.types.TypeEngine], ...] = (
    ("similar_from", sa.Double()),
    ("similar_to", sa.Double()),
    ("similar_short", sa.String(5)),
    ("account", sa.JSON()),
)
PUBLICATION: tuple[tuple[str, sa.types.TypeEngine], ...] = (
    ("year_groups", sa.JSON()),
    ("ends_on", sa.Date()),
)


def upgrade() -> None:
    """Apply."""
    for table, columns in (("score", SCORE), ("publication", PUBLICATION)):
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    _replace(CODES)


def downgrade() -> None:
    """Take back."""
    _replace({code: words for words, code in CODES.items()})
    for table, columns in (("score", SCORE), ("publication", PUBLICATION)):
        for name, _kind in columns:
            op.drop_column(table, name)


def _replace(words: dict[str, str]) -> None:
    score = sa.table("score", sa.column("abstained", sa.Text()))
    for then, now in words.items():
        op.execute(score.update().where(score.c.abstained == then).values(abstained=now))
