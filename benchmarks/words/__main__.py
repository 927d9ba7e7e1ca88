"""What is said about every suggested pupil of the synthetic demo trust, at every exit.

    python -m benchmarks.words [--quick] [--home DIR]

Without `--home` a demo trust is built first (3 schools of 900 pupils, four years; `--quick`: 2 of 250). Each check
is also run with one planted fault, which it has to find.
"""

import tempfile
from pathlib import Path

from benchmarks.measures import Measure, at_most, finish, note, options
from benchmarks.words import checks, unknown
from benchmarks.words.gathering import Told, told_of
from benchmarks.words.planted import PLANTED
from service.app.demo import build_demo


def main() -> None:
    """Build or take a home, ask every exit, judge."""
    asked = options(__doc__ or "", home="a demo home that is there already")
    with tempfile.TemporaryDirectory(prefix="belong-words-") as folder:
        home = Path(asked.home) if asked.home else Path(folder) / "home"
        if not asked.home:
            schools, pupils = (2, 250) if asked.quick else (3, 900)
            build_demo(home, schools=schools, pupils=pupils, years=4, seed=7)
        found = measured(told_of(home))
        found |= unknown.measured(Path(folder))
    finish(found, only_json=asked.json)


def measured(told: Told) -> dict[str, Measure]:
    """Every check, and whether it finds the fault planted for it."""
    found: dict[str, Measure] = {"suggested pupils (synthetic), each at every exit": note(len(told.pupils))}
    for name, check in checks.CHECKS.items():
        found[name] = at_most(check(told), 0)
    missed = [
        name
        for name, plant in PLANTED.items()
        if checks.CHECKS[name](plant(told)) <= checks.CHECKS[name](told)
    ]
    found["checks that don't find the fault planted for them"] = at_most(len(missed), 0)
    share, offer = checks.first_offer(told)
    force = checks.forced(told)
    limit = max(checks.MOST_SHARE, force)
    found[f"most common first offer, share of a list ({offer})"] = at_most(
        share, limit, f"(themes force {force:.2f})"
    )
    found["reading age of the sentences"] = at_most(checks.reading_age(told), 12, "years")
    return found


if __name__ == "__main__":
    main()
