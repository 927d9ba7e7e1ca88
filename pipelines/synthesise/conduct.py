"""A day's behaviour: incidents, who writes them down, and which of them a school answers with a suspension."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.synthesise.absence import expected_factor
from pipelines.synthesise.days import Days
from pipelines.synthesise.need import Need
from pipelines.synthesise.people import group_factor
from pipelines.synthesise.setting import Setting
from pipelines.synthesise.vocabulary import (
    ACTION_BY_SEVERITY,
    ACTIONS,
    FIGHT,
    LESSONS,
    LOCATIONS,
    NEGATIVE,
    NEGATIVE_SHARE,
    POSITIVE_SHARE,
    SEVERITY,
    SEVERITY_SHIFT,
    SEVERITY_SHIFT_SHARE,
    SUBJECTIVE,
    SUSPENDED_BY_SEVERITY,
)
from pipelines.synthesise.world import World

SCHOOL_DAYS = 190
RECENT_DAYS = 40.0
"""Days over which "recently recorded" fades."""
RECENT_MOST = 12.0
FIT = {"secondary": 0.45, "primary": 0.49}
"""Found by running: brings the simulated suspension rate to ``suspensions_per_100`` in the default world."""
LESSON_SHARE = np.array([0.13, 0.13, 0.13, 0.07, 0.07, 0.06, 0.06, 0.05, 0.04, 0.05, 0.06, 0.15])
SUSPENSION = ACTIONS.index("suspension")


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

    def add(self, **columns: np.ndarray) -> None:
        for name, values in columns.items():
            getattr(self, name).append(np.asarray(values))

    def frame(self) -> pd.DataFrame:
        """All rows: pupil and day index, kind (into ``TYPES``), severity, minute of the day, lesson, location,
        action, role (into ``ROLES``), incident number, logged_after (days)."""
        return pd.DataFrame(
            {
                name: np.concatenate(parts) if parts else np.array([], int)
                for name, parts in vars(self).items()
            }
        )


@dataclass
class Conduct:
    """Incident levels and the school's answer to incidents."""

    world: World
    setting: Setting
    level: np.ndarray
    """Incidents a day of each pupil at usual need, before year group, season and presence."""
    praise: np.ndarray
    slope: np.ndarray
    """Log incident level per standard deviation of need, per pupil, while need is met."""
    recording: np.ndarray
    """Factor on the recording of subjective incidents (recording bias)."""
    severer: np.ndarray
    sanction: np.ndarray
    recent: np.ndarray
    events: Events = field(default_factory=Events)
    incidents: int = 0

    @classmethod
    def begin(cls, people: pd.DataFrame, setting: Setting, world: World) -> Conduct:
        rates = world.rates(setting.phase)
        groups = group_factor(people, rates.group_factor) / expected_factor(
            rates.group_factor, setting, world
        )
        trait = people["trait"].to_numpy()
        level = rates.incidents_per_pupil / SCHOOL_DAYS * setting.culture * groups * np.exp(trait)
        calm = np.exp(-0.2 * np.clip(trait, -2, 3))
        severer = group_factor(people, {key: 1 - value for key, value in world.severity_bias.items()})
        return cls(
            world=world,
            setting=setting,
            level=level,
            praise=rates.praise_per_pupil / SCHOOL_DAYS * setting.praise * calm / calm.mean(),
            slope=np.full(len(people), world.need_to_behaviour),
            recording=group_factor(people, world.recording_bias),
            severer=1 - severer,
            sanction=group_factor(people, world.sanction_bias),
            recent=np.zeros(len(people)),
        )

    def rate(self, day: int, days: Days, need: Need, unmet: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Expected incidents this day of each pupil who is in school."""
        world = self.world
        slope = self.slope * (1 + world.unmet_need * unmet)
        season = world.term_factor[days.season[day]] * (world.friday if days.weekday[day] == 4 else 1.0)
        return np.asarray(self.level * year * season * np.exp(slope * need.lagged - self.slope**2 / 2))

    def strictness(self, day: int) -> float:
        """Factor on suspension of this school on this day."""
        policy = self.world.policy_change if day >= self.setting.policy_day else 1.0
        return self.setting.strictness * policy * base_scale(self.world, self.setting.phase)

    def escalated(self, recent: np.ndarray) -> np.ndarray:
        """Factor on suspension after so many recently recorded incidents."""
        return np.asarray(1 + self.world.escalation * np.minimum(recent, RECENT_MOST))

    def step(
        self, day: int, rate: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One day's events; returns (pupil, kind, minute) of the incidents that end in a suspension."""
        self.recent *= np.exp(-1.0 / RECENT_DAYS)
        self._praise(day, rate, rng)
        counts = np.minimum(rng.poisson(rate), 5)
        pupil = np.repeat(np.arange(len(rate)), counts)
        if not len(pupil):
            return pupil, pupil, pupil
        kind = np.searchsorted(np.cumsum(NEGATIVE_SHARE)[:-1], rng.random(len(pupil)))
        severity = SEVERITY[kind] + rng.choice(SEVERITY_SHIFT, len(pupil), p=SEVERITY_SHIFT_SHARE)
        severity = np.clip(severity + (rng.random(len(pupil)) < self.severer[pupil]), 1, 5)
        chance = SUSPENDED_BY_SEVERITY[severity - 1] * self.strictness(day) * self.sanction[pupil]
        chance = np.minimum(chance * self.escalated(self.recent[pupil]), 0.95)
        suspended = rng.random(len(pupil)) < chance
        suspended &= ~_repeated(pupil, suspended)
        keep = suspended | (rng.random(len(pupil)) < self._recorded(day, pupil, kind))
        minute = self._write(day, pupil[keep], kind[keep], severity[keep], suspended[keep], rng)
        np.add.at(self.recent, pupil[keep], 1.0)
        led = suspended[keep]
        return pupil[keep][led], kind[keep][led], minute[led]

    def _recorded(self, day: int, pupil: np.ndarray, kind: np.ndarray) -> np.ndarray:
        changed = self.world.recording_change if day >= self.setting.logging_day else 1.0
        bias = np.where(SUBJECTIVE[kind], self.recording[pupil], 1.0)
        return np.asarray(np.minimum(self.setting.recording * changed * bias, 1.0))

    def _write(
        self,
        day: int,
        pupil: np.ndarray,
        kind: np.ndarray,
        severity: np.ndarray,
        suspended: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Write incidents down; returns the minute of the day of each."""
        count = len(pupil)
        lesson = rng.choice(len(LESSONS), count, p=self._lesson_share())
        minute = np.where(
            lesson == len(LESSONS) - 1, rng.integers(735, 790, count), rng.integers(525, 910, count)
        )
        location = np.where(lesson == len(LESSONS) - 1, rng.integers(1, len(LOCATIONS), count), 0)
        draw = rng.random((count, 1))
        action = (
            (draw > np.cumsum(ACTION_BY_SEVERITY, axis=1)[severity - 1]).sum(axis=1).clip(0, len(ACTIONS) - 1)
        )
        number = self.incidents + 1 + np.arange(count)
        self.incidents += count
        self.events.add(
            pupil=pupil,
            day=np.full(count, day),
            kind=kind,
            severity=severity,
            minute=minute,
            lesson=lesson,
            location=location,
            action=np.where(suspended, SUSPENSION, action),
            role=np.ones(count, int),
            incident=number,
            logged_after=_delay(count, rng),
        )
        self._targets(day, kind, severity, minute, lesson, location, number, rng)
        return minute

    def _targets(
        self,
        day: int,
        kind: np.ndarray,
        severity: np.ndarray,
        minute: np.ndarray,
        lesson: np.ndarray,
        location: np.ndarray,
        number: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Pupils whom an incident happened to: a second row of the same incident."""
        towards = np.isin(
            [NEGATIVE[index].name for index in kind], ["fight", "bullying", "verbal_abuse_pupil"]
        )
        named = np.flatnonzero(towards & (rng.random(len(kind)) < 0.5))
        if not len(named):
            return
        role = np.where(rng.random(len(named)) < 0.8, 2, 3)
        self.events.add(
            pupil=rng.choice(self.in_school, len(named)),
            day=np.full(len(named), day),
            kind=kind[named],
            severity=severity[named],
            minute=minute[named],
            lesson=lesson[named],
            location=location[named],
            action=np.zeros(len(named), int),
            role=role,
            incident=number[named],
            logged_after=_delay(len(named), rng),
        )

    in_school: np.ndarray = field(default_factory=lambda: np.zeros(1, int))
    """Indices of the pupils in school on the day being simulated."""

    def _lesson_share(self) -> np.ndarray:
        share = LESSON_SHARE.copy()
        share[self.setting.hot_lesson] *= self.world.hot_lesson
        return np.asarray(share / share.sum())

    def _praise(self, day: int, rate: np.ndarray, rng: np.random.Generator) -> None:
        pupil = np.repeat(np.arange(len(rate)), rng.poisson(self.praise * (rate > 0)))
        count = len(pupil)
        kind = len(NEGATIVE) + np.searchsorted(np.cumsum(POSITIVE_SHARE)[:-1], rng.random(count))
        number = self.incidents + 1 + np.arange(count)
        self.incidents += count
        self.events.add(
            pupil=pupil,
            day=np.full(count, day),
            kind=kind,
            severity=rng.integers(1, 4, count),
            minute=rng.integers(525, 910, count),
            lesson=rng.integers(0, len(LESSONS) - 1, count),
            location=np.zeros(count, int),
            action=np.zeros(count, int),
            role=np.zeros(count, int),
            incident=number,
            logged_after=_delay(count, rng),
        )


def _delay(count: int, rng: np.random.Generator) -> np.ndarray:
    """Days until an event is logged: the same day mostly."""
    return np.asarray(rng.choice([0, 1, 2, 3, 7, 12], count, p=[0.78, 0.12, 0.04, 0.03, 0.02, 0.01]))


def _repeated(pupil: np.ndarray, suspended: np.ndarray) -> np.ndarray:
    """True for a pupil's second and later suspension of the day."""
    seen: set[int] = set()
    repeated = np.zeros(len(pupil), bool)
    for index in np.flatnonzero(suspended):
        repeated[index] = int(pupil[index]) in seen
        seen.add(int(pupil[index]))
    return repeated


def mean_chance() -> float:
    """Chance that a chance incident ends in suspension where strictness is 1 and nothing went before."""
    shifted = [
        share * SUSPENDED_BY_SEVERITY[np.clip(SEVERITY + shift, 1, 5) - 1]
        for shift, share in zip(SEVERITY_SHIFT, SEVERITY_SHIFT_SHARE, strict=True)
    ]
    return float(np.sum(np.sum(shifted, axis=0) * NEGATIVE_SHARE))


def base_scale(world: World, phase: str) -> float:
    """Factor that brings the chance of suspension to the phase's rate."""
    rates = world.rates(phase)
    return FIT[phase] * rates.suspensions_per_100 / 100 / (rates.incidents_per_pupil * mean_chance())


__all__ = ["FIGHT", "SUSPENSION", "Conduct", "Events", "base_scale", "mean_chance"]
