"""Clusters: records of a pupil that lie close together, named only where chance among the year group would
hardly do it.

Each kind of place (a lesson, an hour, a weekday, a room, a type) is tested with Fisher's exact test of the
pupil's own records against those of the whole year group, and all tests of one card are held together at one in
a hundred by Holm's procedure. So where there are no clusters, at most one card in a hundred names one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scipy.stats import hypergeom

from pipelines.explanation.rows import Incident, Mark

FEWEST_RECORDS = 5
CHANCE = 0.01
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Spread = Mapping[str, Mapping[str, int]]
"""How many records a year group has, by kind of place (`incidents.lesson`) and then by place (`Maths`)."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`count` of the pupil's `of` records stand at one `place` of a `kind`; `chance` is the exact test's."""

    theme: str
    kind: str
    place: str
    count: int
    of: int
    chance: float
    records: tuple[str, ...]


def places(incidents: Iterable[Incident], marks: Iterable[Mark]) -> dict[str, list[tuple[str, str]]]:
    """(place, id of the record) of every record, by kind of place."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in incidents:
        told: dict[str, Any] = {
            "lesson": one.lesson,
            "hour": f"{str(one.time)[:2]}:00" if one.time else None,
            "weekday": weekday(one.on),
            "location": one.location,
        }
        for kind, place in told.items():
            if place:
                found.setdefault(f"incidents.{kind}", []).append((str(place), one.id))
    for mark in first_of_absences(marks):
        found.setdefault("absences.weekday", []).append((weekday(mark.on), mark.id))
    return found


def first_of_absences(marks: Iterable[Mark]) -> list[Mark]:
    """The first mark of each absence: sessions missed one after another are one absence, and sessions lost to a
    suspension or a part-time timetable are none. A day at home is so one event, not two, and a week one, not ten.
    """
    begun, away = [], False
    for mark in sorted(marks, key=lambda one: (one.on, one.half)):
        if mark.category in ("authorised", "unauthorised"):
            if not away:
                begun.append(mark)
            away = True
        elif mark.possible:
            away = False
    return begun


def spread_of(pupils: Iterable[tuple[Iterable[Incident], Iterable[Mark]]]) -> dict[str, dict[str, int]]:
    """The spread of a year group: the records of its pupils by kind of place and place."""
    counts: dict[str, Counter[str]] = {}
    for incidents, marks in pupils:
        for kind, found in places(incidents, marks).items():
            counts.setdefault(kind, Counter()).update(place for place, _ in found)
    return {kind: dict(places_) for kind, places_ in counts.items()}


def clusters(incidents: Iterable[Incident], marks: Iterable[Mark], year_group: Spread) -> list[Cluster]:
    """The pupil's clusters that hold against the year group, the least likely first; of each kind the strongest.

    All places of the year group's spread count as tested, whether or not the pupil has records there.
    """
    own = places(incidents, marks)
    tested = []
    tests = 0
    for kind, of_all in year_group.items():
        records = own.get(kind, [])
        if len(records) < FEWEST_RECORDS:
            continue
        tests += len(of_all)
        counts = Counter(place for place, _ in records)
        for place, count in counts.items():
            chance = _chance(count, len(records), of_all.get(place, 0), sum(of_all.values()))
            ids = tuple(each for at, each in records if at == place)
            theme = "behaviour" if kind.startswith("incidents") else "attendance"
            tested.append(Cluster(theme, kind.split(".")[1], place, count, len(records), chance, ids))
    tested.sort(key=lambda one: one.chance)
    kept: dict[tuple[str, str], Cluster] = {}
    for step, one in enumerate(tested):
        if one.chance * (tests - step) > CHANCE:
            break
        kept.setdefault((one.theme, one.kind), one)
    return list(kept.values())


def _chance(count: int, own: int, there: int, every: int) -> float:
    """The chance that `own` records drawn from the year group's `every` hold at least `count` of the `there`."""
    if there < count or every < own:  # the spread was counted from other records: nothing can be said
        return 1.0
    return float(hypergeom.sf(count - 1, every, there, own))


def weekday(day: date) -> str:
    """`Monday` …"""
    return WEEKDAYS[day.weekday()]
