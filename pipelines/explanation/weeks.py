"""A pupil's records by school week: what the small pictures show, and what "now" and "before" are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data_contracts import calendar
from pipelines.explanation.rows import Incident, Mark, Records, Suspension

WEEK = timedelta(days=7)
ATTENDED = frozenset({"present", "late", "approved_activity"})


@dataclass(frozen=True, slots=True)
class Week:
    """One school week: its Monday and what was recorded in it. `possible` is None where no marks are held."""

    monday: date
    possible: int | None
    missed: int
    late: int
    incidents: int
    removals: int
    suspended: int
    positives: int = 0


def attended(mark: Mark) -> bool:
    """True where the pupil was there, as the Department for Education and each school's own system count it."""
    return mark.possible and mark.category in ATTENDED


def missed(mark: Mark) -> bool:
    """A possible session the pupil was not at school for, suspension and a part-time timetable included."""
    return mark.possible and mark.category not in ATTENDED


def took_out(incident: Incident) -> bool:
    """An incident after which the pupil was taken out of lessons."""
    return incident.counted and incident.action in ("removal", "internal_suspension")


def counted_incidents(records: Records) -> list[Incident]:
    """The incidents that count as the pupil's own."""
    return [one for one in records.incidents if one.counted and not one.positive]


def praise(records: Records) -> list[Incident]:
    """Positive records."""
    return [one for one in records.incidents if one.counted and one.positive]


def whole_suspensions(records: Records) -> list[Suspension]:
    """Suspensions and permanent exclusions that stand; those over lunch apart."""
    return [one for one in records.suspensions if one.counted and one.category != "LNCH"]


def weeks_of(records: Records, start: date, end: date) -> tuple[Week, ...]:
    """Every school week from `start` to `end`, oldest first, as far as known at the as-of date.

    A week in which no session was known by then is left out at the end, so that silence is not shown as a
    week without records.
    """
    mondays = sorted({monday(day) for day in calendar.school_days(start, end)})
    if not mondays:
        return ()
    marks: dict[date, list[Mark]] = {each: [] for each in mondays}
    for mark in records.marks or ():
        if start <= mark.on <= end and monday(mark.on) in marks:
            marks[monday(mark.on)].append(mark)
    incidents = _by_week(counted_incidents(records), mondays)
    good = _by_week(praise(records), mondays)
    suspended = dict.fromkeys(mondays, 0)
    for one in whole_suspensions(records):
        if monday(one.on) in suspended:
            suspended[monday(one.on)] += one.sessions or 0
    held = records.marks is not None
    return tuple(
        Week(
            each,
            sum(mark.possible for mark in marks[each]) if held else None,
            sum(missed(mark) for mark in marks[each]),
            sum(mark.category == "late" for mark in marks[each]),
            len(incidents[each]),
            sum(took_out(one) for one in incidents[each]),
            suspended[each],
            len(good[each]),
        )
        for each in mondays
    )


def _by_week(found: Sequence[Incident], mondays: Sequence[date]) -> dict[date, list[Incident]]:
    weeks: dict[date, list[Incident]] = {each: [] for each in mondays}
    for one in found:
        if monday(one.on) in weeks:
            weeks[monday(one.on)].append(one)
    return weeks


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
