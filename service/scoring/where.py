"""How much of what the model says at a school is about where pupils are, not about their own records."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from model.additive import SCHOOL
from service.core.engine import Transaction
from service.schools import known_school
from service.scoring import score_store

PLACES = ("year_group", "one_lesson_share_year", "out_of_lessons_share_year")
"""Indicators about where a pupil is; beside them stands the school itself."""


def where_share(manifest: Mapping[str, Any], rows: Collection[Mapping[str, Any]]) -> dict[str, float] | None:
    """Of one school's scored rows: `expected` pupils suspended next term by the model, how many of them if
    where pupils are changed nothing (`elsewhere`), and the `share` (0 to 1) of what moves the figures that is
    about where they are. None where nobody has a figure."""
    names = [*(one["name"] for one in manifest["indicators"]), SCHOOL]
    about = [place for place, name in enumerate(names) if name in (*PLACES, SCHOOL)]
    scored = [row for row in rows if row["contributions"] is not None]
    if not scored:
        return None
    place_parts = [sum(row["contributions"][place] for place in about) for row in scored]
    own_parts = [sum(row["contributions"]) - part for row, part in zip(scored, place_parts, strict=True)]
    moved = sum(map(abs, place_parts))
    return {
        "expected": sum(_logistic(row["log_odds"]) for row in scored),
        "elsewhere": sum(
            _logistic(row["log_odds"] - part) for row, part in zip(scored, place_parts, strict=True)
        ),
        "share": moved / ((moved + sum(map(abs, own_parts))) or 1.0),
    }


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def where_share_of(tx: Transaction, school: str, term: str) -> dict[str, float] | None:
    """How much of a term's figures is about where pupils are: of the school, no pupil in it."""
    live = score_store.publication(tx, school, term)
    return None if live is None or known_school(tx, school).halted_at is not None else live.where_share
