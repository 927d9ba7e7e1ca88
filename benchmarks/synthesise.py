"""The synthetic trust at full size: its rates beside the published figures, its wall time and its memory.

Makes 20 schools of 1,000 pupils over 4 years (`--quick`: 6 of 500), writes every file, and counts the rates
of the same histories as the national statistics count them. `--seed` takes another seed, `--phase` another
phase.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import pandas as pd
import psutil

from benchmarks.measures import Measure, at_most, finish, measured, note, options
from pipelines.synthesise import World, synthesise
from pipelines.synthesise.days import Days, history_days
from pipelines.synthesise.journey import make_history
from pipelines.synthesise.rates import measured as counted
from pipelines.synthesise.rates import pupil_years, targets
from pipelines.synthesise.setting import Setting, draw_settings

YEARS, LAST_YEAR, MIS = 4, "2025/26", ("sims", "arbor", "bromcom")
LONGEST_SECONDS, MOST_MEGABYTES = 300.0, 4096.0


class Memory:
    """Peak resident memory of this process and its children together, sampled ten times a second."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._stop = threading.Event()

    def watch(self) -> None:
        me = psutil.Process(os.getpid())
        while not self._stop.wait(0.1):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 2**20)

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def watched() -> Iterator[Memory]:
    memory = Memory()
    thread = threading.Thread(target=memory.watch)
    thread.start()
    try:
        yield memory
    finally:
        memory.stop()
        thread.join()


def school_years(
    settings: tuple[Setting, ...], number: int, days: Days, world: World, seed: int
) -> pd.DataFrame:
    """The pupil-years of one school."""
    return pupil_years(make_history(settings, number, days, world, seed), days, world)


def rates(schools: int, pupils: int, seed: int, phase: str) -> dict[tuple[str, str], float]:
    """Rates of the default world."""
    world, days = World(), history_days(YEARS, LAST_YEAR)
    settings = draw_settings(world, days, schools=schools, pupils=pupils, phase=phase, mis=MIS, seed=seed)
    work = (joblib.delayed(school_years)(settings, n, days, world, seed) for n in range(schools))
    return counted(joblib.Parallel(n_jobs=2)(work))


def writing(schools: int, pupils: int, seed: int, phase: str) -> dict[str, Measure]:
    """Wall time and memory of making the trust with all its files."""
    folder = Path(tempfile.mkdtemp())
    try:
        with measured() as cost, watched() as memory:
            synthesise(
                folder / "trust",
                schools=schools,
                pupils=pupils,
                years=YEARS,
                seed=seed,
                phase=phase,
                mis=MIS,
                last_year=LAST_YEAR,
            )
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    finally:
        shutil.rmtree(folder)
    return {
        "wall time": at_most(cost.wall, LONGEST_SECONDS, "s"),
        "peak memory, all processes": at_most(memory.peak, MOST_MEGABYTES, "MB"),
        "files written, MB": note(size),
    }


def main() -> None:
    chosen = options(__doc__ or "", seed="another seed than 7", phase="secondary (default) or primary")
    schools, pupils = (6, 500) if chosen.quick else (20, 1000)
    seed, phase = int(chosen.seed or 7), chosen.phase or "secondary"
    measures = writing(schools, pupils, seed, phase)
    found = rates(schools, pupils, seed, phase)
    for target in targets(phase):
        value = found[target.measure, target.group]
        unit = "%" if target.kind == "percent" else "points"
        wanted = f"{target.value:g} ± {target.tolerance:g} {unit}"
        measures[f"{target.measure} {target.group}"] = Measure(round(value, 3), wanted, target.met(value))
    measures["absence with study leave, %"] = note(found["absence with study leave, %", "all"])
    finish(measures, only_json=chosen.json)


if __name__ == "__main__":
    main()
