"""Records that earlier releases stored and this one would not: what there is, and its rewriting."""

from pathlib import Path
from typing import Any

from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.rights import Stored, correcting

SHOWN = 13


def to_correct(home: Path) -> dict[str, Stored]:
    """What would be rewritten, by school. Changes nothing."""
    with Deployment.open(home) as deployment:
        return correcting.stored(command_caller(deployment))


def correct(home: Path, *, drop_unanswered: bool = False) -> dict[str, Stored]:
    """Rewrite it; returns what was changed."""
    with Deployment.open(home) as deployment:
        return correcting.correct(command_caller(deployment), drop_new=drop_unanswered)


def as_dict(found: dict[str, Stored]) -> dict[str, Any]:
    """For scripts."""
    return {
        school: {
            "sentences": one.sentences, "concerns": one.concerns, "answered": one.answered, "new_types": dict(one.new),
        }
        for school, one in found.items()
    }  # fmt: skip


def lines(found: dict[str, Stored]) -> list[str]:
    """For a person: a line for each school and kind."""
    told = []
    for school, one in found.items():
        told.append(
            f"{school}: {one.sentences} sentences about children and {one.concerns} safeguarding concerns to take out; "
            f"{one.answered} records get the school's answer."
        )
        if one.new:
            named = ", ".join(f"'{word}' ({rows})" for word, rows in one.new.most_common(SHOWN))
            told.append(
                f"{school}: types still without an answer: {named}. See: belong types list --school {school}"
            )
    return told
