"""The world in which the points rule for attendance, behaviour and suspensions is the whole truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.synthesise.days import Days
from pipelines.synthesise.incidents import Events
from pipelines.synthesise.marks import ABSENT, POSSIBLE

ABSENCE_POINTS = (0.10, 0.20)
"""A point for each share of this term's sessions missed."""
INCIDENT_POINTS = (3, 6, 12)
"""A point for each number of incidents recorded this term."""
SUSPENSION_POINTS = (1, 2)
"""A point for each number of suspensions this school year."""
HAZARD = 0.022
"""Expected suspensions in a term without points; each point doubles it."""
TERM_DAYS = 62


@dataclass
class PointsRule:
    """Points per pupil, counted afresh at each term's as-of date; they alone decide the next term."""

    suspended: np.ndarray
    """Suspensions this school year."""
    chance: np.ndarray
    """Chance of suspension a day until the next points are counted."""
    pending: np.ndarray

    @classmethod
    def begin(cls, pupils: int) -> PointsRule:
        base = np.full(pupils, HAZARD / TERM_DAYS)
        return cls(suspended=np.zeros(pupils, int), chance=base, pending=base.copy())

    def count(self, day: int, days: Days, marks: np.ndarray, events: Events) -> None:
        """Count points on the as-of day from the term's marks and recorded incidents so far."""
        first, _ = days.span(int(days.term[day]))
        term = marks[:, first : day + 1]
        share = ABSENT[term].sum(axis=(1, 2)) / np.maximum(POSSIBLE[term].sum(axis=(1, 2)), 1)
        rows = events.frame()
        mine = rows[(rows["day"] >= first) & (rows["role"] == 1)]
        incidents = np.bincount(mine["pupil"].to_numpy(dtype=int), minlength=len(share))
        points = sum((share >= limit).astype(int) for limit in ABSENCE_POINTS)
        points = points + sum((incidents >= limit).astype(int) for limit in INCIDENT_POINTS)
        points = points + sum((self.suspended >= limit).astype(int) for limit in SUSPENSION_POINTS)
        self.pending = HAZARD * 2.0**points / TERM_DAYS

    def open_term(self, *, new_year: bool) -> None:
        """The points counted last begin to hold."""
        self.chance = self.pending
        if new_year:
            self.suspended[:] = 0
