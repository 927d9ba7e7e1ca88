"""How often lists like this one were right, counted from a past term that the model had not seen."""

from collections.abc import Mapping
from typing import Any

from model.expected import expected_right

UNKNOWN = "We don't know yet how often lists like this are right."
FEWEST_ON_PAST_LISTS = 20
"""Fewer pupils than this on past lists tell too little about the next; the range says how little."""


def how_often_right(report: Mapping[str, Any], places: int, flag_list: str | None = None) -> str:
    """The sentence above one of the two lists (or, without a name, both), `places` pupils long; UNKNOWN after
    too few past pupils."""
    test = report.get("test", {})
    past = test.get("lists", {}).get(flag_list, {}) if flag_list else test.get("list", {}).get("model", {})
    flags, right = float(past.get("flags") or 0), float(past.get("right") or 0)
    if flags < FEWEST_ON_PAST_LISTS or places < 1:
        return UNKNOWN
    about, least, most = expected_right(right, flags, places)
    return (
        f"When lists were made this way in past terms, about {about} in every {places} pupils were suspended "
        f"the following term, with the support schools usually gave; between {least} and {most} in most terms. "
        f"{'Most were not. ' if 2 * about < places else ''}Nobody can tell which. "
        "This list is a reason to look and to help, not a prediction about any child."
    )
