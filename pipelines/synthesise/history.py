"""The history of one made school, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.synthesise.absence import Absence, school_events
from pipelines.synthesise.calibration import Rates
from pipelines.synthesise.conduct import Conduct
from pipelines.synthesise.days import Days
from pipelines.synthesise.marks import NONE, PRESENT
from pipelines.synthesise.moves import Moves
from pipelines.synthesise.need import SUPPORT_DAYS, Need
from pipelines.synthesise.people import leaving_dates, nc_year
from pipelines.synthesise.rule import PointsRule
from pipelines.synthesise.sanctions import Sanctions
from pipelines.synthesise.setting import Setting
from pipelines.synthesise.truth import State
from pipelines.synthesise.world import World

WORST_OFF = 3.0
"""Recently recorded incidents from which a pupil may be given support."""
SETTLED = 10
"""School days after entry before anything under ``moves`` can begin."""


@dataclass(frozen=True)
class History:
    """The history of one school; pupils and days are indices into ``people`` and ``days``."""

    setting: Setting
    people: pd.DataFrame
    marks: np.ndarray
    """Codes (into ``CODES``), shape (pupils, days, 2)."""
    events: pd.DataFrame
    suspensions: pd.DataFrame
    moves: pd.DataFrame
    states: tuple[State, ...]
    """The latent state at each term's as-of date."""


@dataclass
class School:
    """The moving parts of one school while its history is made."""

    setting: Setting
    people: pd.DataFrame
    days: Days
    world: World
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.rates = self.world.rates(self.setting.phase)
        self.need = Need.begin(self.people, self.rng)
        self.absence = Absence.begin(self.people, self.setting, self.world)
        self.conduct = Conduct.begin(self.people, self.setting, self.world)
        self.sanctions = Sanctions.begin(self.people, self.setting, self.world)
        self.moves = Moves.begin(len(self.people), self.world)
        self.rule = PointsRule.begin(len(self.people))
        self.support_until = np.zeros(len(self.people), dtype=int)
        self.helped = self.rng.random(len(self.people)) < self.world.support_works
        self.entry = self.people["entry"].to_numpy()
        self.in_need = (self.people["latent_sen"] != "N").to_numpy()
        self.sen_day = self.people["sen_day"].to_numpy()
        self.plan_day = self.people["plan_day"].to_numpy()

    def on_roll(self, day: int) -> np.ndarray:
        return np.asarray((self.entry <= day) & (self.sanctions.leave >= day))

    def year_level(self, day: int, absence: bool) -> np.ndarray:
        """Factor by NC year; 0 outside the years the school teaches."""
        table = self.rates.year_absence if absence else self.rates.year_factor
        return _by_year(nc_year(self.people, self.rates, int(self.days.year[day])), table, self.rates)

    def unmet(self, day: int) -> np.ndarray:
        """True where a SEN-sized need isn't on record yet."""
        return np.asarray(self.in_need & (self.sen_day > day))

    def live(self, day: int) -> np.ndarray:
        """Simulate one day; returns its marks, shape (pupils, 2)."""
        world, rng, roll = self.world, self.rng, self.on_roll(day)
        self.need.step(world, rng)
        self._support(day, roll)
        self._move(day, roll)
        absence_year = np.maximum(self.year_level(day, absence=True), 0.1)
        chance = self.absence.chance(
            day, self.days, self.need, day - self.sanctions.last, absence_year, world
        )
        marks = self.absence.step(day, chance, rng)
        self.moves.mark(day, self.days, marks)
        school_events(marks, day, self.days, self.setting, self.people, world, rng)
        marks[~roll] = NONE
        self.sanctions.mark(day, self.days, marks)
        self._behave(day, marks)
        return marks

    def _support(self, day: int, roll: np.ndarray) -> None:
        """Support begins for some of those with most incidents, and works for some of these."""
        draw = self.rng.random(len(roll))
        worst = roll & (self.conduct.recent >= WORST_OFF) & (self.support_until <= day)
        self.support_until[worst & (draw < self.world.support_rate)] = day + SUPPORT_DAYS
        self.need.support(self.helped & (self.support_until > day), self.world)

    def _move(self, day: int, roll: np.ndarray) -> None:
        settled = roll & (day > self.entry + SETTLED) & (self.sanctions.away_until <= 2 * day)
        year = nc_year(self.people, self.rates, int(self.days.year[day]))
        self.moves.step(day, self.need.lagged, settled, year, self.sanctions.leave, self.rng)

    def _behave(self, day: int, marks: np.ndarray) -> None:
        """Incidents of those in school, and what follows from them."""
        present = PRESENT[marks].any(axis=1)
        if not present.any():
            return
        self.conduct.ruled = self.rule.chance if self.world.points_rule else None
        year = self.year_level(day, absence=False)
        rate = self.conduct.rate(day, self.days, self.need, self.unmet(day), year) * present
        answer = self.conduct.step(day, rate, np.flatnonzero(present), self.rng)
        if not len(answer.pupil):
            return
        out = ~answer.internal
        self.moves.internal(answer.pupil[answer.internal], day)
        sen = np.where(self.sen_day > day, "N", np.where(self.plan_day <= day, "E", "K"))
        pupil = answer.pupil[out]
        self.sanctions.issue(day, self.days, pupil, answer.kind[out], answer.minute[out], sen, self.rng)
        self.sanctions.mark(day, self.days, marks)
        self.need.add(pupil, self.world.suspension_to_need)
        self.rule.suspended[pupil] += 1

    def turn(self, day: int) -> None:
        """Begin a new term or school year."""
        new_year = bool(day and self.days.year[day] != self.days.year[day - 1])
        if new_year:
            self.sanctions.this_year[:] = 0
        if day and self.days.term[day] != self.days.term[day - 1]:
            self.rule.open_term(new_year=new_year)

    def state(self, day: int) -> State:
        """The latent state this evening."""
        return State(
            day=day,
            need=self.need.now.copy(),
            lagged=self.need.lagged.copy(),
            recent=self.conduct.recent.copy(),
            on_roll=self.on_roll(day) & ~self.sanctions.permanent,
            unmet=self.unmet(day),
            ruled=self.rule.pending.copy() if self.world.points_rule else None,
        )


def _by_year(year: np.ndarray, table: object, rates: Rates) -> np.ndarray:
    values = np.zeros(len(year))
    for number in rates.years:
        values[year == number] = table[number]  # type: ignore[index]
    return values


def simulate(
    setting: Setting, people: pd.DataFrame, days: Days, world: World, rng: np.random.Generator
) -> History:
    """Make one school's history. Deterministic in ``rng``."""
    school = School(setting, people, days, world, rng)
    marks = np.zeros((len(people), days.count, 2), dtype=np.uint8)
    as_of = {days.as_of(index) for index in range(len(days.terms))}
    states = []
    for day in range(days.count):
        school.turn(day)
        marks[:, day] = school.live(day)
        if day in as_of:
            if world.points_rule:
                school.rule.count(day, days, marks, school.conduct.events)
            states.append(school.state(day))
    leave = school.sanctions.leave
    people = people.assign(
        leave=leave, leaving_date=leaving_dates(leave, days), dual_from=school.moves.dual_from
    )
    return History(
        setting=setting,
        people=people,
        marks=marks,
        events=school.conduct.events.frame(),
        suspensions=school.sanctions.frame(),
        moves=school.moves.frame(),
        states=tuple(states),
    )
