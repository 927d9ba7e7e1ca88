"""A table on its way from read cells to its contract's columns."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

Own = dict[str, dict[str, str]]


@dataclass
class Step:
    """A table on its way: its rows, the school's own words, a sentence for each decision taken, and what the
    file says of itself (by its name and titles, by its headings)."""

    frame: pd.DataFrame
    own: Own
    notes: list[str]
    about: tuple[str, str] = ("", "")


def distinct(series: pd.Series, read: Callable[[str], object], kind: str) -> pd.Series:
    """`read` applied to every distinct text once; missing stays missing."""
    places, values = pd.factorize(series)
    found = pd.Series([read(str(value)) for value in values] + [None], dtype=kind)
    return found.take(places % (len(values) + 1)).reset_index(drop=True)
