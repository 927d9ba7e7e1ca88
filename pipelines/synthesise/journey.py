"""Make a synthetic trust: schools, their histories, and the extracts their MIS would give term by term."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import joblib
import numpy as np

from data_contracts.errors import Refused
from pipelines.synthesise import arbor, bromcom, sims
from pipelines.synthesise.days import Days, history_days
from pipelines.synthesise.extract import overwritten, term_extract
from pipelines.synthesise.history import History, School, simulate
from pipelines.synthesise.people import draw_school
from pipelines.synthesise.setting import Setting, draw_settings
from pipelines.synthesise.slips import Slip, plant, write_slips
from pipelines.synthesise.truth import Oracle, truth_frame
from pipelines.synthesise.world import World

LAYOUTS: dict[str, ModuleType] = {"sims": sims, "arbor": arbor, "bromcom": bromcom}
PHASES = ("secondary", "primary")
Progress = Callable[[str, int, int], None]
"""Called as ``progress("Writing Meadow School, autumn 2024", done, total)``."""
SMALLEST, MOST_SCHOOLS = 20, 300


@dataclass(frozen=True)
class SyntheticSchool:
    """One made school and where its extracts lie."""

    urn: str
    name: str
    phase: str
    mis: str
    folder: Path
    terms: dict[str, Path]
    """Term id -> folder of that term's extracts."""


@dataclass(frozen=True)
class SyntheticTrust:
    """The result of ``synthesise``."""

    out: Path
    seed: int
    phase: str
    schools: tuple[SyntheticSchool, ...]
    terms: tuple[str, ...]
    """Term ids, oldest first."""
    world: World


def synthesise(
    out: Path,
    *,
    schools: int = 3,
    pupils: int = 900,
    years: int = 4,
    phase: str = "secondary",
    seed: int = 7,
    mis: tuple[str, ...] = ("sims", "arbor", "bromcom"),
    last_year: str = "2025/26",
    world: World | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> SyntheticTrust:
    """Write a synthetic trust: ``<urn>/<term>/`` extracts, ``world.json``, ``truth/<urn>.parquet``.

    ``pupils`` is per school; ``mis`` names go round the schools in turn. The same arguments give the same
    bytes, whatever ``workers``. Refused when ``out`` isn't empty or an argument makes no sense.
    """
    _check(out, schools, pupils, phase, mis)
    if seed < 0:
        raise Refused(f"A seed is a whole number from 0 on, not {seed}.")
    world = world or World()
    days = history_days(years, last_year)
    settings = draw_settings(world, days, schools=schools, pupils=pupils, phase=phase, mis=mis, seed=seed)
    described = {
        "synthetic": True,
        "seed": seed,
        "schools": schools,
        "pupils": pupils,
        "years": years,
        "phase": phase,
        "mis": list(mis),
        "last_year": last_year,
        "world": world.as_dict(),
    }
    _begin(out, described)
    made = _make_all(out, settings, days, world, seed, workers, progress)
    return SyntheticTrust(out, seed, phase, made, tuple(term.id for term in days.terms), world)


def _begin(out: Path, described: dict[str, object]) -> None:
    (out / "truth").mkdir(parents=True)
    text = json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False)
    (out / "world.json").write_text(text + "\n", encoding="utf-8")


def _make_all(
    out: Path,
    settings: tuple[Setting, ...],
    days: Days,
    world: World,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> tuple[SyntheticSchool, ...]:
    """Make every school, several at a time, and list the planted slips of all."""
    count = len(settings)
    tasks = (joblib.delayed(make_school)(out, settings, number, days, world, seed) for number in range(count))
    run = joblib.Parallel(n_jobs=min(workers, count), return_as="generator")
    made: list[SyntheticSchool] = []
    slips: list[Slip] = []
    for school, planted in run(tasks):
        made.append(school)
        slips += planted
        if progress:
            progress(f"Made {school.name}", len(made), count)
    write_slips(out / "truth" / "slips.csv", slips)
    return tuple(made)


def _check(out: Path, schools: int, pupils: int, phase: str, mis: tuple[str, ...]) -> None:
    if out.exists() and any(out.iterdir()):
        raise Refused(
            f"The folder {out.name} is not empty.", hint="Name a new folder; nothing is overwritten."
        )
    if not 1 <= schools <= MOST_SCHOOLS or not SMALLEST <= pupils <= 5000:
        raise Refused(
            "That trust can't be made.", hint=f"Ask for 1-{MOST_SCHOOLS} schools of {SMALLEST}-5000 pupils."
        )
    if phase not in PHASES:
        raise Refused(f"'{phase}' is not a phase the generator knows.", hint=f"Use {' or '.join(PHASES)}.")
    unknown = [name for name in mis if name not in LAYOUTS]
    if unknown or not mis:
        raise Refused(
            f"No layout for MIS {', '.join(unknown) or '(none)'}.", hint=f"Use {', '.join(LAYOUTS)}."
        )


def make_history(settings: tuple[Setting, ...], number: int, days: Days, world: World, seed: int) -> History:
    """The history of the trust's school of that number, without writing anything."""
    people = draw_school(settings, number, days, world, seed)
    return simulate(settings[number], people, days, world, np.random.default_rng([seed, number + 1, 3]))


def make_school(
    out: Path, settings: tuple[Setting, ...], number: int, days: Days, world: World, seed: int
) -> tuple[SyntheticSchool, list[Slip]]:
    """Make one school's history and write everything about it."""
    setting = settings[number]
    history = make_history(settings, number, days, world, seed)
    folder = out / setting.urn
    folder.mkdir()
    (folder / "school.toml").write_text(
        f'urn = "{setting.urn}"\nname = "{setting.name}"\nphase = "{setting.phase}"\nmis = "{setting.mis}"\n'
        "synthetic = true\n",
        encoding="utf-8",
    )
    slips: list[Slip] = []
    for index in range(len(days.terms)):
        slips += _write_term(out, history, days, index, world, seed)
    write_truth(out / "truth" / f"{setting.urn}.parquet", history, days, world, seed)
    terms = {term.id: folder / term.id for term in days.terms}
    return SyntheticSchool(setting.urn, setting.name, setting.phase, setting.mis, folder, terms), slips


def _write_term(out: Path, history: History, days: Days, index: int, world: World, seed: int) -> list[Slip]:
    """One term's files; every stream of chance has its own seed, so that no switch changes another's draws."""
    setting, term = history.setting, days.terms[index].id
    streams = [np.random.default_rng([seed, setting.number + 1, use, index]) for use in (4, 7)]
    mis = mis_on(setting, days.span(index)[0], world)
    layout = LAYOUTS[mis]
    folder = out / setting.urn / term
    folder.mkdir()
    extract = term_extract(history, days, index, world, streams[0])
    layout.write_term(folder, extract)
    if world.movements:
        layout.write_moves(folder, extract)
    if world.overwritten:
        later = out / "overwritten" / setting.urn / term
        later.mkdir(parents=True)
        layout.write_suspensions(later, overwritten(history, days, index, extract))
    return plant(folder, mis, extract, world.clerical_slips, streams[1])


def mis_on(setting: Setting, day: int, world: World) -> str:
    """The MIS a school uses on a day: the next in the list once it has changed over."""
    if not world.mis_change or day < setting.logging_day:
        return setting.mis
    names = tuple(LAYOUTS)
    return names[(names.index(setting.mis) + 1) % len(names)]


def write_truth(path: Path, history: History, days: Days, world: World, seed: int) -> None:
    """The oracle's table of one school."""
    rng = np.random.default_rng([seed, history.setting.number + 1, 5])
    school = School(history.setting, history.people, days, world, rng)
    oracle = Oracle(
        days=days,
        world=world,
        conduct=school.conduct,
        presence=1 - np.minimum(school.absence.level, 0.7),
        year_level=lambda day: school.year_level(day, absence=False),
        leave=history.people["leave"].to_numpy(),
    )
    frame = truth_frame(
        history.people, history.setting.urn, days, history.states, oracle, history.suspensions, rng
    )
    frame.to_parquet(path, index=False)
