"""Lost learning by the school's decision: suspensions, internal suspension, part-time, taught elsewhere.

A suspension stands until it is cancelled or overturned; from that day on it is no input.
"""

from typing import Any

from model.indicator import Indicator, Theme, Window
from pipelines.indicators.feature import Feature, Feed, Relation, count, window_total

UNKNOWN = "Unknown: we hold no records for this time."
AFTER = ("after a suspension",)
REMOVED = ("off-site, part-time, repeated removal",)


def _lost(
    name: str, label: str, value: str, window: Window, sentence: str,
    relation: Relation = "suspension_rows", feed: Feed = "suspensions", none: str = "0", **more: Any,
) -> Feature:  # fmt: skip
    """One fact about lost learning; by default a count from the suspensions."""
    fields: dict[str, Any] = {
        "unit": "suspensions",
        "direction": 1,
        "kind": "history",
        "missing": UNKNOWN,
        "support": AFTER,
        "evidence": "suspension",
        "form": "count",
        "theme": "suspensions",
        **more,
    }
    return Feature(
        Indicator(
            name=name, label=label, family="lost_learning", source=feed, window=window, sentence=sentence,
            **fields,
        ),
        relation, value, feed, none=none,
    )  # fmt: skip


def _removals(name: str, label: str, action: str, window: Window, sentence: str) -> Feature:
    """Number of incidents that ended with a removal from lessons of one sort."""
    return _lost(
        name, label, window_total(f"{action}s", window), window, sentence, "behaviour", "behaviour",
        unit="times", kind="changeable", support=REMOVED, evidence="behaviour", direction=0,
        theme="time_out",
    )  # fmt: skip


def _sessions(
    name: str, label: str, column: str, window: Window, sentence: str, theme: Theme = "time_out"
) -> Feature:
    """Sessions marked as not at lessons by the school's decision."""
    return _lost(
        name, label, window_total(column, window), window, sentence, "attendance", "attendance",
        unit="sessions", kind="changeable", support=REMOVED, evidence="attendance_week", direction=0,
        theme=theme,
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = (
    _lost(
        "suspensions_term", "Suspensions this term", count("whole", "term"), "term",
        "Was suspended {value} time{s} this term.",
    ),
    _lost(
        "suspensions_year", "Suspensions this school year", count("whole", "year"), "year",
        "Was suspended {value} time{s} this school year.",
    ),
    _lost(
        "suspensions_last_year", "Suspensions last school year", count("whole", "last_year"), "last_year",
        "Was suspended {value} time{s} last school year.",
    ),
    _lost(
        "suspensions_ever", "Suspensions in all the time we hold", count("whole", "ever"), "ever",
        "Was suspended {value} time{s} in all the records we hold.",
    ),
    _lost(
        "suspended_sessions_year", "Sessions lost to suspension this school year",
        "coalesce(sum(sessions) FILTER (in_year AND whole), 0)", "year",
        "Lost {value} session{s} to suspension this school year.", unit="sessions", form="sum",
    ),
    _lost(
        "school_days_since_suspension", "School days since the last suspension",
        "min(as_of_school_day - school_day) FILTER (whole)", "ever",
        "The last suspension was {value} school day{s} ago.", none="NULL", unit="school days", direction=0,
        missing="No suspension in the records we hold.", at_zero="The last suspension was on the day this was counted.",
        form="extreme",
    ),
    _lost(
        "lunchtime_suspensions_year", "Lunchtime suspensions this school year",
        count("lunchtime", "year"), "year", "Was suspended over lunch {value} time{s} this school year.",
        direction=0,
    ),
    _sessions(
        "suspended_marks_term", "Sessions marked suspended this term", "suspended", "term",
        "{value} session{s} this term {were} marked as suspended.", "suspensions",
    ),
    _sessions(
        "part_time_term", "Part-time timetable this term", "part_time", "term",
        "{value} session{s} this term {were} off because of a part-time timetable.",
    ),
    _sessions(
        "elsewhere_term", "Taught elsewhere this term", "elsewhere", "term",
        "{value} session{s} this term {were} spent being taught somewhere else.",
    ),
    _removals(
        "internal_suspensions_term", "Internal suspensions this term", "internal_suspension", "term",
        "Was internally suspended {value} time{s} this term.",
    ),
    _removals(
        "internal_suspensions_year", "Internal suspensions this school year", "internal_suspension", "year",
        "Was internally suspended {value} time{s} this school year.",
    ),
    _removals(
        "removals_term", "Removals from lessons this term", "removal", "term",
        "Was removed from lessons {value} time{s} this term.",
    ),
)  # fmt: skip
