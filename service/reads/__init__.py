"""What pages and API show, read once for both: each read checks the scope and writes its audit event."""

from service.reads.cards import Card, PupilFacts, card_for, explanation_for, who_can_see
from service.reads.flags import AbstainedLine, FlagLine, FlagPage, flags_for
from service.reads.models import model_card, model_report, served_model
from service.reads.schools import SchoolLine, schools_of, terms_of
from service.reads.uploads import UploadStatus, problems_of, upload_status, uploads_of

__all__ = [
    "AbstainedLine",
    "Card",
    "FlagLine",
    "FlagPage",
    "PupilFacts",
    "SchoolLine",
    "UploadStatus",
    "card_for",
    "explanation_for",
    "flags_for",
    "model_card",
    "model_report",
    "problems_of",
    "schools_of",
    "served_model",
    "terms_of",
    "upload_status",
    "uploads_of",
    "who_can_see",
]
