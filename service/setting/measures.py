"""What is measured of a school's setting, and how each measure is said."""

from dataclasses import dataclass

from data_contracts.codes import code_set


@dataclass(frozen=True, slots=True)
class Measure:
    """How one measure is said: its words, its unit, and how many of the base its figure is out of.

    `plural` and `verb` make its sentences; `least` is the smallest change of its figure that is news.
    """

    name: str
    words: str
    unit: str
    per: float
    digits: int
    plural: bool = True
    least: float = 0.5

    @property
    def verb(self) -> str:
        """`is` or `are`."""
        return "are" if self.plural else "is"


MEASURES = (
    Measure("absence", "Absence", "% of sessions", 100, 1, plural=False),
    Measure("late", "Late", "% of sessions", 100, 1, plural=False),
    Measure("incidents", "Behaviour records", "per 100 pupils", 100, 0, least=5),
    Measure("positive", "Positive records", "per 100 pupils", 100, 0, least=5),
    Measure("suspensions", "Suspensions", "per 100 pupils", 100, 1),
    Measure("sessions_lost", "Sessions lost to suspension", "per 100 pupils", 100, 0, least=5),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
BY_YEAR = tuple(measure for measure in MEASURES if measure.name != "late")
WEEKLY = tuple(BY_NAME[name] for name in ("absence", "incidents", "suspensions"))
OF_SESSIONS = ("absence", "late")
GROUPINGS = (
    ("incidents", "lesson", "Behaviour records by lesson"),
    ("incidents", "weekday", "Behaviour records by day"),
    ("incidents", "hour", "Behaviour records by time of day"),
    ("incidents", "type", "What was recorded"),
    ("suspensions", "reason", "Why pupils were suspended: the first reason given"),
)
PRACTICE = (
    ("no_records", "School weeks without any behaviour record"),
    ("with_place", "Records that name the lesson or the time (%)"),
    ("positive_share", "Positive records (% of all records)"),
    ("kinds", "Kinds of record in use"),
)
"""How consistently a school records. A change here can look like a change in behaviour."""

CODES = {"type": "behaviour_types", "reason": "exclusion_reasons"}
LONG_NAMES = ("Persistent or general disruptive", "Persistent disruptive")


def group_words(grouping: str, name: str) -> str:
    """A group's name as a person says it; codes become their labels."""
    codes = code_set(CODES[grouping]) if grouping in CODES else None
    if codes is None or name not in codes:
        return name.replace("_", " ").capitalize() if grouping in CODES else name
    label = codes[name].label
    for long in LONG_NAMES:
        label = label.replace(long, "Disruptive")
    return label
