"""The cohorts: pupils who are scored and pupils who are learned from, and why the others are not.

Every pupil on roll at an as-of date has a row; the rules here say whether Belong gives a figure for it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipelines.indicators import days

LEAST_SESSIONS = 60
LEAST_ATTENDED = 0.5
LEAST_TERMS = 2
PANDEMIC = ("2020-spring", "2021-summer")

ABSTAIN: Mapping[str, str] = {
    "special_setting": "Belong makes no figure for pupils of special schools and alternative provision: "
    "it has learned from too few of them.",
    "year_group": "Belong makes no figure for this year group.",
    "other_registration": "This pupil's main school is another one.",
    "leaving_year": "This pupil leaves the school at the end of this term.",
    "moving_up": "This pupil moves on to another school after this term; see the transition note.",
    "permanent_exclusion": "A permanent exclusion is under review.",
    "school_history": "Belong needs at least two terms of this school's records.",
    "behaviour_records": "The school has no behaviour records for this term.",
    "too_few_sessions": "This pupil joined too recently.",
    "kept_out": "No figure is made for this pupil.",
    "other_phase": "The model in use has learned from pupils of another phase of school.",
    "unknown_values": "Too little is known about this pupil this term: most of what a figure needs is missing.",
    "not_scored": "No figure was made for this pupil.",
    "low_attendance": "More than half of sessions were missed: help with attendance comes first.",
}

COHORT_COLUMNS = """
    s.possible_here AS possible_sessions, s.counted_year, s.absent_year, s.records_here_term AS records_term,
    coalesce(f.suspended_last_year, FALSE) AS suspended_last_year, coalesce(f.pending, FALSE) AS pending
"""
"""What is told of each subject `s`, with `f` from SUSPENDED."""

SUSPENDED = """
    SELECT subject, bool_or(whole AND days_ago < 365) AS suspended_last_year,
           bool_or(category = 'PERM' AND here AND NOT reinstated) AS pending
    FROM suspension_rows GROUP BY subject
"""


def decide(rows: pd.DataFrame, terms_loaded: pd.Series, behaviour_held: pd.Series) -> pd.Series:
    """The reason code for which a row is not scored, None where it is.

    `rows` has the columns of the subject relation and of COHORT_COLUMNS; `terms_loaded` is the number of terms held of
    the row's school up to its term, `behaviour_held` whether the school recorded any behaviour.
    """
    year = rows["nc_year"]
    season = rows["term"].str.slice(5)
    attended = 1 - rows["absent_year"] / rows["counted_year"].where(rows["counted_year"] > 0)
    tests: list[tuple[str, pd.Series]] = [
        ("special_setting", rows["phase"].isin(["special", "alternative"])),
        ("year_group", ~year.between(3, 11).fillna(False).astype(bool)),
        ("other_registration", ~rows["enrol_status"].fillna("C").isin(["C", "M"])),
        ("leaving_year", (year == 11) & (season == "summer")),
        ("moving_up", (year == 6) & (season == "summer") & (rows["phase"] == "primary")),
        ("permanent_exclusion", rows["pending"]),
        ("school_history", terms_loaded < LEAST_TERMS),
        ("behaviour_records", ~behaviour_held),
        ("too_few_sessions", rows["possible_sessions"] < LEAST_SESSIONS),
        ("low_attendance", attended < LEAST_ATTENDED),
    ]
    masks = [test.fillna(False).to_numpy(bool) for _, test in tests]
    place = np.select(masks, np.arange(len(masks)).tolist(), default=len(masks))
    codes = np.array([*(code for code, _ in tests), None], object)
    return pd.Series(codes[place], index=rows.index, dtype=object)


def trainable(abstain_reason: pd.Series, terms: pd.Series, outcome: pd.Series) -> pd.Series:
    """True for rows that may be learned from: scored ones and those held back for low attendance, with an
    outcome that is known, and outside the pandemic's terms."""
    kept = abstain_reason.isna() | (abstain_reason == "low_attendance")
    past = [term for term in terms.unique() if touches_pandemic(term)]
    return kept & outcome.notna() & ~terms.isin(past)


def touches_pandemic(term: str) -> bool:
    """True where the term, or the one after it, lies between spring 2020 and summer 2021."""
    first, last = (days.term_no(each) for each in PANDEMIC)
    return first - 1 <= days.term_no(term) <= last


def phase_of(phase: pd.Series, nc_year: pd.Series) -> pd.Series:
    """The phase a row is pooled with: its school's, and in an all-through school that of its year group."""
    pooled = phase == "all-through"
    if not pooled.any():
        return phase
    by_year = np.where(nc_year.fillna(7) <= 6, "primary", "secondary")
    return phase.where(~pooled, pd.Series(by_year, index=phase.index))
