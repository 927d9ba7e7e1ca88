"""SEN and the pupil's place at school: provision, change, what is due, time since joining, moves.

Provision has no sign: support carries more risk than a plan. Need types are not inputs.
"""

from typing import Any

from model.indicator import Indicator
from pipelines.indicators.feature import Feature

UNKNOWN = "We hold no SEN records for this school and term."
REVIEW = ("SEN support unreviewed, need unclear",)
ARRIVAL = ("Y6→7, arrival in mid-year",)


def _sen(name: str, label: str, value: str, sentence: str, **more: Any) -> Feature:
    """One fact from the SEN records standing at the as-of date."""
    fields: dict[str, Any] = {
        "unit": "yes or no",
        "window": "now",
        "direction": 0,
        "kind": "context",
        "missing": UNKNOWN,
        "support": REVIEW,
        "evidence": "sen",
        "form": "state",
        "theme": "sen",
        **more,
    }
    return Feature(
        Indicator(
            name=name, label=label, family="sen", source="sen", sentence=sentence,
            **fields,
        ),
        "sen_rows", value, "sen", none="0",
    )  # fmt: skip


def _place(name: str, label: str, value: str, unit: str, sentence: str, **more: Any) -> Feature:
    """One fact about where the pupil stands in the school's course."""
    fields: dict[str, Any] = {
        "kind": "context",
        "missing": "Not in the school's pupil extract.",
        "support": ARRIVAL,
        "form": "state",
        "theme": "moves",
        **more,
    }
    return Feature(
        Indicator(
            name=name, label=label, family="sen", source="pupils", unit=unit, window="now", direction=0,
            sentence=sentence,
            **fields,
        ),
        "subject", value, "pupils",
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = (
    _sen(
        "sen_support", "SEN support", "CAST(max(provision_rank) FILTER (standing) = 1 AS INTEGER)",
        "SEN support is recorded.",
        otherwise="SEN support is not recorded.",
    ),
    _sen(
        "sen_plan", "Education, health and care plan",
        "CAST(max(provision_rank) FILTER (standing) = 2 AS INTEGER)",
        "An education, health and care plan is recorded.",
        otherwise="No education, health and care plan is recorded.",
    ),
    _sen(
        "sen_changed_year", "SEN provision changed this school year",
        "CAST(count(*) FILTER (in_year AND provision_rank > 0) > 0 AS INTEGER)",
        "SEN provision was changed or begun this school year.",
        otherwise="SEN provision stayed as it was this school year.", window="year",
    ),
    _sen(
        "sen_review_overdue", "SEN review overdue",
        "coalesce(max(as_of_school_day - review_school_day) FILTER (standing AND review_date < as_of), 0)",
        "The SEN review has been due for {value} school day{s}.", unit="school days", kind="changeable", form="extreme",
    ),
    _sen(
        "sen_need_not_assessed", "Need not yet assessed",
        "CAST(count(*) FILTER (standing AND provision_rank = 1) > 0 AND"
        " count(*) FILTER (standing AND provision_rank > 0 AND need_type IS NOT NULL"
        " AND need_type <> 'NSA') = 0 AS INTEGER)",
        "SEN support is recorded without an assessed need.",
        otherwise="No SEN support is recorded without an assessed need.", kind="changeable",
    ),
    _place("year_group", "Year group", "nc_year", "year", "Is in year {value}.", support=(), theme="year_group"),
    _place(
        "school_days_since_joining", "School days since joining", "school_days_here",
        "school days", "Joined this school {value} school day{s} ago.",
        at_zero="Joined this school on the day this was counted.",
    ),
    _place(
        "joined_in_year", "Joined after the start of the year", "joined_in_year", "yes or no",
        "Joined after the first weeks of this school year.",
        otherwise="Was here from the first weeks of this school year.",
    ),
    _place(
        "earlier_schools", "Earlier schools in our records", "earlier_schools", "schools",
        "Was at {value} other school{s} in the records we hold.", kind="history", form="count",
    ),
)  # fmt: skip
