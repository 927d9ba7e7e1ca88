"""A day's attendance marks: spells of absence, part days, lateness, study leave, trips, closures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days, last_friday_in_june
from pipelines.synthesise.marks import CODE
from pipelines.synthesise.need import Need
from pipelines.synthesise.people import group_factor, nc_year
from pipelines.synthesise.setting import Setting
from pipelines.synthesise.world import World

GOES_ON = 0.45
"""Chance that a spell of absence lasts another day."""
SEASON = np.array([0.93, 1.0, 1.08])
"""Absence level in autumn, spring, summer."""
HIGHEST = 0.75
HOLIDAY_START = 0.00075
"""Chance a day that a family holiday in term begins."""
APPOINTMENT = 0.006
"""Chance a day of one session away for an appointment."""
LATE = 0.017
LATE_AFTER_CLOSE = 0.0035
NOT_YET_EXPLAINED = 0.06
"""Share of unauthorised spells whose reason nobody ever entered."""
MISSING_MARK = 0.0004
EXAM_SESSIONS = 0.5
"""Share of study-leave sessions for which pupils come in to sit an examination."""


@dataclass
class Absence:
    """The state of everyone's absence in one school."""

    level: np.ndarray
    """Usual share of sessions missed, per pupil, before year, season and need."""
    until: np.ndarray
    """Day index at which the present spell is over."""
    code: np.ndarray

    @classmethod
    def begin(cls, people: pd.DataFrame, setting: Setting, world: World) -> Absence:
        rates = world.rates(setting.phase)
        own = np.exp(rates.absence_spread * people["absence_trait"].to_numpy())
        groups = group_factor(people, rates.absence_factor)
        level = (
            rates.absence * own / own.mean() * groups / expected_factor(rates.absence_factor, setting, world)
        )
        count = len(people)
        zero = np.zeros(count, dtype=int)
        return cls(level=level, until=zero.copy(), code=np.zeros(count, np.uint8))

    def chance(
        self, day: int, days: Days, need: Need, since_suspension: np.ndarray, year: np.ndarray, world: World
    ) -> np.ndarray:
        """Share of sessions each pupil is expected to miss at this point of the history."""
        pull = world.need_to_attendance
        friday = world.friday**0.5 if days.weekday[day] == 4 else 1.0
        after = np.where(since_suspension < 20, world.suspension_to_absence, 1.0)
        level = self.level * year * SEASON[days.season[day]] * friday * after
        return np.minimum(level * np.exp(pull * need.now - pull**2 / 2), HIGHEST)

    def step(self, day: int, chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Marks of one day, shape (pupils, 2), before suspensions and school-wide events."""
        count = len(chance)
        self._begin_spells(day, chance, rng)
        marks = np.empty((count, 2), dtype=np.uint8)
        marks[:, 0], marks[:, 1] = CODE["/"], CODE["\\"]
        lateness = LATE * np.sqrt(chance / max(float(chance.mean()), 1e-9))
        draw = rng.random((count, 3))
        marks[draw[:, 0] < lateness, 0] = CODE["L"]
        marks[draw[:, 0] > 1 - LATE_AFTER_CLOSE, 0] = CODE["U"]
        marks[draw[:, 1] < lateness * 0.3, 1] = CODE["L"]
        away = draw[:, 2] < APPOINTMENT
        marks[away, (draw[away, 1] * 2).astype(int)] = CODE["M"]
        in_spell = self.until > day
        half = in_spell & (self.until == day + 1) & (draw[:, 1] < 0.18)
        marks[in_spell] = self.code[in_spell, None]
        marks[half, 0] = CODE["/"]
        return marks

    def _begin_spells(self, day: int, chance: np.ndarray, rng: np.random.Generator) -> None:
        free = self.until <= day
        draw = rng.random((len(chance), 2))
        starts = free & (draw[:, 0] < chance * (1 - GOES_ON) / (1 - chance))
        which = np.flatnonzero(starts)
        if len(which):
            self.until[which] = day + rng.geometric(1 - GOES_ON, len(which))
            self.code[which] = self._codes(chance[which], rng)
        holiday = np.flatnonzero(free & ~starts & (draw[:, 1] < HOLIDAY_START))
        self.until[holiday] = day + rng.integers(4, 11, len(holiday))
        self.code[holiday] = CODE["G"]

    @staticmethod
    def _codes(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Illness mostly; the more a pupil is away, the more of it is not authorised."""
        draw, kind = rng.random(len(chance)), rng.random(len(chance))
        unauthorised = draw < np.clip(0.16 + 1.3 * chance, 0, 0.75)
        reason = np.where(kind < NOT_YET_EXPLAINED, CODE["N"], CODE["O"])
        authorised = np.where(kind < 0.10, CODE["C"], CODE["I"])
        return np.where(unauthorised, reason, authorised).astype(np.uint8)


def expected_factor(factors: object, setting: Setting, world: World) -> float:
    """The mean of the group factors over the nation's mix, so that they move no overall rate."""
    rates = world.rates(setting.phase)
    share = {"sex:M": 0.51, "sex:F": 0.49, "fsm:T": rates.free_meals, "eal:T": 0.18}
    share |= {"sen:K": rates.sen_support_need, "sen:E": rates.plan_need}
    by_characteristic: dict[str, float] = {}
    for key, factor in dict(factors).items():  # type: ignore[call-overload]
        name = key.partition(":")[0]
        by_characteristic[name] = by_characteristic.get(name, 1.0) + share.get(key, 0.0) * (factor - 1)
    return float(np.prod(list(by_characteristic.values())))


def school_events(
    marks: np.ndarray,
    day: int,
    days: Days,
    setting: Setting,
    people: pd.DataFrame,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Events of whole groups: trips, work experience, observance, study leave, a closed site."""
    new = days.new_codes[day]
    year = nc_year(people, world.rates(setting.phase), int(days.year[day]))
    if days.eid[day]:
        observes = people["observes_eid"].to_numpy() & (rng.random(len(people)) < 0.9)
        marks[observes] = CODE["R"]
    trip_year = (day // 11) % 40
    if trip_year in world.rates(setting.phase).years and day % 11 == 5:
        goes = (year == trip_year) & (marks[:, 0] == CODE["/"]) & (rng.random(len(people)) < 0.5)
        marks[goes] = CODE["V"]
    if setting.phase == "secondary":
        _last_years(marks, day, days, year, world, rng)
        if rng.random() < 0.3:
            interview = (year == 11) & (marks[:, 1] == CODE["\\"]) & (rng.random(len(people)) < 0.004)
            marks[interview, 1] = CODE["J1" if new else "J"]
    if day == setting.closure_day:
        marks[:] = CODE["Y4" if new else "Y"]
    missing = rng.random(marks.shape) < MISSING_MARK
    marks[missing] = CODE["-"]


def _last_years(
    marks: np.ndarray,
    day: int,
    days: Days,
    year: np.ndarray,
    world: World,
    rng: np.random.Generator,
) -> None:
    remaining = int(np.sum(days.year == days.year[day])) - (
        day - int(np.flatnonzero(days.year == days.year[day])[0])
    )
    if 10 < remaining <= 15:
        works = (year == 10) & (marks[:, 0] == CODE["/"]) & (rng.random(len(year)) < 0.7)
        marks[works] = CODE["W"]
    finish = days.at(last_friday_in_june(int(days.year[day]) + 1))
    if not 0 <= finish - day < world.secondary.study_leave_days:
        return
    studying = year == 11
    home = studying[:, None] & (rng.random(marks.shape) >= EXAM_SESSIONS)
    marks[home & (marks != CODE["I"])] = CODE["S"]
