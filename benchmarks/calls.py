"""Generated calls by every role for some minutes, judged whole: no answer of 5xx, no error in the log.

`python -m benchmarks.isolation --minutes M --databases sqlite [--seed S]` runs them. Rounds on freshly seeded
deployments: calls made of the OpenAPI document's types, checked against it, and calls to every route (pages and
their forms too) that are right but for NUL, days and terms no school has, long names and the like.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measures import Measure, at_most, note
from testbed.awkward import Awkward, heard
from testbed.deployments import open_deployment
from testbed.generated import call_everything
from testbed.postgres import PostgresServer
from testbed.seeds import Seeded, seed

EXAMPLES = 5
PLENTY = 1_000_000


def call_for_minutes(
    database: str,
    server: PostgresServer | None,
    folder: Path,
    roles: Sequence[str],
    *,
    minutes: float,
    chance: int,
) -> dict[str, Measure]:
    """Round after round, each on a deployment of its own and with other inputs."""
    began, number = time.monotonic(), 0
    until, typed, awkward, faults = began + minutes * 60, Counter[int](), Counter[int](), list[str]()
    while time.monotonic() < until:
        own = server.database() if server else None
        with open_deployment(folder / f"round-{number}", own, requests_per_minute=PLENTY) as opened:
            faults += _round(seed(opened), roles, chance * 1_000 + number, until, typed, awkward)
        number += 1
    print(*dict.fromkeys(faults), sep="\n")
    by_status = [", ".join(f"{s}: {n}" for s, n in sorted(counted.items())) for counted in (typed, awkward)]
    broken = sum(n for counted in (typed, awkward) for status, n in counted.items() if status >= 500)
    return {
        f"{database}: minutes of generated calls": note(round((time.monotonic() - began) / 60, 1)),
        f"{database}: rounds, each on a new deployment": note(number, f"by {len(roles)} roles"),
        f"{database}: answers to calls made of types": note(typed.total(), by_status[0]),
        f"{database}: answers to awkward calls": note(awkward.total(), by_status[1]),
        f"{database}: answers of 5xx": at_most(broken, 0),
        f"{database}: not as documented, or an error in the log": at_most(len(faults), 0),
    }


def _round(
    seeded: Seeded,
    roles: Sequence[str],
    chance: int,
    until: float,
    typed: Counter[int],
    awkward: Counter[int],
) -> list[str]:
    """Awkward calls by every role, then as long again calls made of types by one of them, then awkward again."""
    faults: list[str] = []
    calling, before = Awkward(seeded, chance), time.monotonic()
    for role in roles:
        faults += calling.call_all(role, awkward)
        if time.monotonic() > until:
            return faults
    role = roles[chance % len(roles)]
    stop = min(until, 2 * time.monotonic() - before)
    with heard() as errors:
        faults += call_everything(seeded, role, examples=EXAMPLES, chance=chance, until=stop, calls=typed)
        faults += [f"{role}, a call made of types: {error}" for error in errors]
    for role in roles:
        faults += calling.call_all(role, awkward) if time.monotonic() < until else []
    return faults
