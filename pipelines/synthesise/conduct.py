"""A day's behaviour: incidents, who writes them down, and how the school answers them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.synthesise.absence import expected_factor
from pipelines.synthesise.days import Days
from pipelines.synthesise.incidents import (
    INTERNAL,
    SUSPENSION,
    Events,
    Incidents,
    log_delay,
    write_incidents,
    write_praise,
)
from pipelines.synthesise.need import Need
from pipelines.synthesise.people import group_factor
from pipelines.synthesise.setting import MEAN_RECENT, Setting
from pipelines.synthesise.vocabulary import (
    FIGHT,
    NEGATIVE_SHARE,
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
MOST_A_DAY = 5


@dataclass(frozen=True)
class Answer:
    """Incidents of a day to which the school answers by removal; arrays of equal length."""

    pupil: np.ndarray
    kind: np.ndarray
    minute: np.ndarray
    internal: np.ndarray
    """True: internal suspension; False: suspension."""


@dataclass
class Conduct:
    """Incident levels and the school's answer to incidents."""

    world: World
    setting: Setting
    level: np.ndarray
    """Incidents a day of each pupil at usual need, before year group, season and presence."""
    praise: np.ndarray
    recording: np.ndarray
    """Factor on the recording of subjective incidents (recording bias)."""
    severer: np.ndarray
    """Chance that an incident is written down one step more severe (severity bias)."""
    sanction: np.ndarray
    """Factor on the chance of suspension (sanction bias)."""
    recent: np.ndarray
    """Recently recorded incidents, fading."""
    ruled: np.ndarray | None = None
    """Chance of suspension a day by the ABC rule, where that rule is the whole truth."""
    events: Events = field(default_factory=Events)

    @classmethod
    def begin(cls, people: pd.DataFrame, setting: Setting, world: World) -> Conduct:
        rates = world.rates(setting.phase)
        usual = expected_factor(rates.group_factor, setting, world)
        trait = people["trait"].to_numpy()
        own = group_factor(people, rates.group_factor) / usual * np.exp(trait)
        calm = np.exp(-0.2 * np.clip(trait, -2, 3))
        milder = group_factor(people, {key: 1 - value for key, value in world.severity_bias.items()})
        return cls(
            world=world,
            setting=setting,
            level=rates.incidents_per_pupil / SCHOOL_DAYS * setting.culture * own,
            praise=rates.praise_per_pupil / SCHOOL_DAYS * setting.praise * calm / calm.mean(),
            recording=group_factor(people, world.recording_bias),
            severer=1 - milder,
            sanction=group_factor(people, world.sanction_bias),
            recent=np.zeros(len(people)),
        )

    def rate(self, day: int, days: Days, need: Need, unmet: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Expected incidents this day of each pupil who is in school."""
        world = self.world
        slope = world.need_to_behaviour * (1 + world.unmet_need * unmet)
        season = world.term_factor[days.season[day]] * (world.friday if days.weekday[day] == 4 else 1.0)
        pull = np.exp(slope * need.lagged - world.need_to_behaviour**2 / 2)
        return np.asarray(self.level * year * season * pull)

    def strictness(self, day: int) -> float:
        """Factor on suspension of this school on this day."""
        policy = self.world.policy_change if day >= self.setting.policy_day else 1.0
        late = self.world.last_year_factor if day >= self.setting.last_year_day else 1.0
        return self.setting.strictness * policy * late * base_scale(self.world, self.setting.phase)

    def escalated(self, recent: np.ndarray) -> np.ndarray:
        """Factor on suspension after so many recently recorded incidents."""
        return np.asarray(1 + self.world.escalation * np.minimum(recent, RECENT_MOST))

    def recorded_share(self, day: int) -> float:
        """Share of incidents without a suspension that this school writes down on this day."""
        changed = self.world.recording_change if day >= self.setting.logging_day else 1.0
        return min(self.setting.recording * changed, 1.0)

    def step(self, day: int, rate: np.ndarray, here: np.ndarray, rng: np.random.Generator) -> Answer:
        """One day's events of the pupils in school (indices ``here``, expected incidents ``rate``)."""
        self.recent *= np.exp(-1.0 / RECENT_DAYS)
        write_praise(self.events, day, self.praise * (rate > 0), rng)
        pupil, forced = self._incidents(rate, here, rng)
        kind = np.searchsorted(np.cumsum(NEGATIVE_SHARE)[:-1], rng.random(len(pupil)))
        severity = SEVERITY[kind] + rng.choice(SEVERITY_SHIFT, len(pupil), p=SEVERITY_SHIFT_SHARE)
        severity = np.clip(severity + (rng.random(len(pupil)) < self.severer[pupil]), 1, 5)
        removed = self._removed(day, pupil, severity, forced, rng)
        internal = removed & ~forced & (rng.random(len(pupil)) < self.setting.internal)
        bias = np.where(SUBJECTIVE[kind], self.recording[pupil], 1.0)
        written = removed | (rng.random(len(pupil)) < np.minimum(self.recorded_share(day) * bias, 1.0))
        action = np.where(internal, INTERNAL, np.where(removed, SUSPENSION, -1))[written]
        found = Incidents(day, pupil[written], kind[written], severity[written], action)
        minute, number = write_incidents(self.events, found, self.setting, self.world.hot_lesson, here, rng)
        np.add.at(self.recent, found.pupil, 1.0)
        led = action >= 0
        answer = Answer(found.pupil[led], found.kind[led], minute[led], action[led] == INTERNAL)
        return self._with_partners(day, answer, number[led], found.severity[led], rate, rng)

    def _incidents(
        self, rate: np.ndarray, here: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The pupils in an incident, and those the ABC rule has already decided."""
        pupil = np.repeat(np.arange(len(rate)), np.minimum(rng.poisson(rate), MOST_A_DAY))
        if self.ruled is None:
            return pupil, np.zeros(len(pupil), bool)
        ruled = here[rng.random(len(here)) < self.ruled[here]]
        return np.concatenate([pupil, ruled]), np.repeat([False, True], [len(pupil), len(ruled)])

    def _removed(
        self, day: int, pupil: np.ndarray, severity: np.ndarray, forced: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Incidents that end in removal, at most one a day for each pupil."""
        if self.ruled is not None:
            return forced & ~_repeated(pupil, forced)
        chance = SUSPENDED_BY_SEVERITY[severity - 1] * self.strictness(day) * self.sanction[pupil]
        chance = np.minimum(chance * self.escalated(self.recent[pupil]), 0.95)
        removed = rng.random(len(pupil)) < chance
        return removed & ~_repeated(pupil, removed)

    def _with_partners(
        self,
        day: int,
        answer: Answer,
        number: np.ndarray,
        severity: np.ndarray,
        rate: np.ndarray,
        rng: np.random.Generator,
    ) -> Answer:
        """The other pupil in a fight is sent home too, now and then: one incident, several suspensions."""
        fights = (answer.kind == FIGHT) & ~answer.internal
        which = np.flatnonzero(fights & (rng.random(len(fights)) < self.world.fight_partners))
        if not len(which) or self.ruled is not None:
            return answer
        partner = rng.choice(len(rate), len(which), p=rate / rate.sum())
        fresh = ~np.isin(partner, answer.pupil) & ~_repeated(partner, np.ones(len(partner), bool))
        which, partner = which[fresh], partner[fresh]
        count = len(which)
        self.events.add(
            pupil=partner,
            day=np.full(count, day),
            kind=answer.kind[which],
            severity=severity[which],
            minute=answer.minute[which],
            lesson=np.full(count, 11),
            location=np.full(count, 2),
            action=np.full(count, SUSPENSION),
            role=np.ones(count, int),
            incident=number[which],
            logged_after=log_delay(count, rng),
        )
        np.add.at(self.recent, partner, 1.0)
        return Answer(
            np.concatenate([answer.pupil, partner]),
            np.concatenate([answer.kind, answer.kind[which]]),
            np.concatenate([answer.minute, answer.minute[which]]),
            np.concatenate([answer.internal, np.zeros(count, bool)]),
        )


def _repeated(pupil: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """True for a pupil's second and later removal of the day."""
    seen: set[int] = set()
    repeated = np.zeros(len(pupil), bool)
    for index in np.flatnonzero(removed):
        repeated[index] = int(pupil[index]) in seen
        seen.add(int(pupil[index]))
    return repeated


def mean_chance() -> float:
    """Chance that a chance incident ends in removal where strictness is 1 and nothing went before."""
    shifted = [
        share * SUSPENDED_BY_SEVERITY[np.clip(SEVERITY + shift, 1, 5) - 1]
        for shift, share in zip(SEVERITY_SHIFT, SEVERITY_SHIFT_SHARE, strict=True)
    ]
    return float(np.sum(np.sum(shifted, axis=0) * NEGATIVE_SHARE))


def base_scale(world: World, phase: str) -> float:
    """Factor that brings the chance of suspension to the phase's rate, whatever the escalation."""
    rates = world.rates(phase)
    escalated = 1 + world.escalation * MEAN_RECENT[phase]
    wanted = rates.suspensions_per_100 / 100 / rates.incidents_per_pupil
    return wanted / (mean_chance() * escalated)
