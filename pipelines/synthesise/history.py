"""The history of one made school, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.synthesise.absence import Absence, school_events
from pipelines.synthesise.conduct import Conduct
from pipelines.synthesise.days import Days
from pipelines.synthesise.marks import CODE, NONE, PRESENT
from pipelines.synthesise.need import Need
from pipelines.synthesise.people import nc_year
from pipelines.synthesise.sanctions import Sanctions
from pipelines.synthesise.setting import Setting
from pipelines.synthesise.truth import State
from pipelines.synthesise.world import Rates, World


@dataclass(frozen=True)
class History:
    """What happened in one school; pupils and days are indices into ``people`` and ``days``."""

    setting: Setting
    people: pd.DataFrame
    marks: np.ndarray
    """Codes (into ``CODES``), shape (pupils, days, 2)."""
    events: pd.DataFrame
    suspensions: pd.DataFrame
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
        absence_year = np.maximum(self.year_level(day, absence=True), 0.1)
        chance = self.absence.chance(
            day, self.days, self.need, day - self.sanctions.last, absence_year, world
        )
        marks = self.absence.step(day, chance, rng)
        self.absence.part_time(day, self.need.lagged, roll, world, rng)
        part = (self.absence.part_time_until > day) & PRESENT[marks[:, 1]]
        marks[part, 1] = CODE["C2" if self.days.new_codes[day] else "C"]
        school_events(marks, day, self.days, self.setting, self.people, world, rng)
        marks[~roll] = NONE
        self.sanctions.mark(day, self.days, marks)
        self._behave(day, marks)
        return marks

    def _behave(self, day: int, marks: np.ndarray) -> None:
        """Incidents of those in school, and what follows from them."""
        here = PRESENT[marks].any(axis=1)
        self.conduct.in_school = np.flatnonzero(here) if here.any() else np.array([0])
        unmet = self.unmet(day)
        rate = self.conduct.rate(day, self.days, self.need, unmet, self.year_level(day, absence=False)) * here
        pupil, kind, minute = self.conduct.step(day, rate, self.rng)
        if not len(pupil):
            return
        sen = np.where(self.sen_day > day, "N", np.where(self.plan_day <= day, "E", "K"))
        self.sanctions.issue(day, self.days, pupil, kind, minute, sen, self.rng)
        self.sanctions.mark(day, self.days, marks)
        self.need.add(pupil, self.world.suspension_to_need)

    def state(self, day: int) -> State:
        """The latent state this evening."""
        return State(
            day=day,
            need=self.need.now.copy(),
            lagged=self.need.lagged.copy(),
            recent=self.conduct.recent.copy(),
            on_roll=self.on_roll(day) & ~self.sanctions.permanent,
            unmet=self.unmet(day),
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
        if day and days.year[day] != days.year[day - 1]:
            school.sanctions.this_year[:] = 0
        marks[:, day] = school.live(day)
        if day in as_of:
            states.append(school.state(day))
    leave = school.sanctions.leave
    left = leave < days.count
    people = people.assign(leave=leave)
    dates = np.full(len(people), np.datetime64("NaT"), dtype="datetime64[D]")
    dates[left] = days.datetimes[leave[left]]
    people["leaving_date"] = dates
    return History(
        setting=setting,
        people=people,
        marks=marks,
        events=school.conduct.events.frame(),
        suspensions=school.sanctions.frame(),
        states=tuple(states),
    )
