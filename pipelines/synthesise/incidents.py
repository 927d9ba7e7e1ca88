"""Rows of behaviour events: where, when, in which lesson, who else was there, and when they were logged."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.synthesise.setting import Setting
from pipelines.synthesise.vocabulary import (
    ACTION_BY_SEVERITY,
    ACTIONS,
    LESSONS,
    LOCATIONS,
    NEGATIVE,
    POSITIVE_SHARE,
)

LESSON_SHARE = np.array([0.13, 0.13, 0.13, 0.07, 0.07, 0.06, 0.06, 0.05, 0.04, 0.05, 0.06, 0.15])
SOCIAL_TIME = len(LESSONS) - 1
NAMED_OTHER = 0.5
"""Share of incidents towards another pupil in which that pupil, or one who saw it, is named."""
TOWARDS_PUPILS = np.array([kind.name in {"fight", "bullying", "verbal_abuse_pupil"} for kind in NEGATIVE])
SUSPENSION = ACTIONS.index("suspension")
INTERNAL = ACTIONS.index("internal_suspension")
LOGGED_AFTER = (0, 1, 2, 3, 7, 12)
LOGGED_SHARE = (0.78, 0.12, 0.04, 0.03, 0.02, 0.01)


@dataclass
class Events:
    """Rows of behaviour events, gathered day by day; arrays of equal length once closed."""

    pupil: list[np.ndarray] = field(default_factory=list)
    day: list[np.ndarray] = field(default_factory=list)
    kind: list[np.ndarray] = field(default_factory=list)
    severity: list[np.ndarray] = field(default_factory=list)
    minute: list[np.ndarray] = field(default_factory=list)
    lesson: list[np.ndarray] = field(default_factory=list)
    location: list[np.ndarray] = field(default_factory=list)
    action: list[np.ndarray] = field(default_factory=list)
    role: list[np.ndarray] = field(default_factory=list)
    incident: list[np.ndarray] = field(default_factory=list)
    logged_after: list[np.ndarray] = field(default_factory=list)

    count: int = 0
    """Incidents numbered so far."""

    def add(self, **columns: np.ndarray) -> None:
        """Append rows; one array for each column."""
        for name, values in columns.items():
            getattr(self, name).append(np.asarray(values))

    def numbers(self, count: int) -> np.ndarray:
        """The next incident numbers."""
        self.count += count
        return np.arange(self.count - count, self.count) + 1

    def frame(self) -> pd.DataFrame:
        """All rows: pupil and day index, kind (into ``TYPES``), severity, minute of the day, lesson,
        location, action, role (into ``ROLES``), incident number, logged_after (days).
        """
        return pd.DataFrame(
            {
                name: np.concatenate(parts) if parts else np.array([], int)
                for name, parts in vars(self).items()
                if isinstance(parts, list)
            }
        )


@dataclass(frozen=True)
class Incidents:
    """One day's negative incidents that are written down; arrays of equal length."""

    day: int
    pupil: np.ndarray
    kind: np.ndarray
    severity: np.ndarray
    action: np.ndarray
    """Index into ``ACTIONS``; -1 where the ordinary answer to that severity is to be drawn."""


def write_incidents(
    events: Events, found: Incidents, setting: Setting, hot: float, here: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Add the rows of a day's incidents and of the pupils they happened to; returns (minute, incident number).

    ``here`` are the indices of the pupils in school, ``hot`` the factor on the school's hot lesson.
    """
    count = len(found.pupil)
    share = LESSON_SHARE.copy()
    share[setting.hot_lesson] *= hot
    lesson = rng.choice(len(LESSONS), count, p=share / share.sum())
    social = lesson == SOCIAL_TIME
    minute = np.where(social, rng.integers(735, 790, count), rng.integers(525, 910, count))
    location = np.where(social, rng.integers(1, len(LOCATIONS), count), 0)
    usual = np.cumsum(ACTION_BY_SEVERITY, axis=1)[found.severity - 1]
    drawn = (rng.random((count, 1)) > usual).sum(axis=1).clip(0, len(ACTIONS) - 1)
    place = {"minute": minute, "lesson": lesson, "location": location, "incident": events.numbers(count)}
    rows = {"kind": found.kind, "severity": found.severity, "day": np.full(count, found.day), **place}
    action = np.where(found.action >= 0, found.action, drawn)
    role = np.ones(count, int)
    events.add(pupil=found.pupil, action=action, role=role, logged_after=log_delay(count, rng), **rows)
    named = np.flatnonzero(TOWARDS_PUPILS[found.kind] & (rng.random(count) < NAMED_OTHER))
    events.add(
        pupil=rng.choice(here, len(named)),
        action=np.zeros(len(named), int),
        role=np.where(rng.random(len(named)) < 0.8, 2, 3),
        logged_after=log_delay(len(named), rng),
        **{name: values[named] for name, values in rows.items()},
    )
    return minute, rows["incident"]


def write_praise(events: Events, day: int, rate: np.ndarray, rng: np.random.Generator) -> None:
    """Add a day's positive events; ``rate`` is the expected number per pupil."""
    pupil = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    count = len(pupil)
    none = np.zeros(count, int)
    events.add(
        pupil=pupil,
        day=np.full(count, day),
        kind=len(NEGATIVE) + np.searchsorted(np.cumsum(POSITIVE_SHARE)[:-1], rng.random(count)),
        severity=rng.integers(1, 4, count),
        minute=rng.integers(525, 910, count),
        lesson=rng.integers(0, SOCIAL_TIME, count),
        location=none,
        action=none,
        role=none,
        incident=events.numbers(count),
        logged_after=log_delay(count, rng),
    )


def log_delay(count: int, rng: np.random.Generator) -> np.ndarray:
    """Days until an event is logged: the same day mostly."""
    return np.asarray(rng.choice(LOGGED_AFTER, count, p=LOGGED_SHARE))
