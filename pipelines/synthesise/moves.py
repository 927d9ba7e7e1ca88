"""Lost learning and leaving that is not a suspension: part-time timetables, off-site direction, moves away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days
from pipelines.synthesise.marks import CODE, PRESENT
from pipelines.synthesise.people import NEVER
from pipelines.synthesise.world import World

PART_TIME_DAYS = (20, 41)
OFF_SITE_DAYS = (15, 31)
REVIEW_AFTER = 15
"""School days until a temporary arrangement is reviewed."""
INTERNAL_SESSIONS = 2
HOME_EDUCATION = 0.4
"""Share of those who leave with need who are then taught at home; the others go by managed move."""
LAST_YEARS = 2.0
"""Factor on leaving in Years 10 and 11."""
DUAL_WEEKDAYS = (3, 4)
"""Weekdays (0 is Monday) that a dual-registered pupil spends at the other school."""


@dataclass
class Moves:
    """Pupils who are elsewhere, and the rows a movements extract would hold."""

    world: World
    part_time_until: np.ndarray
    off_site_until: np.ndarray
    dual_from: np.ndarray
    rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls, pupils: int, world: World) -> Moves:
        zero = np.zeros(pupils, dtype=int)
        return cls(world, zero.copy(), zero.copy(), zero + NEVER)

    def step(
        self,
        day: int,
        lagged: np.ndarray,
        settled: np.ndarray,
        year: np.ndarray,
        leave: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Begin the moves of a day. ``settled`` are pupils on roll and not suspended; ``leave`` is changed in
        place."""
        world = self.world
        weight = np.exp(lagged - 0.5) * settled / 190
        older = np.where(year >= 10, LAST_YEARS, 1.0)
        shares = (
            world.part_time_share,
            world.off_site_share,
            world.dual_share * older,
            world.leaving_share * older,
        )
        draw = rng.random(len(lagged))
        before = np.zeros(len(lagged))
        for share, begin in zip(
            shares, (self._part_time, self._off_site, self._dual, self._leave), strict=True
        ):
            after = before + weight * share
            for who in np.flatnonzero((draw >= before) & (draw < after)):
                begin(int(who), day, leave, rng)
            before = after

    def internal(self, pupil: np.ndarray, day: int) -> None:
        """Internal suspensions served on the next day."""
        for who in pupil:
            self._row(int(who), "internal_suspension", day + 1, day + 1, sessions=INTERNAL_SESSIONS)

    def mark(self, day: int, days: Days, marks: np.ndarray) -> None:
        """Write the marks of those who are elsewhere for all or part of the day."""
        part = (self.part_time_until > day) & PRESENT[marks[:, 1]]
        marks[part, 1] = CODE["C2" if days.new_codes[day] else "C"]
        away = (self.off_site_until > day) & PRESENT[marks[:, 0]]
        marks[away] = CODE["B"]
        if days.weekday[day] in DUAL_WEEKDAYS:
            marks[self.dual_from <= day] = CODE["D"]

    def _part_time(self, who: int, day: int, _leave: np.ndarray, rng: np.random.Generator) -> None:
        self.part_time_until[who] = day + int(rng.integers(*PART_TIME_DAYS))
        self._row(who, "part_time_timetable", day, int(self.part_time_until[who]) - 1)

    def _off_site(self, who: int, day: int, _leave: np.ndarray, rng: np.random.Generator) -> None:
        self.off_site_until[who] = day + int(rng.integers(*OFF_SITE_DAYS))
        self._row(who, "off_site_direction", day, int(self.off_site_until[who]) - 1)

    def _dual(self, who: int, day: int, _leave: np.ndarray, _rng: np.random.Generator) -> None:
        if self.dual_from[who] == NEVER:
            self.dual_from[who] = day
            self._row(who, "alternative_provision", day, -1)

    def _leave(self, who: int, day: int, leave: np.ndarray, rng: np.random.Generator) -> None:
        home = rng.random() < HOME_EDUCATION
        leave[who] = min(int(leave[who]), day)
        self._row(who, "elective_home_education" if home else "managed_move", day, -1)

    def _row(self, who: int, kind: str, start: int, end: int, *, sessions: int = 0) -> None:
        self.rows.append({"pupil": who, "kind": kind, "start": start, "end": end, "sessions": sessions})

    def frame(self) -> pd.DataFrame:
        """All rows: pupil, kind, start and end day index (-1 while it lasts), sessions (0 where not counted)."""
        return pd.DataFrame(self.rows, columns=["pupil", "kind", "start", "end", "sessions"])
