"""Attendance: absence by category and window, lateness, runs, trend, edges of the week.

Sessions a pupil missed because the school decided so (suspended, part-time timetable), sessions taught
elsewhere and sessions when the pupil could not attend stand in neither numerator nor denominator.
"""

from typing import Any

from model.indicator import Form, Indicator, Kind, Window
from pipelines.indicators.feature import Feature, window_share, window_total

UNKNOWN = "We hold no attendance marks for this time."
RISING = ("rising absence",)
LATE = ("lateness, hunger, money",)


def _absence(name: str, label: str, window: Window, when: str, kind: Kind = "changeable") -> Feature:
    """Share of sessions missed, with or without leave, in one window."""
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit="% of sessions", source="attendance",
            window=window, direction=1, kind=kind, sentence=f"Missed {{value}}% of sessions {when}.",
            missing=UNKNOWN, support=RISING, cap=40.0, evidence="attendance_week", decimals=1,
            form="share", theme="attendance",
        ),
        "attendance", window_share("absent", "counted", window), "attendance",
    )  # fmt: skip


def _sessions(name: str, label: str, column: str, window: Window, sentence: str, **more: Any) -> Feature:
    """A count of sessions in one window."""
    fields: dict[str, Any] = {
        "direction": 0, "kind": "changeable", "support": RISING, "theme": "attendance", **more
    }  # fmt: skip
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit="sessions", source="attendance",
            window=window, sentence=sentence, missing=UNKNOWN, evidence="attendance_week",
            form="count", **fields,
        ),
        "attendance", window_total(column, window), "attendance", none="0",
    )  # fmt: skip


def _percent(name: str, label: str, part: str, window: Window, sentence: str, **more: Any) -> Feature:
    """One count as a share of the sessions that count, in one window."""
    fields: dict[str, Any] = {
        "direction": 1, "kind": "changeable", "support": RISING, "theme": "attendance", **more
    }  # fmt: skip
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit="% of sessions", source="attendance",
            window=window, sentence=sentence, missing=UNKNOWN, evidence="attendance_week", decimals=1,
            form="share", **fields,
        ),
        "attendance", window_share(part, "counted", window), "attendance",
    )  # fmt: skip


def _change(name: str, label: str, now: str, before: str, since: str, window: Window) -> Feature:
    """Percentage points by which absence rose between two windows."""
    value = " - ".join(f"100.0 * absent_{period} / nullif(counted_{period}, 0)" for period in (now, before))
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit="percentage points", source="attendance",
            window=window, direction=0, kind="changeable",
            sentence=f"Absence {{rose}} by {{value}} percentage points since {since}.",
            at_zero=f"Absence has not changed since {since}.",
            missing="We do not hold both periods, so no change can be shown.", support=RISING,
            evidence="attendance_week", decimals=1, form="change", theme="attendance",
        ),
        "attendance", value, "attendance",
    )  # fmt: skip


def _half_terms(name: str, label: str, percent: int, sentence: str) -> Feature:
    """In how many half-terms of this school year absence reached a level."""
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit="half-terms", source="attendance",
            window="year", direction=1, kind="history", sentence=sentence, missing=UNKNOWN,
            support=RISING, evidence="attendance_week", form="spread", theme="attendance",
        ),
        "attendance", f"half_terms_missed_{percent}", "attendance", none="0",
    )  # fmt: skip


def _run(name: str, label: str, value: str, unit: str, form: Form, sentence: str) -> Feature:
    """Something about runs of sessions missed one after another this term."""
    return Feature(
        Indicator(
            name=name, label=label, family="attendance", unit=unit, source="attendance", window="term",
            direction=0, kind="changeable", sentence=sentence, missing=UNKNOWN, support=RISING,
            evidence="attendance_week", form=form, theme="attendance",
        ),
        "attendance", value, "attendance", none="0",
    )  # fmt: skip


FEATURES: tuple[Feature, ...] = (
    _absence("absence_term", "Absence this term", "term", "this term"),
    _absence("absence_half_term", "Absence this half-term", "half_term", "this half-term"),
    _absence("absence_year", "Absence this school year", "year", "this school year"),
    _absence("absence_last_term", "Absence last term", "last_term", "last term", "history"),
    _absence("absence_last_year", "Absence last school year", "last_year", "last school year", "history"),
    _change(
        "absence_change_half_term", "Change in absence between the last two half-terms",
        "half_term", "last_half_term",
        "the half-term before", "half_term",
    ),
    _change(
        "absence_change_term", "Change in absence since last term", "term", "last_term",
        "last term", "term",
    ),
    _percent(
        "unauthorised_term", "Absence without leave this term", "unauthorised", "term",
        "Missed {value}% of sessions without leave this term.", cap=40.0,
    ),
    _percent(
        "unauthorised_year", "Absence without leave this school year", "unauthorised", "year",
        "Missed {value}% of sessions without leave this school year.", cap=40.0,
    ),
    _half_terms(
        "low_attendance_half_terms", "Half-terms with a tenth or more missed", 10,
        "Missed a tenth or more of sessions in {value} half-term{s} this school year.",
    ),
    _half_terms(
        "severe_absence_half_terms", "Half-terms with half or more missed", 50,
        "Missed half or more of sessions in {value} half-term{s} this school year.",
    ),
    _percent(
        "late_term", "Lateness this term", "late", "term",
        "Was late to {value}% of sessions this term.", support=LATE, theme="lateness",
    ),
    _percent(
        "late_year", "Lateness this school year", "late", "year",
        "Was late to {value}% of sessions this school year.", support=LATE, theme="lateness",
    ),
    _sessions(
        "after_close_year", "Arrived after registers closed", "after_close", "year",
        "Arrived after the register closed {value} time{s} this school year.", support=LATE,
        theme="lateness", direction=1,
    ),
    _sessions(
        "no_reason_half_term", "Absences without a reason yet", "no_reason", "half_term",
        "{value} session{s} missed this half-term without an accepted reason.", direction=1,
    ),
    _sessions(
        "holiday_year", "Holiday in term time", "holiday", "year",
        "Was on holiday in term time for {value} session{s} this school year.",
    ),
    _run(
        "longest_run_term", "Longest run of absence this term", "longest_run_term", "sessions", "extreme",
        "Missed up to {value} session{s} in a row this term.",
    ),
    _run(
        "absence_spells_term", "Separate absences this term", "absence_spells_term", "spells", "spread",
        "Was absent on {value} separate occasion{s} this term.",
    ),
    Feature(
        Indicator(
            name="edge_share_year", label="Absence on Mondays and Fridays", family="attendance",
            unit="% of sessions missed", source="attendance", window="year", direction=0,
            kind="changeable", sentence="{value}% of the sessions missed this year were Mondays or Fridays.",
            missing="Fewer than six sessions missed this school year, so days of the week say nothing.",
            support=RISING, evidence="attendance_week", decimals=0, form="share", theme="attendance",
        ),
        "attendance", window_share("edge_absent", "absent", "year", least=6), "attendance",
    ),
)  # fmt: skip
