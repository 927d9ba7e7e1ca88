"""A feature: an indicator's declaration together with its piece of computation."""

from dataclasses import dataclass
from typing import Literal

from model.indicator import Indicator

Relation = Literal["attendance", "behaviour", "suspension_rows", "sen_rows", "subject"]
Feed = Literal["attendance", "behaviour", "suspensions", "sen", "pupils"]

ONE_ROW = ("subject", "attendance", "behaviour")
WINDOW_FLAG = {
    "half_term": "in_half_term",
    "term": "in_term",
    "last_term": "in_last_term",
    "year": "in_year",
    "last_year": "in_last_year",
    "ever": "TRUE",
    "now": "TRUE",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """`value` is SQL over the rows of one `relation` that belong to one pupil at one as-of date.

    It is an aggregate, but for ONE_ROW: there it is an expression. Attendance and behaviour have a column for
    every counter (`marks.COUNTS`, `incidents.counted`) in every window of `windows.WINDOWS`, as in
    `absent_last_term` or `incidents_year`.

    Rows are cut by known_on before the aggregate sees them. `feed` is the table that must have been loaded
    for the window, or the value is missing; `none` is the value where the table was loaded and the pupil has
    no rows. `after` names a second step over all pupils of the same school, term and year group.
    """

    indicator: Indicator
    relation: Relation
    value: str
    feed: Feed
    none: str = "NULL"
    after: Literal["", "above_mean", "share_below"] = ""

    @property
    def name(self) -> str:
        """The indicator's name."""
        return self.indicator.name


def count(test: str, window: str) -> str:
    """SQL for the number of rows that pass a test inside a window."""
    return f"count(*) FILTER ({WINDOW_FLAG[window]} AND {test})"


def window_total(counter: str, window: str) -> str:
    """A counter in a window."""
    return f"{counter}_{window}"


def window_share(part: str, whole: str, window: str, least: int = 1) -> str:
    """100 × one counter over another in a window; missing below `least` of the whole."""
    return f"CASE WHEN {whole}_{window} >= {least} THEN 100.0 * {part}_{window} / {whole}_{window} END"
