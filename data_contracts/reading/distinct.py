"""Reading each distinct text of a column once."""

from collections.abc import Callable

import pandas as pd


def each_distinct(series: pd.Series, read: Callable[[str], object], kind: str) -> pd.Series:
    """`read` applied to every distinct text once; missing stays missing."""
    places, values = pd.factorize(series)
    found = pd.Series([read(str(value)) for value in values] + [None], dtype=kind)
    return found.take(places % (len(values) + 1)).reset_index(drop=True)
