"""Counting a term's records by group: no pupil stands in the result, only how many were counted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data_contracts import calendar
from pipelines.events import took_part

EVERYONE = ("all", "Everyone")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SESSIONS_A_DAY = 2


@dataclass(frozen=True, slots=True)
class OnRoll:
    """A pupil's time on the school's roll, and the year group."""

    pupil_id: str
    nc_year: str | None
    entry_date: date | None
    leaving_date: date | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One measure of one group: `amount` out of `base`, from `pupils` different pupils."""

    measure: str
    grouping: str
    name: str
    amount: float
    base: float
    pupils: int


def counted(term_id: str, roll: Collection[OnRoll], events: Mapping[str, list[dict[str, Any]]]) -> list[Fact]:
    """Count a term's events (by pupil_id) into facts.

    Absence and lateness are out of the sessions in which pupils were on roll until the last day with a
    record; everything else is out of the pupils on roll.
    """
    years = {each.pupil_id: each.nc_year for each in roll}
    bases = _bases(term_id, roll, events)
    amounts: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    who: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for pupil_id, own in events.items():
        for event in own:
            for measure, amount, groups in _told(event):
                for group in (EVERYONE, _year(years.get(pupil_id)), *groups):
                    amounts[measure, *group] += amount
                    who[measure, *group].add(pupil_id)
    for measure in ("absence", "late", "incidents", "positive", "suspensions", "sessions_lost"):
        amounts[measure, *EVERYONE] += 0.0
    return _practice(term_id, len(roll), events) + [
        Fact(
            measure,
            grouping,
            name,
            amount,
            _base(bases, measure, grouping, name),
            len(who[measure, grouping, name]),
        )
        for (measure, grouping, name), amount in sorted(amounts.items())
    ]


def _practice(term_id: str, pupils: int, events: Mapping[str, list[dict[str, Any]]]) -> list[Fact]:
    """How the school wrote things down: weeks without a record, how full records are, how many kinds."""
    told = [event for own in events.values() for event in own if event["kind"] == "behaviour"]
    term = calendar.term(term_id)
    last = max((str(event["date"]) for own in events.values() for event in own), default="")
    end = min(term.end, date.fromisoformat(last[:10])) if last else term.end
    weeks = {_monday(day) for day in calendar.school_days(term.start, end)}
    full = {_monday(date.fromisoformat(str(event["date"])[:10])) for event in told}
    placed = sum(1 for event in told if event["detail"].get("lesson") or event["detail"].get("time"))
    good = sum(1 for event in told if event["text_key"] == "positive")
    kinds = {str(event["detail"].get("type")) for event in told}
    count, share = len(told), 100 / max(len(told), 1)
    figures = {"no_records": len(weeks - full), "kinds": len(kinds)}
    if count:
        figures |= {"with_place": round(share * placed), "positive_share": round(share * good)}
    return [
        Fact("practice", "practice", name, float(figure), float(count), pupils)
        for name, figure in figures.items()
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _told(event: dict[str, Any]) -> Iterator[tuple[str, float, list[tuple[str, str]]]]:
    """(measure, amount, further groups) that one event adds to."""
    kind, detail = event["kind"], event["detail"]
    if kind == "attendance_week":
        yield "absence", float(detail.get("absent", 0)), []
        yield "late", float(detail.get("late", 0)), []
    elif kind == "suspension" and detail.get("status") not in ("cancelled", "overturned"):
        reasons = detail.get("reasons") or []
        yield "suspensions", 1.0, [("reason", code) for code in reasons[:1]]
        yield "sessions_lost", float(detail.get("sessions") or 0), []
    elif event["text_key"] == "positive":
        yield "positive", 1.0, []
    elif kind == "behaviour" and took_part(event["text_key"]):
        yield "incidents", 1.0, list(_when_and_where(event))


def _when_and_where(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    detail = event["detail"]
    yield "weekday", WEEKDAYS[date.fromisoformat(event["date"]).weekday()]
    if detail.get("lesson"):
        yield "lesson", str(detail["lesson"])
    if detail.get("time"):
        yield "hour", f"{str(detail['time'])[:2]}:00"
    if detail.get("type"):
        yield "type", str(detail["type"])


def _bases(
    term_id: str, roll: Collection[OnRoll], events: Mapping[str, Iterable[dict[str, Any]]]
) -> dict[tuple[str, str], tuple[float, float]]:
    """(sessions on roll, pupils) of everyone and of each year group."""
    term = calendar.term(term_id)
    dates = [
        event["date"] for own in events.values() for event in own if event["date"] <= term.end.isoformat()
    ]
    last = min(term.end, date.fromisoformat(max(dates))) if dates else term.end
    days = calendar.school_days(term.start, last)
    bases: defaultdict[tuple[str, str], tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for each in roll:
        first, final = each.entry_date or term.start, each.leaving_date or last
        sessions = SESSIONS_A_DAY * sum(1 for day in days if first <= day <= final)
        for group in (EVERYONE, _year(each.nc_year)):
            before = bases[group]
            bases[group] = (before[0] + sessions, before[1] + 1)
    return bases


def _base(
    bases: Mapping[tuple[str, str], tuple[float, float]], measure: str, grouping: str, name: str
) -> float:
    group = (grouping, name) if grouping in ("all", "year") else EVERYONE
    sessions, pupils = bases.get(group, (0.0, 0.0))
    return sessions if measure in ("absence", "late") else pupils


def _year(nc_year: str | None) -> tuple[str, str]:
    return ("year", f"Year {nc_year}" if nc_year and nc_year.isdigit() else nc_year or "Not known")
