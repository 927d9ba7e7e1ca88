"""A table on its way from read cells to its contract's columns."""

from dataclasses import dataclass

import pandas as pd

from data_contracts.reading.conduct import PLAIN_REPORT, Own, Report


@dataclass
class Step:
    """A table on its way: its rows, the school's own words, a sentence for each decision taken, what the file
    says of itself (by its name and titles, by its headings), and what it says of all its rows."""

    frame: pd.DataFrame
    own: Own
    notes: list[str]
    about: tuple[str, str] = ("", "")
    report: Report = PLAIN_REPORT
