"""Every extract a school can bring: messy files, every form of a cell in every layout, hostile bytes, and the rules
beside plain pandas and DuckDB.

`--part corpus`, `cells`, `rules`, `never` or `fuzz` runs one of the parts alone.
"""

from benchmarks.intake import cells, corpus, never, rules
from benchmarks.measures import Measure, finish, options

PARTS = ("rules", "corpus", "cells", "never", "fuzz")


def main() -> None:
    """Print the measures of all parts, or of one."""
    asked = options(__doc__ or "", part=f"one of {', '.join(PARTS)}; all without it")
    wanted = [asked.part] if asked.part else list(PARTS)
    measures: dict[str, Measure] = {}
    if "rules" in wanted:  # first, so that the peak of memory is its own
        measures |= rules.measures(quick=asked.quick)
    if "corpus" in wanted:
        measures |= corpus.measures(quick=asked.quick, loud=not asked.json)
    if "never" in wanted:
        measures |= never.measures(quick=asked.quick)
    if "cells" in wanted:
        measures |= cells.measures(quick=asked.quick, loud=not asked.json)
    if "fuzz" in wanted:
        from benchmarks.intake import fuzz  # needs atheris, which the other parts do not

        measures |= fuzz.measures(quick=asked.quick, loud=not asked.json)
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
