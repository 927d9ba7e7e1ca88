"""Surname and forename out of the cells that name a pupil."""

import re
from collections.abc import Callable

import pandas as pd

from data_contracts.reading.distinct import each_distinct
from data_contracts.reading.step import Step

_IN_BRACKETS = re.compile(r"\([^()]*\)\Z")


def _split_name(text: str) -> tuple[str, str]:
    """Surname and forename; what stands in brackets behind them (a form, a short name) is no part of either."""
    text = _IN_BRACKETS.sub("", text.rstrip()).rstrip()
    surname, comma, forename = text.partition(",")
    if comma:
        return surname.strip(), forename.strip()
    forenames, _, last = text.strip().rpartition(" ")
    return last, forenames


def _name_part(part: int) -> Callable[[str], str | None]:
    return lambda text: _split_name(text)[part] or None


def _known_as(text: str) -> str:
    """A preferred name as a whole one: one word alone is a forename."""
    return text if " " in text.strip() or "," in text else f", {text}"


def _split(step: Step, cell: str, prefix: str = "") -> None:
    texts = each_distinct(step.frame[cell], _known_as, "str") if prefix else step.frame[cell]
    for part, name in enumerate(("surname", "forename")):
        if f"{prefix}{name}" not in step.frame:
            step.frame[f"{prefix}{name}"] = each_distinct(texts, _name_part(part), "str")


def _preferred_instead(frame: pd.DataFrame) -> None:
    """A file that gives only the preferred name."""
    for name in ("surname", "forename"):
        if name not in frame and f"preferred_{name}" in frame:
            frame[name] = frame[f"preferred_{name}"]


def row_names(step: Step) -> None:
    """The name of the pupil a row is about, in two cells."""
    if "full_name" in step.frame:
        _split(step, "full_name")
        step.notes.append("Surname and forename were taken from one cell.")
    if not {"surname", "forename"} & set(step.frame):
        _preferred_instead(step.frame)


def pupil_names(step: Step) -> None:
    """Legal and preferred name of a pupil. A preferred name of one word is a forename."""
    frame = step.frame
    if "full_name" in frame and not {"surname", "forename"} <= set(frame):
        _split(step, "full_name")
        step.notes.append("Surname and forename were taken from one cell.")
    if "preferred_name" in frame:
        _split(step, "preferred_name", "preferred_")
        if {"surname", "forename"} <= set(frame):
            step.notes.append("The preferred name was taken from one cell.")
    _preferred_instead(frame)
