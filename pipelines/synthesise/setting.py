"""The made schools: who goes there, how ready they are to suspend, what they write down, and what changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from pipelines.synthesise.days import Days
from pipelines.synthesise.names import SCHOOLS
from pipelines.synthesise.world import World

FIRST_URN = 999001
LEAST_RECORDING = 0.1
"""Every school writes down at least this share of incidents."""
MEAN_RECENT = {"secondary": 3.65, "primary": 2.65}
"""Recently recorded incidents of the pupil in the mean incident of the default world, found by running."""


@dataclass(frozen=True)
class Setting:
    """One made school. Factors have mean 1 over the trust."""

    number: int
    urn: str
    name: str
    phase: str
    mis: str
    pupils: int
    free_meals: float
    """Share of pupils eligible for free school meals."""
    city: float
    """0 a town's ethnic mix, 1 a city's."""
    strictness: float
    """Factor on the chance that an incident ends in suspension."""
    culture: float
    """Factor on how many incidents happen."""
    recording: float
    """Share of incidents written down."""
    praise: float
    policy_day: int
    """Day index from which a new policy holds; the number of days when it never does."""
    logging_day: int
    """Day index from which incidents are logged in a new way."""
    internal: float
    """Share of removals that are internal suspensions."""
    last_year_day: int
    """Day index on which the last school year begins."""
    hot_lesson: int
    """Index of the lesson in which things go wrong most."""
    closure_day: int
    """A day the site could not open (snow, a burst pipe); -1 for none."""


def balanced_normal(rng: np.random.Generator, count: int) -> np.ndarray:
    """Standard normal scores, one from the middle of each of ``count`` equal slices, shuffled.

    Drawing this way keeps means of skewed quantities the same from seed to seed.
    """
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((slice_ + 0.5) / count) for slice_ in range(count)])
    return rng.permutation(scores)


def balanced_factor(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    """Log-normal factors of the given log spread, balanced, with mean exactly 1."""
    factor = np.exp(spread * balanced_normal(rng, count))
    return np.asarray(factor / factor.mean())


def _changers(rng: np.random.Generator, schools: int, share: float) -> np.ndarray:
    """The schools that change: the rounded share, at least one where there are two schools or more."""
    count = round(share * schools)
    if share > 0 and schools > 1:
        count = max(count, 1)
    return np.isin(np.arange(schools), rng.permutation(schools)[:count])


def _change_day(rng: np.random.Generator, days: Days) -> int:
    """The first day of a term in the middle half of the history."""
    terms = len(days.terms)
    if terms < 4:
        return days.count
    return days.span(int(rng.integers(terms // 3, terms - terms // 4)))[0]


def draw_settings(
    world: World, days: Days, *, schools: int, pupils: int, phase: str, mis: tuple[str, ...], seed: int
) -> tuple[Setting, ...]:
    """The trust's schools; the MIS names go round in turn."""
    rng = np.random.default_rng([seed, 0, 1])
    strictness = balanced_factor(rng, schools, world.strictness_spread)
    culture = balanced_factor(rng, schools, world.culture_spread)
    recording = np.exp(world.recording_spread * balanced_normal(rng, schools)) * world.recording
    meals = world.rates(phase).free_meals * balanced_factor(rng, schools, 0.4)
    city = rng.permutation((np.arange(schools) + 0.5) / schools)
    policy = _changers(rng, schools, world.policy_change_share)
    logging = _changers(rng, schools, world.policy_change_share)
    internal = rng.permutation((np.arange(schools) + 0.5) / schools) * 2 * world.internal_share
    ending = "Academy" if phase == "secondary" else "Primary School"
    settings = tuple(
        Setting(
            number=number,
            urn=str(FIRST_URN + number),
            name=f"{SCHOOLS[number % len(SCHOOLS)]} {ending}"
            + (f" {number // len(SCHOOLS) + 1}" if number >= len(SCHOOLS) else ""),
            phase=phase,
            mis=mis[number % len(mis)],
            pupils=pupils,
            free_meals=float(np.clip(meals[number], 0.04, 0.65)),
            city=float(city[number]),
            strictness=float(strictness[number]),
            culture=float(culture[number]),
            recording=float(np.clip(recording[number], LEAST_RECORDING, 1.0)),
            praise=float(rng.uniform(0.5, 1.6)),
            policy_day=_change_day(rng, days) if policy[number] else days.count,
            logging_day=_change_day(rng, days) if logging[number] else days.count,
            internal=float(internal[number]),
            last_year_day=int(np.flatnonzero(days.year == days.year[-1])[0]),
            hot_lesson=int(rng.integers(0, 6)),
            closure_day=int(rng.integers(0, days.count)) if rng.random() < 0.5 else -1,
        )
        for number in range(schools)
    )
    return _balanced(settings, days, world)


def _balanced(settings: tuple[Setting, ...], days: Days, world: World) -> tuple[Setting, ...]:
    """The same schools with strictness scaled so that the trust as a whole suspends at the phase's rate.

    Strict schools may by chance also have many incidents or many pupils on free meals; in a trust of three
    that would move every rate, and it isn't what a seed is meant to change.
    """
    weight = np.mean([_weight(setting, days, world) for setting in settings])
    return tuple(replace(setting, strictness=setting.strictness / float(weight)) for setting in settings)


def _weight(setting: Setting, days: Days, world: World) -> float:
    """A school's setting's effect on its suspension rate, roughly, in units of the mean school's."""
    rates = world.rates(setting.phase)
    meals = rates.group_factor.get("fsm:T", 1.0) - 1
    intake = (1 + meals * setting.free_meals) / (1 + meals * rates.free_meals)
    later = 1 - setting.policy_day / days.count
    policy = 1 + (world.policy_change - 1) * later
    escalated = world.escalation * MEAN_RECENT[setting.phase]
    record = setting.recording * intake * setting.culture / max(world.recording, LEAST_RECORDING)
    climb = (1 + escalated * record) / (1 + escalated)
    return setting.strictness * setting.culture * intake * policy * climb * (1 - setting.internal)
