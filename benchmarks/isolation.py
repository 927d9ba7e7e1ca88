"""Every route × every role × own and other school × pupil in and out of scope, on both databases.

`python -m benchmarks.isolation [--quick] [--json]`; the long form adds generated calls by every role.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select

from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from service.db.rows import metadata
from service.permissions import ROLES
from tests.deployments import open_deployment
from tests.postgres import running_server
from tests.service.generated import call_everything
from tests.service.matrix import ask_everything
from tests.service.seeds import OTHER, OWN, Seeded, seed

LEAST_QUESTIONS = 500
EXAMPLES = 20
PLENTY = 1_000_000


def foreign_rows(seeded: Seeded) -> int:
    """Rows of the other school that PostgreSQL gives a transaction of one's own, asked without any scope."""
    found = 0
    with seeded.deployment.database.reading({OWN}) as tx:
        for table in metadata.sorted_tables:
            if "school" in table.c and table.name not in ("school", "audit", "job", "account", "token"):
                schools = tx.scalars(select(table.c.school)).all() if table.c.school.type.length == 6 else []
                found += sum(1 for school in schools if school == OTHER)
    return found


def on(database: str, *, generated: bool) -> dict[str, Measure]:
    """Ask everything on one database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belong-isolation-")))
        own = stack.enter_context(running_server()).database() if database == "postgres" else None
        opened = stack.enter_context(open_deployment(folder / "home", own, requests_per_minute=PLENTY))
        seeded = seed(opened)
        with measured() as cost:
            asked, wrong = ask_everything(seeded)
        found = {
            f"{database}: questions asked": at_least(asked, LEAST_QUESTIONS),
            f"{database}: leaks and wrong answers": at_most(len(wrong), 0),
            f"{database}: seconds": note(round(cost.wall, 1)),
        }
        if database == "postgres":
            found["postgres: foreign rows without scope filter"] = at_most(foreign_rows(seeded), 0)
        if generated:
            faults = [fault for role in ROLES for fault in call_everything(seeded, role, examples=EXAMPLES)]
            found[f"{database}: generated calls not as documented"] = at_most(len(faults), 0)
        for line in wrong:
            print(line)
    return found


def main() -> None:
    """Run on both databases and say what was found."""
    asked = options(__doc__ or "", databases="which")
    measures: dict[str, Measure] = {}
    for database in (asked.databases or "sqlite,postgres").split(","):
        measures |= on(database, generated=not asked.quick)
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
