"""What the Department for Education published for the same phase, with its source: packaged, or loaded since.

Nothing is adjusted for poverty, ethnicity or SEN: that would make it normal.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

LOADED = "published.csv"
"""The file in a home that holds the figures loaded there."""
FIELDS = ("phase", "measure", "nc_year", "season", "value", "period", "source", "loaded_on")
YEARS_YOUNG = 3
_YEAR = re.compile(r"([0-9]{4})/[0-9]{2}")

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure: what period it is of, and where it stands."""

    value: float
    period: str
    source: str
    loaded_on: date | None = None

    @property
    def school_year(self) -> str:
        """`2023/24`, or nothing where the period names no year."""
        found = _YEAR.search(self.period)
        return found[0] if found else ""

    def is_old(self, today: date) -> bool:
        """Whether the school year it is of ended more than three years ago."""
        found = _YEAR.search(self.period)
        return found is None or date(int(found[1]) + 1 + YEARS_YOUNG, 8, 31) < today


class Figures:
    """The published figures that stand in a home: what was loaded there goes before what is packaged."""

    def __init__(self, rows: dict[Key, Published]) -> None:
        self.rows = rows

    def of(self, phase: str, measure: str, season: str, nc_year: str = "") -> Published | None:
        """The figure for a phase (and year group) in a season's term; None where none is held."""
        return self.rows.get((phase, measure, nc_year, season)) or self.rows.get(
            (phase, measure, nc_year, "any")
        )


def figures_of(home: Path) -> Figures:
    """The packaged figures, with those of the home before them; a season's own outlives an older `any`."""
    own = read_rows((home / LOADED).read_text("utf-8")) if (home / LOADED).exists() else {}
    kept = {key: row for key, row in _packaged().items() if not _replaced(key, row, own)}
    return Figures({**kept, **own})


def _replaced(key: Key, row: Published, own: dict[Key, Published]) -> bool:
    """Whether a newer figure that holds for any season stands in a packaged season's place."""
    general = own.get((*key[:3], "any"))
    return general is not None and general.school_year > row.school_year


def read_rows(text: str) -> dict[Key, Published]:
    """The rows of a file of figures in Belong's own layout."""
    return {
        (row["phase"], row["measure"], row["nc_year"], row["season"]): Published(
            float(row["value"]),
            row["period"],
            row["source"],
            date.fromisoformat(row["loaded_on"]) if row.get("loaded_on") else None,
        )
        for row in csv.DictReader(text.splitlines())
    }


def oldest(shown: Iterable[Published | None], today: date) -> Published | None:
    """The oldest of some figures, if it is more than three years old."""
    old = [one for one in shown if one is not None and one.is_old(today)]
    return min(old, key=lambda one: one.school_year, default=None)


@cache
def _packaged() -> dict[Key, Published]:
    return read_rows(files("service.setting").joinpath(LOADED).read_text("utf-8"))
