"""The closed list of what the audit log can say, and what its details may hold."""

import re
from enum import StrEnum
from typing import Any

CODE = re.compile(r"[A-Za-z0-9_.:\-]{0,80}")


class Event(StrEnum):
    """Everything that is audited. A new kind of event is a change of this file."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_INVITED = "account_invited"
    INVITATION_VOUCHED = "invitation_vouched"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    CHANGE_ASKED = "change_asked"
    RESET_MADE = "reset_made"
    TOKEN_ISSUED = "token_issued"  # noqa: S105
    TOKEN_ENDED = "token_ended"  # noqa: S105
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_ENDED = "second_factor_ended"
    IDENTITY_LINKED = "identity_linked"
    SCHOOL_REGISTERED = "school_registered"
    SCHOOL_PAUSED = "school_paused"
    SCHOOL_RESUMED = "school_resumed"
    UPLOAD_RECEIVED = "upload_received"
    UPLOAD_READ = "upload_read"
    UPLOAD_VALUES_READ = "upload_values_read"
    UPLOAD_HELD = "upload_held"
    UPLOAD_APPROVED = "upload_approved"
    UPLOAD_REFUSED = "upload_refused"
    MAPPING_CONFIRMED = "mapping_confirmed"
    MAPPING_REMOVED = "mapping_removed"
    LOAD_COMMITTED = "load_committed"
    LOAD_UNDONE = "load_undone"
    SUGGESTIONS_WAIT = "suggestions_wait"
    SUGGESTIONS_RELEASED = "suggestions_released"
    SCORES_PUBLISHED = "scores_published"
    MODEL_TRAINED = "model_trained"
    MODEL_PROMOTED = "model_promoted"
    MODEL_ROLLED_BACK = "model_rolled_back"
    FLAGS_READ = "flags_read"
    PUPIL_READ = "pupil_read"
    SETTING_READ = "setting_read"
    SETTING_CHANGED = "setting_changed"
    VIEW_RECORDED = "view_recorded"
    DECISION_RECORDED = "decision_recorded"
    SUPPORT_CHANGED = "support_changed"
    NOTE_WRITTEN = "note_written"
    NOTE_READ = "note_read"
    VOICE_RECORDED = "voice_recorded"
    VOICE_WITHDRAWN = "voice_withdrawn"
    REVIEW_KEPT = "review_kept"
    PLACES_CHANGED = "places_changed"
    MENU_CHANGED = "menu_changed"
    PACK_PRINTED = "pack_printed"
    EXPORT_MADE = "export_made"
    AUDIT_READ = "audit_read"
    DO_NOT_SCORE_SET = "do_not_score_set"
    DO_NOT_SCORE_ENDED = "do_not_score_ended"
    REQUEST_RECORDED = "request_recorded"
    REQUEST_EXTENDED = "request_extended"
    REQUEST_CLOSED = "request_closed"
    SUBJECT_EXPORT_PREPARED = "subject_export_prepared"
    SUBJECT_EXPORTED = "subject_exported"
    PUPIL_ERASED = "pupil_erased"
    RETENTION_KEPT = "retention_kept"
    RETENTION_WAITS = "retention_waits"
    RETENTION_CONFIRMED = "retention_confirmed"
    RETENTION_REFUSED = "retention_refused"
    RECORDS_CORRECTED = "records_corrected"
    KEY_ROTATED = "key_rotated"
    BACKUP_KEY_ADDED = "backup_key_added"
    BACKUP_MADE = "backup_made"
    RESTORED = "restored"
    DECOMMISSIONED = "decommissioned"


def plain_detail(detail: dict[str, Any]) -> dict[str, Any]:
    """The detail, if it holds codes, ids and numbers alone; ValueError for anything that could be a name."""
    for key, value in detail.items():
        parts = value if isinstance(value, list | tuple) else [value]
        if not CODE.fullmatch(key) or not all(_is_plain(part) for part in parts):
            raise ValueError(f"the audit log takes codes and numbers only, not what {key!r} holds")
    return {key: list(value) if isinstance(value, tuple) else value for key, value in detail.items()}


EVERY = "*"
"""Every school of a deployment: the one sign that is no code and no name either."""


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and (value == EVERY or CODE.fullmatch(value) is not None)
