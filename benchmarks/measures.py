"""How every benchmark takes its options, states its targets and ends: one JSON object on the last line."""

import argparse
import json
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Measure:
    """One figure against its target. `met` is None where nothing was promised."""

    value: float | str | None
    target: str
    met: bool | None


def at_most(value: float, limit: float, unit: str = "") -> Measure:
    """A figure that should not exceed `limit`."""
    return Measure(round(value, 4), f"at most {limit:g} {unit}".strip(), value <= limit)


def at_least(value: float, limit: float, unit: str = "") -> Measure:
    """A figure that should reach `limit`."""
    return Measure(round(value, 4), f"at least {limit:g} {unit}".strip(), value >= limit)


def note(value: float | str | None, what: str = "for comparison") -> Measure:
    """A rival's figure, or a circumstance: printed, not judged."""
    return Measure(round(value, 4) if isinstance(value, float) else value, what, None)


def options(description: str, **extra: str) -> argparse.Namespace:
    """Parse `--quick`, `--json` and further text options given as name=help."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a smaller form, for a look")
    parser.add_argument("--json", action="store_true", help="print only the closing JSON line")
    for name, text in extra.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=text)
    return parser.parse_args()


def finish(measures: dict[str, Measure], *, only_json: bool) -> None:
    """Print a table for a person and, as the last line, the measures as JSON."""
    if not only_json:
        print(f"\n{platform.machine()}, Python {platform.python_version()}, {sys.platform}")
        for name, measure in measures.items():
            mark = {True: "met", False: "MISSED", None: ""}[measure.met]
            print(f"  {name:<58} {measure.value!s:>14}  {measure.target:<28} {mark}")
    print(json.dumps({name: asdict(measure) for name, measure in measures.items()}))


@dataclass
class Cost:
    """Seconds of CPU (own and finished children's) and of wall time that a block took."""

    cpu: float = 0.0
    wall: float = 0.0


def _cpu() -> float:
    spent = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in spent)


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block; read the result after it."""
    cost, wall, cpu = Cost(), time.perf_counter(), _cpu()
    try:
        yield cost
    finally:
        cost.cpu, cost.wall = _cpu() - cpu, time.perf_counter() - wall


def peak_megabytes() -> float:
    """The process's own peak resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
