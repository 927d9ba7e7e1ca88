"""Which small faults the tests don't notice.

`python -m benchmarks.mutants [--quick] [--json] [--seed N] [--count N] [--rooms A,B] [--jobs N] [--keep FILE]`.
Draws COUNT faults (300; 22 with `--quick`) by SEED (1) from every comparison, constant, guard, filter and return of
the rooms in `rooms.py`, in turn from each room and, in a room, from each kind. Each is put into a copy of the tree and
the room's own tests are run there. What survives is either equivalent, argued in
`benchmarks/mutants_equivalent.toml`, or a rule that no test holds. `--keep` names a file that gets one JSON line a
fault.
"""

import json
import os
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measures import Measure, at_least, at_most, finish, note, options
from benchmarks.mutants.faults import Fault
from benchmarks.mutants.rooms import ROOMS, Room
from benchmarks.mutants.trial import FAILED, NO_TIME, PASSED, POLL, ROOT, Copy, Trial, warm

COUNT, QUICK = 300, 22
EQUIVALENT = "equivalent"
ARGUED = ROOT / "benchmarks" / "mutants_equivalent.toml"
LEAST_SECONDS, TIMES_AS_LONG = 120.0, 5.0
"""A trial's limit: so many times as long as the room's tests take without a fault, and never less than this."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault and the room whose tests must notice it."""

    room: Room
    fault: Fault


def draw(rooms: Sequence[Room], count: int, seed: int) -> list[Drawn]:
    """`count` faults: in turn from each room, so that a small room of great weight isn't lost among the others."""
    queues = [_mixed(room, seed) for room in rooms]
    drawn: list[Drawn] = []
    while queues and len(drawn) < count:
        for queue in list(queues):
            found = next(queue, None)
            if found is None:
                queues.remove(queue)
            elif len(drawn) < count:
                drawn.append(found)
    return drawn


def _mixed(room: Room, seed: int) -> Iterator[Drawn]:
    """A room's faults by chance, each kind in turn."""
    chance = random.Random(f"{seed} {room.name}")
    faults = room.faults(ROOT)
    kinds = {kind: [f for f in faults if f.kind == kind] for kind in sorted({f.kind for f in faults})}
    for own in kinds.values():
        chance.shuffle(own)
    while any(kinds.values()):
        for own in kinds.values():
            if own:
                yield Drawn(room, own.pop())


def argued() -> dict[tuple[str, str, str], str]:
    """Faults that change nothing anybody could see, and why: by file, function and change."""
    listed = tomllib.loads(ARGUED.read_text("utf-8")).get("equivalent", [])
    return {(one["file"], one["function"], one["mutation"]): one["reason"] for one in listed}


def stale(known: dict[tuple[str, str, str], str], rooms: Sequence[Room]) -> list[str]:
    """Arguments about faults that can't be drawn any more."""
    possible = {(f.file, f.function, f.change) for room in rooms for f in room.faults(ROOT)}
    return [" · ".join(key) for key in known if key not in possible]


def without_faults(rooms: Sequence[Room], copy: Copy) -> dict[str, float]:
    """Seconds each room's tests take as they are. A room whose tests fail then can't be judged."""
    found = {}
    for room in rooms:
        trial = Trial.start(copy, room.tests, 1800)
        while (ended := trial.ended()) is None:
            time.sleep(POLL)
        found[room.name] = trial.seconds()
        if ended != PASSED:
            said = (copy.root.parent / "said.txt").read_text("utf-8", errors="replace")
            sys.exit(f"The tests of {room.name} don't pass without a fault ({ended}).\n{said[-4000:]}")
    return found


def tried(
    drawn: list[Drawn], copies: list[Copy], limits: dict[str, float]
) -> Iterator[tuple[Drawn, str, float]]:
    """Each fault and how its trial ended, several at once."""
    waiting, free = list(reversed(drawn)), list(copies)
    running: list[tuple[Drawn, Trial]] = []
    while waiting or running:
        while waiting and free:
            one, copy = waiting.pop(), free.pop()
            copy.put(one.fault)
            running.append((one, Trial.start(copy, one.room.tests, limits[one.room.name])))
        for one, trial in list(running):
            if (ended := trial.ended()) is not None:
                running.remove((one, trial))
                trial.copy.mend(one.fault)
                free.append(trial.copy)
                yield one, ended, trial.seconds()
        time.sleep(POLL)


def told(one: Drawn, ended: str, seconds: float) -> str:
    """A fault and its end, for a person."""
    fault = one.fault
    return (
        f"{ended:20} {one.room.name:14} {fault.file}:{fault.line} {fault.function} [{fault.kind}] "
        f"{fault.change}  ({seconds:.0f} s)"
    )


def report(ends: list[tuple[Drawn, str]], stale_ones: list[str]) -> dict[str, Measure]:
    """Measures by room and of all."""
    found: dict[str, Measure] = {}
    for name in dict.fromkeys(one.room.name for one, _ in ends):
        own = Counter(ended for one, ended in ends if one.room.name == name)
        said = ", ".join(f"{count} {ended}" for ended, count in own.most_common())
        found[f"{name}: faults"] = note(own.total(), said)
    every = Counter(ended for _, ended in ends)
    found["faults tried"] = at_least(len(ends), 1)
    found["killed"] = note(every[FAILED], f"and {every[NO_TIME]} stopped at the limit")
    found["equivalent, argued"] = note(every[EQUIVALENT])
    found["arguments about nothing"] = at_most(len(stale_ones), 0)
    found["survivors"] = at_most(every[PASSED], 0)
    return found


def main() -> None:
    """Draw, try, and say what survived."""
    asked = options(
        __doc__ or "", seed="of the draw", count="how many faults", rooms="only these", jobs="trials at once",
        keep="a file for one JSON line a fault",
    )  # fmt: skip
    rooms = [room for room in ROOMS if not asked.rooms or room.name in asked.rooms.split(",")]
    known = argued()
    drawn = draw(rooms, int(asked.count or (QUICK if asked.quick else COUNT)), int(asked.seed or 1))
    ends = [(one, EQUIVALENT) for one in drawn if _key(one.fault) in known]
    to_try = [one for one in drawn if _key(one.fault) not in known]
    warm()
    with tempfile.TemporaryDirectory(prefix="belong-mutants-") as folder:
        jobs = int(asked.jobs or os.cpu_count() or 1)
        copies = [Copy(Path(folder) / str(number)) for number in range(jobs)]
        used = [room for room in rooms if any(one.room is room for one in to_try)]
        took = without_faults(used, copies[0])
        limits = {name: max(LEAST_SECONDS, TIMES_AS_LONG * seconds) for name, seconds in took.items()}
        for one, ended, seconds in tried(to_try, copies, limits):
            ends.append((one, ended))
            print(told(one, ended, seconds), file=sys.stderr, flush=True)
            if asked.keep:
                with Path(asked.keep).open("a") as kept:
                    fault = one.fault
                    kept.write(
                        json.dumps([one.room.name, ended, *_key(fault), fault.line, round(seconds)]) + "\n"
                    )
    finish(report(ends, stale(known, ROOMS)), only_json=asked.json)


def _key(fault: Fault) -> tuple[str, str, str]:
    return fault.file, fault.function, fault.change


if __name__ == "__main__":
    main()
