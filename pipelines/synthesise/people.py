"""Pupils of one made school: who they are, when they come and go, what they need, when it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts import upn as upns
from pipelines.synthesise import names
from pipelines.synthesise.calibration import Rates
from pipelines.synthesise.days import Days, last_friday_in_june
from pipelines.synthesise.setting import Setting, balanced_normal
from pipelines.synthesise.vocabulary import (
    ETHNICITIES,
    MIXED_CITY,
    NEED_SHARE,
    WHITE_BRITISH_TOWN,
)
from pipelines.synthesise.world import World

NEVER = 10**6
HAD_TEMPORARY_UPN = 0.01
MOVER_SERIAL = 900
"""UPN serials from here on belong to pupils who move between schools of the trust."""
MOVE_TAKES = 3
"""School days between two schools."""
PLAN_TAKES = 130
"""School days from SEN support to a plan for those whose plan comes later."""
FORMS = "ABCDEFGHJK"
EAL_SHARE = {"White": 0.05, "Mixed": 0.1, "Asian": 0.5, "Black": 0.35, "Other": 0.6, "Unclassified": 0.1}
IN_CARE = 0.006
ETHNICITY_CODES = tuple(ETHNICITIES)
ETHNICITY_GROUPS = np.array([group for _, group in ETHNICITIES.values()])
OBSERVES_EID = np.isin(ETHNICITY_CODES, ["APKN", "ABAN", "OOTH"])


@dataclass(frozen=True)
class Intake:
    """Places to fill: one entry per pupil."""

    cohort: np.ndarray
    """Calendar year in which the pupil would start the school's first year group."""
    entry: np.ndarray
    """Day index of the first day on roll; 0 also for those who joined before the history begins."""
    leave: np.ndarray
    """Day index of the last day on roll; ``NEVER`` when still there at the end."""
    joined_late: np.ndarray
    """True for pupils who come in the middle of their time, whose past the school doesn't know."""


def plan_intake(setting: Setting, days: Days, world: World, rng: np.random.Generator) -> Intake:
    """Whole cohorts, with some pupils leaving each year and as many others joining."""
    groups = len(world.rates(setting.phase).years)
    first, last = int(days.year[0]), int(days.year[-1])
    size = np.diff(np.linspace(0, setting.pupils, groups + 1).round().astype(int))
    cohort, entry, leave, late = [], [], [], []
    for start in range(first - groups + 1, last + 1):
        count = int(size[(start - first) % groups])
        entry_day = 0 if start <= first else _first_day(days, start)
        leave_day = _finish_day(days, start + groups, setting.phase)
        ins, outs = np.full(count, entry_day), np.full(count, leave_day)
        end = min(leave_day, days.count - 1)
        swaps = rng.binomial(count, min(1.0, world.joiner_share * (end - entry_day) / 190))
        when = np.sort(rng.integers(entry_day + 1, end, swaps)) if end > entry_day + 1 else np.array([], int)
        outs[: len(when)] = when
        cohort += [start] * (count + len(when))
        entry += [*ins, *np.minimum(when + rng.integers(1, 30, len(when)), end)]
        leave += [*outs, *np.full(len(when), leave_day)]
        late += [False] * count + [True] * len(when)
    return Intake(np.array(cohort), np.array(entry), np.array(leave), np.array(late))


def _first_day(days: Days, year: int) -> int:
    return int(np.flatnonzero(days.year == year)[0])


def _finish_day(days: Days, summer: int, phase: str) -> int:
    """Day index on which a cohort leaves in ``summer``: late June for Year 11, the last day for Year 6."""
    inside = np.flatnonzero(days.year == summer - 1)
    if not len(inside):
        return NEVER
    if phase == "secondary":
        return days.at(last_friday_in_june(summer))
    return int(inside[-1])


def group_factor(people: pd.DataFrame, factors: Mapping[str, float]) -> np.ndarray:
    """Product of the factors of the groups each pupil is in; keys are ``characteristic:value``.

    Characteristics are columns of ``people``; ``sen`` means latent need, ``ethnicity`` the group or DfE code.
    """
    product = np.ones(len(people))
    for key, factor in factors.items():
        name, _, value = key.partition(":")
        if name == "ethnicity" and value not in ETHNICITIES:
            name = "ethnicity_group"
        column = people["latent_sen" if name == "sen" else name]
        if column.dtype == bool:
            column = column.map({True: "T", False: "F"})
        product[(column.astype(str) == value).to_numpy()] *= factor
    return product


def _ethnicity(setting: Setting, count: int, rng: np.random.Generator) -> np.ndarray:
    mix = (1 - setting.city) * np.array(WHITE_BRITISH_TOWN) + setting.city * np.array(MIXED_CITY)
    return rng.choice(len(mix), count, p=mix / mix.sum())


def _latent_need(fsm: np.ndarray, rates: Rates, rng: np.random.Generator) -> np.ndarray:
    """'N', 'K' or 'E': true need, more frequent among pupils on free meals."""
    tilt = np.where(fsm, 1.5, 1.0)
    tilt = tilt / (1 + 0.5 * rates.free_meals)
    draw = rng.random(len(fsm))
    plan, support = rates.plan_need * tilt, rates.sen_support_need * tilt
    return np.where(draw < plan, "E", np.where(draw < plan + support, "K", "N"))


def _traits(people: pd.DataFrame, rates: Rates, rng: np.random.Generator) -> np.ndarray:
    """Log incident level of each pupil's own, balanced within latent need so that groups keep their means."""
    trait = np.zeros(len(people))
    for need in ("N", "K", "E"):
        members = np.flatnonzero((people["latent_sen"] == need).to_numpy())
        if len(members):
            level = rates.trait_spread * balanced_normal(rng, len(members))
            trait[members] = level - np.log(np.exp(level).mean())
    return trait


def _characteristics(setting: Setting, count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    ethnicity = _ethnicity(setting, count, rng)
    groups = ETHNICITY_GROUPS[ethnicity]
    return {
        "sex": np.where(rng.random(count) < 0.51, "M", "F"),
        "ethnicity": np.array(ETHNICITY_CODES)[ethnicity],
        "ethnicity_group": groups,
        "fsm": rng.random(count) < setting.free_meals,
        "in_care": rng.random(count) < IN_CARE,
        "eal": rng.random(count) < np.array([EAL_SHARE[group] for group in groups]),
        "observes_eid": OBSERVES_EID[ethnicity],
    }


def draw_people(
    setting: Setting,
    intake: Intake,
    world: World,
    rng: np.random.Generator,
    *,
    first_serial: int = 1,
) -> pd.DataFrame:
    """One row per pupil of the places in ``intake``; all that stays the same about them.

    ``first_serial`` keeps the UPNs of two draws for one school apart.
    """
    rates = world.rates(setting.phase)
    count = len(intake.cohort)
    people = pd.DataFrame(
        {
            "cohort": intake.cohort,
            "entry": intake.entry,
            "leave": intake.leave,
            "joined_late": intake.joined_late,
            **_characteristics(setting, count, rng),
            "form": rng.integers(0, max(1, min(len(FORMS), setting.pupils // 150)), count),
        }
    )
    people["latent_sen"] = _latent_need(people["fsm"].to_numpy(), rates, rng)
    people["trait"] = _traits(people, rates, rng)
    people["absence_trait"] = 0.35 * people["trait"] / max(rates.trait_spread, 1e-9) + np.sqrt(
        1 - 0.35**2
    ) * rng.standard_normal(count)
    _add_names(people, rng)
    _add_births(people, rates, rng)
    _add_upns(people, setting, rates, rng, first_serial)
    _add_recording(people, world, rng)
    return people


def _add_names(people: pd.DataFrame, rng: np.random.Generator) -> None:
    girl = (people["sex"] == "F").to_numpy()
    first = np.where(girl, rng.choice(names.GIRLS, len(people)), rng.choice(names.BOYS, len(people)))
    people["forename"] = first
    people["surname"] = rng.choice(names.SURNAMES, len(people))


def _add_births(people: pd.DataFrame, rates: Rates, rng: np.random.Generator) -> None:
    age_at_start = rates.years[0] + 4
    born = np.array([f"{start - age_at_start - 1}-09-01" for start in people["cohort"]], "datetime64[D]")
    people["dob"] = born + rng.integers(0, 365, len(people))


def _add_dates(people: pd.DataFrame, days: Days) -> None:
    """Entry and leaving dates from the day indices; the first cohorts came before the history begins."""
    joined = days.datetimes[people["entry"].to_numpy()].copy()
    before = (people["cohort"].to_numpy() < int(days.year[0])) & ~people["joined_late"].to_numpy()
    starts = np.array([f"{start}-09-03" for start in people["cohort"]], dtype="datetime64[D]")
    joined[before] = starts[before]
    people["entry_date"] = joined
    people["leaving_date"] = leaving_dates(people["leave"].to_numpy(), days)


def leaving_dates(leave: np.ndarray, days: Days) -> np.ndarray:
    """Dates of day indices, missing where they lie after the history."""
    dates = np.full(len(leave), np.datetime64("NaT"), dtype="datetime64[D]")
    gone = leave < days.count
    dates[gone] = days.datetimes[leave[gone]]
    return dates


def _add_upns(
    people: pd.DataFrame, setting: Setting, rates: Rates, rng: np.random.Generator, first_serial: int
) -> None:
    """UPNs, as given by a primary school of the neighbourhood in each pupil's Reception year."""
    reception = people["cohort"].to_numpy() - rates.years[0]
    feeder = 2000 + setting.number * 20 + rng.integers(0, 20, len(people))
    serial: dict[tuple[int, int], int] = {}
    numbers = []
    for school, year in zip(feeder, reception, strict=True):
        number = serial.get((school, year), first_serial - 1) + 1
        serial[(school, year)] = number
        numbers.append(upns.make(f"{upns.SYNTHETIC_AREA}{school:04d}{year % 100:02d}{number:03d}"))
    people["upn"] = numbers
    temporary = rng.random(len(people)) < HAD_TEMPORARY_UPN
    people["former_upn"] = [
        upns.make(f"{number[1:10]}{number[11:]}X") if had else ""
        for number, had in zip(numbers, temporary, strict=True)
    ]


def add_school_numbers(people: pd.DataFrame, setting: Setting) -> None:
    """The school's own numbers: admission number and MIS id, in order of entry."""
    order = np.argsort(people["entry_date"].to_numpy(), kind="stable")
    rank = np.empty(len(people), dtype=int)
    rank[order] = np.arange(len(people))
    people["admission_number"] = [f"{4000 + number:06d}" for number in rank]
    people["mis_id"] = [str(10_000 * (setting.number + 1) + 7 * number + 13) for number in rank]


def draw_school(
    settings: tuple[Setting, ...], number: int, days: Days, world: World, seed: int
) -> pd.DataFrame:
    """Everyone who is ever at one school: its own intake, those who move away to the next school of the trust,
    and those who come from the one before.
    """
    setting = settings[number]
    rng = np.random.default_rng([seed, number + 1, 2])
    parts = [draw_people(setting, plan_intake(setting, days, world, rng), world, rng)]
    if len(settings) > 1:
        parts.append(_movers(setting, days, world, seed))
        came = _movers(settings[number - 1], days, world, seed)
        entry = came["leave"] + MOVE_TAKES
        finish = [
            _finish_day(days, start + len(world.rates(setting.phase).years), setting.phase)
            for start in came["cohort"]
        ]
        came = came.assign(entry=entry, leave=np.array(finish, dtype=int), joined_late=True)
        parts.append(came[came["entry"] < np.minimum(came["leave"], days.count)])
    people = pd.concat(parts, ignore_index=True)
    _add_dates(people, days)
    add_school_numbers(people, setting)
    return people


def _movers(setting: Setting, days: Days, world: World, seed: int) -> pd.DataFrame:
    """Pupils who move from this school to the next of the trust, the same whichever school asks."""
    rng = np.random.default_rng([seed, setting.number + 1, 6])
    groups = len(world.rates(setting.phase).years)
    years = int(days.year[-1] - days.year[0]) + 1
    cohort, entry, leave = [], [], []
    for _ in range(rng.binomial(setting.pupils * years, world.move_share)):
        day = int(rng.integers(5, days.count - 5))
        start = int(days.year[day]) - int(rng.integers(0, groups))
        first = 0 if start <= int(days.year[0]) else _first_day(days, start)
        if first + 1 < day < _finish_day(days, start + groups, setting.phase) - MOVE_TAKES:
            cohort.append(start)
            entry.append(first)
            leave.append(day)
    late = np.zeros(len(cohort), bool)
    intake = Intake(np.array(cohort, int), np.array(entry, int), np.array(leave, int), late)
    return draw_people(setting, intake, world, rng, first_serial=MOVER_SERIAL)


def _add_recording(people: pd.DataFrame, world: World, rng: np.random.Generator) -> None:
    """Add the day index at which latent need gets onto the SEN record; ``NEVER`` where no record will show
    it."""
    count = len(people)
    need = people["latent_sen"].to_numpy()
    wait = rng.exponential(world.sen_recording_days, count) * group_factor(people, world.sen_recording_gap)
    recorded = people["entry"].to_numpy() + 1 + wait.astype(int)
    at_entry = rng.random(count) < np.where(need == "E", 0.9, world.sen_recorded_at_entry)
    recorded = np.where(at_entry, -1, recorded)
    never = (need == "K") & (rng.random(count) < world.sen_never_recorded)
    people["sen_day"] = np.where((need == "N") | never, NEVER, recorded)
    slow = (need == "E") & ~at_entry
    people["plan_day"] = np.where(need == "E", np.where(slow, recorded + PLAN_TAKES, -1), NEVER)
    people["sen_need"] = [
        rng.choice(list(NEED_SHARE[kind]), p=_normed(NEED_SHARE[kind])) if kind != "N" else ""
        for kind in need
    ]
    people["sen_need2"] = [
        rng.choice(list(NEED_SHARE[kind]), p=_normed(NEED_SHARE[kind]))
        if kind != "N" and rng.random() < 0.2
        else ""
        for kind in need
    ]


def _normed(shares: Mapping[str, float]) -> np.ndarray:
    values = np.array(list(shares.values()))
    return np.asarray(values / values.sum())


def nc_year(people: pd.DataFrame, rates: Rates, school_year: int) -> np.ndarray:
    """National Curriculum year of each pupil in the school year that began in ``school_year``."""
    return np.asarray(people["cohort"].to_numpy() * -1 + school_year + rates.years[0])
