"""Scoring a term with the model in use, publishing what comes out, and what is told of each suggestion."""

from service.scoring import score_rows, score_store, telling
from service.scoring.audience import audience_of
from service.scoring.from_machine import latest_score
from service.scoring.publishing import UNLISTED, Progress, check_scorable
from service.scoring.score_rows import PublicationRow, ScoreRow
from service.scoring.telling import ends_on, no_figure_words, retell
from service.scoring.terms import published_terms
from service.scoring.where import where_share_of

__all__ = [
    "UNLISTED",
    "Progress",
    "PublicationRow",
    "ScoreRow",
    "audience_of",
    "check_scorable",
    "ends_on",
    "latest_score",
    "no_figure_words",
    "published_terms",
    "retell",
    "score_rows",
    "score_store",
    "telling",
    "where_share_of",
]
