"""What the Department for Education published for the same phase, with its source; from `published.csv`.

Nothing is adjusted for poverty, ethnicity or SEN: that would make it normal.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure: what period it is of, and where it stands."""

    value: float
    period: str
    source: str


def published(phase: str, measure: str, season: str, nc_year: str = "") -> Published | None:
    """The figure for a phase (and year group) in a season's term; None where none is held."""
    held = _held()
    return held.get((phase, measure, nc_year, season)) or held.get((phase, measure, nc_year, "any"))


@cache
def _held() -> dict[tuple[str, str, str, str], Published]:
    text = files("service.setting").joinpath("published.csv").read_text("utf-8")
    return {
        (row["phase"], row["measure"], row["nc_year"], row["season"]): Published(
            float(row["value"]), row["period"], row["source"]
        )
        for row in csv.DictReader(text.splitlines())
    }
