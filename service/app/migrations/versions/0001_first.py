"""The first tables: people, schools, pupils, work, audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.core.base import UtcDateTime
from service.core.rls import protect, unprotect

revision = "0001_first"
down_revision = None

TABLES = (
    "account", "counter", "idempotency", "invitation", "session", "token", "job", "lake_file", "load",
    "problem", "school", "upload", "alias", "data_request", "do_not_score", "publication",
    "roll", "score", "timeline", "audit", "audit_seal",
)  # fmt: skip
PUPIL_TABLES = (
    "upload",
    "load",
    "lake_file",
    "problem",
    "roll",
    "timeline",
    "publication",
    "score",
    "do_not_score",
    "data_request",
)


def _text(name: str, length: int | None = None, **options: Any) -> sa.Column[Any]:
    return _column(name, sa.String(length) if length else sa.Text(), **options)


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return _column(name, UtcDateTime(), **options)


def _column(name: str, kind: Any, *, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **options)


def upgrade() -> None:
    """Make every table, then let PostgreSQL show a row only inside its schools."""
    _people()
    _schools()
    _pupils()
    _audit()
    protect(*PUPIL_TABLES)
    protect("alias", also="school = ''")


def downgrade() -> None:
    """Take every table away."""
    unprotect(*PUPIL_TABLES, "alias")
    for name in reversed(TABLES):
        op.drop_table(name)


def _people() -> None:
    op.create_table(
        "account",
        _text("id", 40, primary_key=True),
        _text("user", 200),
        _text("name", 200),
        _text("role", 40),
        _column("schools", sa.JSON()),
        _column("year_groups", sa.JSON(), null=True),
        _column("sanctions", sa.Boolean()),
        _text("password_hash", 300, null=True),
        _text("totp_sealed", 300, null=True),
        _column("totp_last", sa.Integer()),
        _text("issuer", 300, null=True),
        _text("subject", 300, null=True),
        _moment("created_at"),
        _moment("closed_at", null=True),
        sa.UniqueConstraint("user", name="uq_account_user"),
    )
    op.create_index("uq_account_issuer_subject", "account", ["issuer", "subject"], unique=True)
    op.create_table(
        "counter",
        _text("key", 200, primary_key=True),
        _column("count", sa.Integer()),
        _column("expires", sa.Double()),
    )
    op.create_table(
        "idempotency",
        _text("account_id", 40, primary_key=True),
        _text("key", 200, primary_key=True),
        _text("request_hash", 64),
        _column("status", sa.Integer()),
        _column("body", sa.JSON()),
        _moment("created_at"),
    )
    op.create_table(
        "invitation",
        _text("id", 40, primary_key=True),
        _text("secret_hash", 64),
        _text("user", 200),
        _text("role", 40),
        _column("schools", sa.JSON()),
        _column("year_groups", sa.JSON(), null=True),
        _text("by", 200),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", null=True),
        sa.UniqueConstraint("secret_hash", name="uq_invitation_secret_hash"),
    )
    op.create_table(
        "session",
        _text("id_hash", 64, primary_key=True),
        sa.Column("account_id", sa.String(40), sa.ForeignKey("account.id"), nullable=False),
        _text("csrf", 64),
        _moment("created_at"),
        _moment("seen_at"),
        _column("second_factor", sa.Boolean()),
        _moment("ended_at", null=True),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "token",
        _text("id", 40, primary_key=True),
        sa.Column("account_id", sa.String(40), sa.ForeignKey("account.id"), nullable=False),
        _text("token_hash", 64),
        _text("label", 100),
        _text("role", 40),
        _column("schools", sa.JSON()),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("last_used_at", null=True),
        _moment("ended_at", null=True),
        sa.UniqueConstraint("token_hash", name="uq_token_token_hash"),
    )
    op.create_index("ix_token_account_id", "token", ["account_id"])


def _schools() -> None:
    op.create_table(
        "job",
        _text("id", 40, primary_key=True),
        _text("kind", 40),
        _text("school", 6),
        _text("subject", 40),
        _text("step", 40),
        _text("state", 20),
        _column("fence", sa.Integer()),
        _column("leased_until", sa.Double()),
        _column("attempts", sa.Integer()),
        _column("payload", sa.JSON()),
        _text("error"),
        _text("dedupe", 100),
        _moment("created_at"),
        sa.UniqueConstraint("dedupe", name="uq_job_dedupe"),
    )
    op.create_index("ix_job_state_leased_until", "job", ["state", "leased_until"])
    op.create_table(
        "lake_file",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("school", 6),
        _text("table", 60),
        _text("term", 20),
        _text("path", 300),
        _text("sha256", 64),
        _column("rows", sa.Integer()),
        _column("first_loaded", sa.Date()),
        _text("load_id", 40),
        _text("retired_by", 40, null=True),
    )
    op.create_index("ix_lake_file_load_id", "lake_file", ["load_id"])
    op.create_index("ix_lake_file_retired_by", "lake_file", ["retired_by"])
    op.create_index("ix_lake_file_school", "lake_file", ["school"])
    op.create_table(
        "load",
        _text("id", 40, primary_key=True),
        _text("school", 6),
        _text("term", 20),
        _text("by", 200),
        _moment("at"),
        _column("counts", sa.JSON()),
        _column("contracts", sa.JSON()),
        _moment("undone_at", null=True),
        _text("undone_by", 200, null=True),
    )
    op.create_index("ix_load_school", "load", ["school"])
    op.create_table(
        "problem",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("school", 6),
        _text("upload_id", 40, null=True),
        _text("load_id", 40, null=True),
        _text("file", 300),
        _column("line", sa.Integer(), null=True),
        _text("column", 200, null=True),
        _text("rule", 100),
        _text("message"),
        _text("hint"),
        _text("table", 60, null=True),
        _text("severity", 20),
    )
    op.create_index("ix_problem_load_id", "problem", ["load_id"])
    op.create_index("ix_problem_upload_id", "problem", ["upload_id"])
    op.create_table(
        "school",
        _text("urn", 6, primary_key=True),
        _text("name", 200),
        _text("phase", 40),
        _text("mis", 40),
        _column("synthetic", sa.Boolean()),
        _column("support_places", sa.Integer(), null=True),
        _moment("created_at"),
        _moment("paused_at", null=True),
        _text("paused_by", 200, null=True),
        _text("pause_reason", null=True),
    )
    op.create_table(
        "upload",
        _text("id", 40, primary_key=True),
        _text("school", 6),
        _text("term", 20),
        _text("by", 40),
        _text("status", 20),
        _text("step", 20),
        _moment("created_at"),
        _moment("finished_at", null=True),
        _column("files", sa.JSON()),
        _column("held", sa.JSON()),
        _text("message"),
        _column("counts", sa.JSON()),
        _column("extracts", sa.JSON()),
        _column("flags_new", sa.Integer(), null=True),
        _text("approved_by", 200, null=True),
        _text("load_id", 40, null=True),
        _moment("raw_deleted_at", null=True),
    )
    op.create_index("ix_upload_school", "upload", ["school"])


def _pupils() -> None:
    op.create_table(
        "alias",
        _text("hash", 64, primary_key=True),
        _text("school", 6),
        _text("kind", 40),
        _text("pupil_id", 21),
        _text("load_id", 40),
    )
    op.create_index("ix_alias_pupil_id", "alias", ["pupil_id"])
    op.create_table(
        "data_request",
        _text("id", 40, primary_key=True),
        _text("school", 6),
        _text("pupil_id", 21, null=True),
        _text("kind", 20),
        _column("received_on", sa.Date()),
        _column("due_on", sa.Date()),
        _text("state", 20),
        _text("outcome"),
        _text("by", 40),
        _moment("closed_at", null=True),
    )
    op.create_index("ix_data_request_school", "data_request", ["school"])
    op.create_table(
        "do_not_score",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("pupil_id", 21),
        _text("school", 6),
        _text("reason", 40),
        _text("by", 40),
        _moment("at"),
        _moment("ended_at", null=True),
    )
    op.create_index("ix_do_not_score_pupil_id", "do_not_score", ["pupil_id"])
    op.create_table(
        "publication",
        _text("id", 40, primary_key=True),
        _text("school", 6),
        _text("term", 20),
        _text("model_id", 100),
        _column("synthetic", sa.Boolean()),
        _column("places", sa.Integer()),
        _text("by", 200),
        _moment("at"),
        _moment("retired_at", null=True),
        _text("load_id", 40, null=True),
    )
    op.create_index("ix_publication_school_term", "publication", ["school", "term"])
    op.create_table(
        "roll",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("pupil_id", 21),
        _text("school", 6),
        _text("term", 20),
        _text("upn", 20, null=True),
        _text("admission_number", 40, null=True),
        _text("mis_id", 40, null=True),
        _text("surname", 120, null=True),
        _text("forename", 120, null=True),
        _column("dob", sa.Date(), null=True),
        _text("sex", 1, null=True),
        _text("nc_year", 4, null=True),
        _text("registration_group", 40, null=True),
        _column("entry_date", sa.Date(), null=True),
        _column("leaving_date", sa.Date(), null=True),
        _text("enrol_status", 4, null=True),
        _text("load_id", 40),
        _text("retired_by", 40, null=True),
    )
    op.create_index("ix_roll_load_id", "roll", ["load_id"])
    op.create_index("ix_roll_pupil_id", "roll", ["pupil_id"])
    op.create_index("ix_roll_retired_by", "roll", ["retired_by"])
    op.create_index("ix_roll_school_term", "roll", ["school", "term"])
    op.create_table(
        "score",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("publication_id", 40),
        _text("pupil_id", 21),
        _text("school", 6),
        _text("term", 20),
        _column("as_of", sa.Date()),
        _column("log_odds", sa.Double(), null=True),
        _column("base_log_odds", sa.Double(), null=True),
        _column("probability", sa.Double(), null=True),
        _column("similar_pupils", sa.Integer(), null=True),
        _column("similar_suspended", sa.Integer(), null=True),
        _column("similar_low", sa.Double(), null=True),
        _column("similar_high", sa.Double(), null=True),
        _column("flagged", sa.Boolean()),
        _text("flag_list", 20, null=True),
        _column("new", sa.Boolean()),
        _text("abstained", null=True),
        _column("values", sa.JSON(), null=True),
        _column("contributions", sa.JSON(), null=True),
    )
    op.create_index("ix_score_publication_flagged", "score", ["publication_id", "flagged"])
    op.create_index("ix_score_pupil_id", "score", ["pupil_id"])
    op.create_index("uq_score_publication_pupil", "score", ["publication_id", "pupil_id"], unique=True)
    op.create_table(
        "timeline",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _text("pupil_id", 21),
        _text("school", 6),
        _text("term", 20),
        _column("events", sa.JSON()),
        _text("load_id", 40),
        _text("retired_by", 40, null=True),
    )
    op.create_index("ix_timeline_load_id", "timeline", ["load_id"])
    op.create_index("ix_timeline_pupil_id", "timeline", ["pupil_id"])
    op.create_index("ix_timeline_retired_by", "timeline", ["retired_by"])
    op.create_index("ix_timeline_school_term", "timeline", ["school", "term"])


def _audit() -> None:
    op.create_table(
        "audit",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _moment("at"),
        _text("event", 40),
        _text("actor", 40),
        _text("role", 40),
        _text("via", 20),
        _text("school", 6, null=True),
        _text("subject", 40, null=True),
        _text("purpose", 40, null=True),
        _text("request_id", 40, null=True),
        _column("detail", sa.JSON()),
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_event", "audit", ["event"])
    op.create_index("ix_audit_school", "audit", ["school"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "audit_seal",
        _column("id", sa.Integer(), primary_key=True, autoincrement=True),
        _column("first", sa.Integer()),
        _column("last", sa.Integer()),
        _column("rows", sa.Integer()),
        _text("hash", 64),
        _moment("at"),
    )
