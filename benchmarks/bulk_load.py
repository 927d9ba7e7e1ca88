"""Throughput: a trust's folder of extracts read, checked against every rule and written to the lake.

The full form is 50 schools × 1,000 pupils × 3 years: 450 extracts, 57 million marks. `--quick` is 5 schools.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bulk_extracts import write_school
from benchmarks.measures import Measure, at_most, finish, measured, note, options, peak_megabytes

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
SCHOOLS, QUICK_SCHOOLS, YEARS = 50, 5, 3
MINUTES = 20
FLAT = 1.25  # the second half of a run may need at most a quarter more memory than the first


class _Watch(threading.Thread):
    """Memory of this process and its workers together, sampled twice a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.samples: list[float] = []
        self.ended = threading.Event()

    def run(self) -> None:
        import psutil

        own = psutil.Process()
        while not self.ended.wait(0.5):
            held = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.samples.append(held / 2**20)


def _worker_cpu() -> float:
    import psutil

    spent = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += used.user + used.system
    return spent


def _home(folder: Path, urns: list[str]) -> Path:
    from service.app.journeys import register_school
    from service.core.homes import Home

    Home.create(folder)
    for urn in urns:
        register_school(folder, urn, name=f"Bulk School {urn}", phase="secondary", mis="arbor")
    return folder


def main() -> None:
    asked = options(__doc__ or "", schools="how many schools of 1,000 pupils")
    schools = int(asked.schools or (QUICK_SCHOOLS if asked.quick else SCHOOLS))

    def said(text: str) -> None:
        if not asked.json:
            print(text, flush=True)

    with tempfile.TemporaryDirectory(prefix="belong-bulk-") as folder:
        root = Path(folder)
        marks = sum(write_school(root / "extracts", number, YEARS) for number in range(schools))
        said(f"{schools} schools, {9 * schools} extracts, {marks:,} marks written.")
        measures = _run(root, schools, marks, said)
    finish(measures, only_json=asked.json)


def _run(root: Path, schools: int, marks: int, said: Callable[[str], None]) -> dict[str, Measure]:
    from service.app.journeys import load_trust
    from service.uploads.from_machine import schools_below

    folders = schools_below(root / "extracts")
    home = _home(root / "home", list(folders))
    watch, began = _Watch(), time.perf_counter()
    watch.start()

    def progress(text: str, done: int, total: int) -> None:
        said(f"  {time.perf_counter() - began:7.1f} s  {done:>3} of {total}  {text}")

    with measured() as cost:
        outcome = load_trust(home, folders, by="benchmark", progress=progress)
        workers = _worker_cpu()
    watch.ended.set()
    rows = [table for school in outcome["schools"].values() for table in school["tables"]]
    kept = sum(row["kept"] for row in rows if row["table"] == "attendance")
    assert kept == marks, f"{kept:,} of {marks:,} marks were loaded: {outcome['stopped']}"
    cpu, half = cost.cpu + workers, len(watch.samples) // 2
    first, second = max(watch.samples[:half] or [1.0]), max(watch.samples[half:] or [1.0])
    share = marks / 57_000_000
    return {
        f"{marks:,} marks loaded, minutes of wall time": at_most(cost.wall / 60, MINUTES * share, "min"),
        "the same in CPU time over 2 cores, minutes": at_most(cpu / 2 / 60, MINUTES * share, "min"),
        "CPU seconds per extract": note(cpu / (9 * schools)),
        "memory of all processes, second half / first half": at_most(second / first, FLAT),
        "peak memory of all processes, MB": note(max(first, second)),
        "peak memory of the committing process, MB": note(peak_megabytes()),
        "lake size, MB": note(
            sum(f.stat().st_size for f in (home / "lake").rglob("*") if f.is_file()) / 2**20
        ),
        "load average while it ran": note(os.getloadavg()[1]),
    }


if __name__ == "__main__":
    main()
