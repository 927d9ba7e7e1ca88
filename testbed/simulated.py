"""A simulated indicator matrix with the columns of the real one, small enough to train on in seconds."""

from typing import Any

import numpy as np
import pandas as pd

from data_contracts import calendar
from model.indicator import Indicator

TERMS = [term.id for term in calendar.terms_between("2023-autumn", "2026-summer")]
SCHOOLS = ("999001", "999002", "999003")
PAST = ("suspensions_year", "suspensions_last_year")


def _indicator(name: str, label: str, family: Any, sentence: str, **more: Any) -> Indicator:
    plain: dict[str, Any] = {
        "unit": "times", "window": "term", "direction": 1, "kind": "changeable",
        "missing": "We hold no records for this time.", "source": family,
        "form": "count", "theme": "",
    }  # fmt: skip
    return Indicator(name=name, label=label, family=family, sentence=sentence, **{**plain, **more})


def _attendance(name: str, label: str, sentence: str) -> Indicator:
    return _indicator(
        name, label, "attendance", sentence, unit="% of sessions", cap=40.0, evidence="attendance_week",
        decimals=1,
    )  # fmt: skip


CATALOGUE = (
    _attendance("absence_term", "Absence this term", "Missed {value}% of sessions this term."),
    _attendance("absence_year", "Absence this year", "Missed {value}% of sessions this year."),
    _attendance("unauthorised_year", "Absence without leave", "Missed {value}% without leave."),
    _indicator("incidents_term", "Incidents", "behaviour", "{value} incidents.", evidence="behaviour"),
    _indicator("positives_term", "Positive records", "behaviour", "{value} positives.", direction=-1),
    _indicator(
        "suspensions_term", "Suspensions", "lost_learning", "Suspended {value} times.", kind="history"
    ),
    _indicator("suspensions_year", "This year", "lost_learning", "Suspended {value} times.", kind="history"),
    _indicator("suspensions_last_year", "Last year", "lost_learning", "{value} times.", kind="history"),
    _indicator("sen_support", "SEN support", "sen", "SEN support: {value}.", direction=0, kind="context"),
    _indicator("sen_plan", "Plan", "sen", "Plan: {value}.", direction=0, kind="context"),
    _indicator("joined_in_year", "Joined", "sen", "Joined: {value}.", direction=0, kind="context"),
    _indicator("earlier_schools", "Schools", "sen", "{value} schools.", direction=0, kind="history"),
)


def simulate(
    pupils: int = 400,
    terms: list[str] | None = None,
    schools: tuple[str, ...] = SCHOOLS,
    seed: int = 1,
    level: float = -3.6,
    school_spread: float = 0.4,
    signal: float = 1.0,
) -> pd.DataFrame:
    """`pupils` per school over the terms (all of the made calendar's by default); the outcome of the last
    term is not known yet. `signal` 0 makes the outcome pure chance."""
    rng = np.random.default_rng(seed)
    parts = []
    for number, school in enumerate(schools):
        offset = school_spread * (number - (len(schools) - 1) / 2)
        parts.append(_school(rng, school, pupils, terms or TERMS, level + offset, signal))
    return pd.concat(parts, ignore_index=True)


def _school(
    rng: np.random.Generator, school: str, n: int, terms: list[str], level: float, signal: float
) -> pd.DataFrame:
    need = rng.normal(0, 1, n)
    sen = rng.random(n) < 1 / (1 + np.exp(2 - need))
    before = np.zeros((n, 4))
    frames = []
    for term in terms:
        frame, eta = _term(rng, school, term, need, sen, before)
        happened = rng.random(n) < 1 / (1 + np.exp(-(level + signal * eta)))
        frame["outcome"] = np.where(term == terms[-1], np.nan, happened.astype(float))
        frame["any_break"] = frame["outcome"]
        frame["trainable"] = frame["outcome"].notna()
        before = np.column_stack([happened, before[:, :-1]])
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _term(
    rng: np.random.Generator, school: str, term: str, need: np.ndarray, sen: np.ndarray, before: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    n = len(need)
    absence = np.clip(rng.gamma(2, 3, n) * np.exp(0.3 * need), 0, 100)
    incidents = rng.poisson(np.exp(0.8 * need))
    eta = 0.7 * need + 0.25 * np.minimum(incidents, 8) + 0.03 * np.minimum(absence, 40) + 0.8 * before[:, 0]
    held = calendar.term(term)
    frame = pd.DataFrame({
        "pupil_id": [f"p{school}{i:05d}" for i in range(n)], "school": school, "term": term,
        "as_of": pd.Timestamp(calendar.as_of(term)), "nc_year": 7 + np.arange(n) % 4,
        "registration_group": "7A", "phase": "secondary",
        "absence_term": absence, "absence_year": absence * rng.uniform(0.7, 1.2, n),
        "unauthorised_year": np.where(rng.random(n) < 0.05, np.nan, absence / 4),
        "incidents_term": incidents, "positives_term": rng.poisson(np.exp(1 - 0.3 * need)),
        "suspensions_term": before[:, 0], "suspensions_year": before[:, :3].sum(axis=1),
        "suspensions_last_year": before[:, 3], "sen_support": sen.astype(float), "sen_plan": 0.0,
        "joined_in_year": (rng.random(n) < 0.05).astype(float), "earlier_schools": rng.poisson(0.2, n),
        "possible_sessions": 120, "suspended_last_year": before[:, :3].sum(axis=1) > 0,
        "scored": np.arange(n) % 25 != 0, "window_days": 60 + held.start.month % 5,
    })  # fmt: skip
    frame["abstain_reason"] = np.where(frame["scored"], None, "too_few_sessions")  # type: ignore[call-overload]
    return frame, eta
