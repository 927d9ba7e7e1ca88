"""The journeys that every face shares: command line, demo, worker and tests go these ways."""

from service.accounts.from_machine import (
    add_user,
    change_user,
    close_user,
    invitation_code,
    invite_administrator,
    invite_user,
    issue_token,
    list_schools,
    list_users,
    open_invitations,
    pause_everything,
    pause_school,
    register_school,
    reset_password,
    resume_everything,
    resume_school,
    withdraw_invitation,
)
from service.lists.files import pack_lake, write_lake_manifest, write_scores
from service.models.handing_out import export_model
from service.models.learning import (
    export_shap,
    model_report,
    promote_model,
    refit_model,
    rollback_model,
    train_model,
)
from service.pupils.from_machine import explain_pupil, pupil_changes, pupil_families
from service.scoring.from_machine import score_term
from service.scoring.watching import compare_models, monitor, plain_list, write_card
from service.uploads.from_machine import load_folder, load_trust, schools_below

__all__ = [
    "add_user",
    "change_user",
    "close_user",
    "compare_models",
    "explain_pupil",
    "export_model",
    "export_shap",
    "invitation_code",
    "invite_administrator",
    "invite_user",
    "issue_token",
    "list_schools",
    "list_users",
    "load_folder",
    "load_trust",
    "model_report",
    "monitor",
    "open_invitations",
    "pack_lake",
    "pause_everything",
    "pause_school",
    "plain_list",
    "promote_model",
    "pupil_changes",
    "pupil_families",
    "refit_model",
    "register_school",
    "reset_password",
    "resume_everything",
    "resume_school",
    "rollback_model",
    "schools_below",
    "score_term",
    "train_model",
    "withdraw_invitation",
    "write_card",
    "write_lake_manifest",
    "write_scores",
]
