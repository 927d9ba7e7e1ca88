"""From a suggestion to help: a school’s menu, views, decisions, supports, reviews, notes, pupils’ own words."""

from service.support import decisions, menu, notes, response_chart, support_rows, support_store, supports
from service.support.checklist import checklist_for
from service.support.decisions import Decided
from service.support.fitting import offers_that_fit
from service.support.meanwhile import Meanwhile
from service.support.menu import Offer
from service.support.notes import Voice, VoiceGiven
from service.support.record import PupilRecord, record_of
from service.support.response import Response, response_to
from service.support.supports import REVIEW_AFTER, ReviewFound, Support, SupportPlan
from service.support.words import (
    DECISION_DONE,
    DECISION_HINTS,
    DECISION_WORDS,
    KNOWN_WORDS,
    LEANING_WORDS,
    LIST_WORDS,
    NEXT_WORDS,
    WENT_WORDS,
    Decision,
    FlagList,
    Known,
    Leaning,
    Next,
    Went,
)

__all__ = [
    "DECISION_DONE",
    "DECISION_HINTS",
    "DECISION_WORDS",
    "KNOWN_WORDS",
    "LEANING_WORDS",
    "LIST_WORDS",
    "NEXT_WORDS",
    "REVIEW_AFTER",
    "WENT_WORDS",
    "Decided",
    "Decision",
    "FlagList",
    "Known",
    "Leaning",
    "Meanwhile",
    "Next",
    "Offer",
    "PupilRecord",
    "Response",
    "ReviewFound",
    "Support",
    "SupportPlan",
    "Voice",
    "VoiceGiven",
    "Went",
    "checklist_for",
    "decisions",
    "menu",
    "notes",
    "offers_that_fit",
    "record_of",
    "response_chart",
    "response_to",
    "support_rows",
    "support_store",
    "supports",
]
