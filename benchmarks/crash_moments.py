"""kill -9 before and after every write, rename, removal and commit of six acts, each in a home of its own.

The moments are found by counting (see `testbed.crashing`). Takes all of them; the quick form some of each act.
"""

import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measures import Measure, at_least, at_most, note
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.operations.backup import make_backup
from service.records import roll_store
from testbed.crashes import World, acts, looked_over, start_again, state
from testbed.crashing import Killed, Range

UPN = re.compile(rb"[A-Z]\d{11}[A-Z0-9]")
FEWEST = 10
Say = Callable[..., None]


def world_of(home: Path, school: str, term: str, files: list[tuple[str, bytes]], folder: Path) -> World:
    """What is sent, who is erased, and the UPN that may lie nowhere in plain."""
    with Deployment.open(home) as deployment:
        made = make_backup(command_caller(deployment), folder / "backups", keys_to=folder / "keys")

    def pupil(deployment: Deployment) -> str:
        with command_caller(deployment).reading() as tx:
            return min(
                row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a measurement"), school, term)
            )

    found = next(match for _, data in files if (match := UPN.search(data)))
    return World(school, term, tuple(files), pupil, found.group(), folder / "keys", made["folder"])


def killed_everywhere(home: Path, world: World, each: int | None, seed: int, say: Say) -> dict[str, Measure]:
    """Kill every act at `each` of its moments, or at all; figures of what was found."""
    measures: dict[str, Measure] = {}
    for act in acts(world):
        with tempfile.TemporaryDirectory(prefix="belong-moments-") as name:
            measured = Range.measured(act, home, Path(name), start_again, state, looked_over(world))
            every = range(1, measured.of + 1)
            chosen = (
                every if each is None else sorted(random.Random(seed).sample(every, min(each, measured.of)))
            )
            killed: list[Killed] = []
            for moment in chosen:
                killed.append(measured.killed_at(moment))
                say(act=act.name, moment=moment, of=measured.of, faults=list(killed[-1].faults))
        measures[f"moments: {act.name}"] = at_least(measured.of, FEWEST)
        measures[f"moments: {act.name}, killed at"] = note(len(killed), "of them")
        wrong = sum(1 for one in killed if one.faults)
        measures[f"moments: {act.name}, left half-done, lost, doubled or readable"] = at_most(wrong, 0)
    return measures
