"""A year group's counts, made once when a list is published: what most have, and where records lie.

No pupil stands in it. A pupil's clusters are tested against the spread, and staff are told what most pupils have.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.explanation.clusters import spread_of
from pipelines.explanation.rows import Records
from pipelines.explanation.stories import FEWEST_TO_COMPARE, within
from pipelines.explanation.weeks import counted_incidents, missed, took_out, whole_suspensions

MOST = 2 / 3


def year_groups_of(pupils: Iterable[tuple[str, Records]]) -> dict[str, dict[str, Any]]:
    """By year group: `pupils`, `most` (what two in three have at most, of attendance at least) and `spread`.

    `pupils` gives each pupil's year group and records. Year groups under ten pupils are left out: they would
    tell about single pupils.
    """
    by_year: dict[str, list[Records]] = {}
    for year, records in pupils:
        by_year.setdefault(year, []).append(records)
    return {year: _of_year(found) for year, found in by_year.items() if len(found) >= FEWEST_TO_COMPARE}


def _of_year(pupils: list[Records]) -> dict[str, Any]:
    counts: dict[str, list[float]] = {"behaviour": [], "lateness": [], "suspensions": [], "time_out": []}
    shares: list[float] = []
    kept = []
    for records in pupils:
        inside = within(records, "term")
        incidents = [one for one in counted_incidents(records) if inside(one.on)]
        marks = [mark for mark in records.marks or () if inside(mark.on)]
        possible = [mark for mark in marks if mark.possible]
        counts["behaviour"].append(len(incidents))
        counts["time_out"].append(sum(inside(one.on) and took_out(one) for one in records.incidents))
        counts["suspensions"].append(sum(inside(one.on) for one in whole_suspensions(records)))
        if possible:
            late = sum(mark.category == "late" or mark.code == "U" for mark in possible)
            counts["lateness"].append(late)
            shares.append(1 - sum(map(missed, possible)) / len(possible))
        kept.append((incidents, marks))
    most: dict[str, float] = {theme: _upto(values) for theme, values in counts.items() if values}
    if shares:
        most["attendance"] = _least(shares)
    return {"pupils": len(pupils), "most": most, "spread": spread_of(kept)}


def _upto(values: list[float]) -> int:
    """The least number that two in three pupils have at most."""
    ordered = sorted(values)
    return int(ordered[min(int(MOST * len(ordered)), len(ordered) - 1)])


def _least(shares: list[float]) -> float:
    """The share that two in three pupils reach, to the percent below."""
    ordered = sorted(shares, reverse=True)
    return int(100 * ordered[min(int(MOST * len(ordered)), len(ordered) - 1)]) / 100


def of_year(year_groups: Mapping[str, Any] | None, nc_year: str | None) -> Mapping[str, Any]:
    """A year group's part; empty where nothing was counted."""
    return (year_groups or {}).get(str(nc_year), {})
