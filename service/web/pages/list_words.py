"""How often lists like this one were right, counted from a past term that the model had not seen."""

from collections.abc import Mapping
from typing import Any

from model.expected import expected_right

UNKNOWN = "We don't know yet how often lists like this are right."
FEWEST_ON_PAST_LISTS = 50
"""Fewer pupils than this on past lists tell nothing about the next."""


def how_often_right(report: Mapping[str, Any], places: int) -> str:
    """The sentence above a list of `places` pupils; UNKNOWN where past lists held too few."""
    past = report.get("test", {}).get("list", {}).get("model", {})
    flags, right = float(past.get("flags") or 0), float(past.get("right") or 0)
    if flags < FEWEST_ON_PAST_LISTS or places < 1:
        return UNKNOWN
    about, least, most = expected_right(right, flags, places)
    return (
        f"When lists were made this way in past terms, about {about} in every {places} pupils were suspended "
        f"the following term, with the support schools usually gave; between {least} and {most} in most terms. "
        f"{'Most were not. ' if 2 * about < places else ''}We can't say which. "
        "This list is a reason to look and to help, not a prediction about any child."
    )
