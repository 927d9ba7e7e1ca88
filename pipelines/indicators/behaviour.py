"""Behaviour records: how many, how serious, where, and what went well, also against the school's own norm.

Only incidents in which the pupil took part count: having been hurt or having seen it counts nowhere. An
incident that ended in a suspension counts once, as the suspension, and so not here.
"""

from typing import Any

from model.indicator import Indicator, Window
from pipelines.indicators.feature import Feature, window_share, window_total

UNKNOWN = "We hold no behaviour records for this time."
REPEATED = ("repeated low-level disruption",)
SETTING = ("one lesson, time or teacher (setting first)",)


def _behaviour(name: str, label: str, value: str, window: Window, sentence: str, **more: Any) -> Feature:
    """One fact about behaviour records; by default a count of incidents."""
    none = str(more.pop("none", "0"))
    after = more.pop("after", "")
    fields: dict[str, Any] = {
        "unit": "incidents",
        "direction": 1,
        "kind": "changeable",
        "missing": UNKNOWN,
        "support": REPEATED,
        "evidence": "behaviour",
        "form": "count",
        "theme": "behaviour",
        **more,
    }
    return Feature(
        Indicator(
            name=name, label=label, family="behaviour", source="behaviour", window=window,
            sentence=sentence,
            **fields,
        ),
        "behaviour", value, "behaviour", none=none, after=after,
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = (
    _behaviour(
        "incidents_half_term", "Incidents this half-term", window_total("incidents", "half_term"), "half_term",
        "{value} incident{s} {were} recorded this half-term.",
    ),
    _behaviour(
        "incidents_term", "Incidents this term", window_total("incidents", "term"), "term",
        "{value} incident{s} {were} recorded this term.",
    ),
    _behaviour(
        "incidents_year", "Incidents this school year", window_total("incidents", "year"), "year",
        "{value} incident{s} {were} recorded this school year.", kind="history",
    ),
    _behaviour(
        "incidents_last_year", "Incidents last school year", window_total("incidents", "last_year"), "last_year",
        "{value} incident{s} {were} recorded last school year.", kind="history",
    ),
    _behaviour(
        "incidents_change_half_term", "Change in incidents between the last two half-terms",
        "incidents_half_term - incidents_last_half_term",
        "half_term", "The number of incidents {rose} by {value} since the half-term before.",
        direction=0, at_zero="The number of incidents has not changed since the half-term before.", form="change",
    ),
    _behaviour(
        "severity_term", "Seriousness of incidents this term",
        window_total("severity", "term"), "term",
        "The incidents this term add up to {value} on the school's scale of seriousness.", unit="points", form="sum",
    ),
    _behaviour(
        "most_serious_year", "Most serious incident this school year",
        "most_serious_year", "year",
        "The most serious incident this year was {value} on a scale from 1 to 5.", unit="level",
        kind="history", form="extreme",
    ),
    _behaviour(
        "positives_term", "Positive records this term", window_total("positives", "term"), "term",
        "{value} positive record{s} {were} made this term.", unit="records", direction=0, support=(), theme="praise",
    ),
    _behaviour(
        "positive_share_term", "Share of records that are positive",
        "CASE WHEN positives_term + incidents_term >= 3"
        " THEN 100.0 * positives_term / (positives_term + incidents_term) END", "term",
        "{value}% of this term's records are positive.", unit="% of records", direction=0, none="NULL",
        missing="Fewer than three records this term.", support=(), form="share", theme="praise",
    ),
    _behaviour(
        "detentions_term", "Detentions this term", window_total("detentions", "term"),
        "term", "Had {value} detention{s} this term.", unit="detentions", direction=0,
    ),
    _behaviour(
        "out_of_lessons_share_year", "Incidents outside lessons",
        window_share("outside_lessons", "incidents", "year", least=3),
        "year", "{value}% of this year's incidents happened outside lessons.", unit="% of incidents",
        direction=0, none="NULL", missing="Fewer than three incidents this school year.", kind="context", form="share",
    ),
    _behaviour(
        "one_lesson_share_year", "Incidents in one lesson",
        "CASE WHEN in_lessons_year >= 4 THEN 100.0 * in_one_lesson_year / in_lessons_year END", "year",
        "{value}% of this year's incidents in lessons happened in one subject.", unit="% of incidents",
        direction=0, none="NULL", support=SETTING, kind="context",
        missing="Fewer than four incidents in lessons this school year.", form="spread",
    ),
    _behaviour(
        "kinds_of_incident_term", "Different kinds of incident this term",
        "kinds_term", "term",
        "{value} different kind{s} of incident {were} recorded this term.", unit="kinds", direction=0, form="spread",
    ),
    _behaviour(
        "weeks_with_incidents_term", "Weeks with an incident this term",
        "weeks_term", "term",
        "There were incidents in {value} different week{s} this term.", unit="weeks", form="spread",
    ),
    _behaviour(
        "first_incident_this_term", "First incidents in our records this term",
        "CAST(incidents_term > 0 AND incidents_ever = incidents_term AS INTEGER)", "ever",
        "The first incidents in the records we hold were this term.", unit="yes or no",
        otherwise="This term holds no first incident.",
        direction=0, form="state",
    ),
    _behaviour(
        "school_days_since_incident", "School days since the last incident",
        "CASE WHEN incidents_ever > 0 THEN school_days_since_incident END", "ever",
        "The last incident was {value} school day{s} ago.", unit="school days", direction=0, none="NULL",
        missing="No incident in the records we hold.", at_zero="The last incident was on the day this was counted.",
        form="extreme",
    ),
    _behaviour(
        "incidents_above_norm_term", "Incidents against the year group's average",
        window_total("incidents", "term"), "term",
        "That is {value} incidents {above} the average of the year group at this school this term.",
        after="above_mean", decimals=1,
        at_zero="That is about the average of the year group at this school this term.", form="norm",
    ),
    _behaviour(
        "incidents_rank_term", "Share of the year group with fewer incidents",
        window_total("incidents", "term"), "term",
        "More incidents were recorded this term than for {value}% of the year group.",
        unit="% of the year group", after="share_below", form="norm", retired=True,
    ),
    _behaviour(
        "points_term", "Behaviour points this term", window_total("points_hundredths", "term") + " / 100.0", "term",
        "This term's records add up to {value} points.", unit="points", direction=0, form="sum",
    ),
)  # fmt: skip
