"""Every route × every role × own and other school × pupil in and out of scope, on both databases.

`python -m benchmarks.isolation [--quick] [--json] [--databases sqlite,postgres] [--roles A,B] [--minutes M]
[--seed S]`. The long form adds M minutes (30) of generated calls by every role (`benchmarks.calls`);
`--minutes` alone, with `--databases`, leaves the matrix out. Parts with other roles or seeds add up.
"""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select

from benchmarks.calls import PLENTY, call_for_minutes
from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from service.core.permissions import ROLES
from service.rights.tables import metadata
from testbed.deployments import open_deployment
from testbed.matrix import ask_everything
from testbed.postgres import running_server
from testbed.seeds import OTHER, OWN, Seeded, seed

LEAST_QUESTIONS = 500
MINUTES = 30


def foreign_rows(seeded: Seeded) -> int:
    """Rows of the other school that PostgreSQL gives a transaction of one's own, asked without any scope."""
    found = 0
    with seeded.deployment.database.reading({OWN}) as tx:
        for table in metadata.sorted_tables:
            if "school" in table.c and table.name not in ("school", "audit", "job", "account", "token"):
                of_a_school = getattr(table.c.school.type, "length", None) == 6
                schools = tx.scalars(select(table.c.school)).all() if of_a_school else []
                found += sum(1 for school in schools if school == OTHER)
    return found


def matrix(database: str, seeded: Seeded, roles: Sequence[str]) -> dict[str, Measure]:
    """Ask everything that there is to ask."""
    with measured() as cost:
        asked, wrong = ask_everything(seeded, roles)
    print(*wrong, sep="\n")
    found = {
        f"{database}: roles": note(len(roles), ", ".join(roles)),
        f"{database}: questions asked": at_least(asked, LEAST_QUESTIONS * len(roles) // len(ROLES)),
        f"{database}: leaks and wrong answers": at_most(len(wrong), 0),
        f"{database}: seconds of the matrix": note(round(cost.wall, 1)),
    }
    if database == "postgres":
        found["postgres: foreign rows without scope filter"] = at_most(foreign_rows(seeded), 0)
    return found


def on(database: str, roles: Sequence[str], *, asks: bool, minutes: float, chance: int) -> dict[str, Measure]:
    """Ask everything on one database, and what else comes to mind for some minutes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belong-isolation-")))
        server = stack.enter_context(running_server()) if database == "postgres" else None
        found: dict[str, Measure] = {}
        if asks:
            own = server.database() if server else None
            with open_deployment(folder / "home", own, requests_per_minute=PLENTY) as opened:
                found = matrix(database, seed(opened), roles)
        if minutes:
            found |= call_for_minutes(database, server, folder, roles, minutes=minutes, chance=chance)
        return found


def main() -> None:
    """Run on both databases and say what was found."""
    extra = {
        "databases": "which",
        "roles": "only these",
        "minutes": "of generated calls, for each database",
        "seed": "of the generated calls",
    }
    asked = options(__doc__ or "", **extra)
    roles = tuple(asked.roles.split(",")) if asked.roles else ROLES
    minutes = float(asked.minutes or (0 if asked.quick else MINUTES))
    measures: dict[str, Measure] = {}
    for database in (asked.databases or "sqlite,postgres").split(","):
        asks = asked.quick or not asked.minutes
        measures |= on(database, roles, asks=asks, minutes=minutes, chance=int(asked.seed or 1))
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
