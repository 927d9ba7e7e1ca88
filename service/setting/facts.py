"""Counting a term's records by group: no pupil stands in the result, only how many were counted.

Only what was loaded is counted. A measure whose feed does not stand gives no fact at all: not known is not
zero.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from data_contracts import calendar
from data_contracts.codes import crime_types
from pipelines.events import took_part
from service.setting.sessions import (
    EXAM_YEARS,
    Counted,
    Events,
    Sessions,
    last_marked,
    monday_of,
    sessions_of,
    study_leave_from,
)

Group = tuple[str, str]
EVERYONE: Group = ("all", "Everyone")
STUDY_LEAVE = "study_leave"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FEED_OF = {
    "incidents": "behaviour",
    "positive": "behaviour",
    "suspensions": "suspensions",
    "sessions_lost": "suspensions",
}
"""The feed that each measure out of pupils needs; sessions come from marks or totals."""
WEEKLY = ("incidents", "suspensions")
NOT_DATED = ("sen", "register", "attendance_total", "attendance_week")
"""Kinds of event whose date says nothing about how far the term's records reach."""


@dataclass(frozen=True, slots=True)
class OnRoll:
    """A pupil's time on the school's roll, and the year group."""

    pupil_id: str
    nc_year: str | None
    entry_date: date | None
    leaving_date: date | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One measure of one group: `amount` out of `base`, from `pupils` different pupils.

    `source` says what sessions were counted from: marks, totals, or the calendar's school days.
    """

    measure: str
    grouping: str
    name: str
    amount: float
    base: float
    pupils: int
    source: str = ""


class _Sums:
    """Amounts, bases and pupils by measure and group."""

    def __init__(self) -> None:
        self.amounts: defaultdict[tuple[str, str, str], float] = defaultdict(float)
        self.bases: defaultdict[tuple[str, str, str], float] = defaultdict(float)
        self.who: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)

    def add(self, measure: str, group: Group, pupil_id: str, amount: float, base: float = 0.0) -> None:
        """Add to a group; who stands behind it are the pupils with an amount."""
        key = (measure, *group)
        self.amounts[key] += amount
        self.bases[key] += base
        if amount:
            self.who[key].add(pupil_id)

    def facts(self, source: str = "") -> list[Fact]:
        """Everything that was added, in order."""
        return [
            Fact(*key, amount, self.bases[key], len(self.who[key]), source)
            for key, amount in sorted(self.amounts.items())
        ]


def counted(term_id: str, roll: Collection[OnRoll], events: Events, feeds: Collection[str]) -> list[Fact]:
    """Count a term's events (by pupil_id) into facts; `feeds` are the tables that stand for the term.

    Absence and lateness are out of possible sessions; everything else is out of the pupils on roll.
    """
    years = {each.pupil_id: each.nc_year for each in roll}
    sessions = sessions_of(term_id, roll, events, feeds)
    last = _last_day(term_id, events, sessions)
    facts = _attendance(term_id, years, sessions)
    facts += _records(term_id, years, events, feeds, last)
    if "behaviour" in feeds:
        facts += _practice(term_id, len(roll), events, last)
    return facts


def _attendance(term_id: str, years: Mapping[str, str | None], sessions: Sessions) -> list[Fact]:
    """Sessions missed and late. Of the exam years the weeks of study leave are counted apart, so that every
    summer does not read as news."""
    leave, sums = study_leave_from(term_id), _Sums()
    for each in sessions.counted:
        nc_year = years.get(each.pupil_id)
        if leave is not None and each.week is not None and each.week >= leave and nc_year in EXAM_YEARS:
            _add_sessions(sums, each, ((STUDY_LEAVE, _year(nc_year)[1]),))
            continue
        weekly = (("week", each.week.isoformat()),) if each.week is not None and each.possible else ()
        _add_sessions(sums, each, (EVERYONE, _year(nc_year), *weekly))
    return [fact for fact in sums.facts(sessions.source) if fact.base]


def _add_sessions(sums: _Sums, each: Counted, groups: tuple[Group, ...]) -> None:
    for group in groups:
        sums.add("absence", group, each.pupil_id, each.missed, each.possible)
        if each.late is not None and group[0] != "week":
            sums.add("late", group, each.pupil_id, each.late, each.possible)


def _records(
    term_id: str, years: Mapping[str, str | None], events: Events, feeds: Collection[str], last: date
) -> list[Fact]:
    """Behaviour records and suspensions by group; a group on roll without any stands with nothing."""
    sums, measures = _Sums(), [name for name, feed in FEED_OF.items() if feed in feeds]
    on_roll = Counter(_year(nc_year) for nc_year in years.values())
    for measure in measures:
        groups = [EVERYONE, *on_roll, *(_weeks(term_id, last) if measure in WEEKLY else ())]
        for group in groups:
            sums.add(measure, group, "", 0)
    for pupil_id, own in events.items():
        for event in _once(own):
            for measure, amount, groups in _measured(event):
                if measure in measures:
                    for group in (EVERYONE, _year(years.get(pupil_id)), *groups):
                        sums.add(measure, group, pupil_id, amount)
    bases = {group: float(count) for group, count in on_roll.items()}
    return [
        replace(fact, base=bases.get((fact.grouping, fact.name), float(len(years)))) for fact in sums.facts()
    ]


def _once(own: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A pupil's events, one incident once: some MIS write a row for each action that followed."""
    seen = set()
    for event in own:
        key = event["detail"].get("key") if event["kind"] == "behaviour" else None
        if key is None or key not in seen:
            seen.add(key)
            yield event


def _weeks(term_id: str, last: date) -> list[Group]:
    """Every school week of the term until the last day that the records reach."""
    days = calendar.school_days(calendar.term(term_id).start, last)
    return [("week", monday.isoformat()) for monday in sorted({monday_of(day) for day in days})]


def _last_day(term_id: str, events: Events, sessions: Sessions) -> date:
    """How far the term's records reach: its end, or the last day marked or written about."""
    end = calendar.term(term_id).end
    dates = [
        date.fromisoformat(event["date"][:10])
        for own in events.values()
        for event in own
        if event["kind"] not in NOT_DATED
    ]
    within = [day for day in (*dates, last_marked(sessions)) if day is not None and day <= end]
    return max(within, default=end)


def _practice(term_id: str, pupils: int, events: Events, last: date) -> list[Fact]:
    """How the school wrote things down: weeks without a record, how full records are, how many kinds."""
    told = [event for own in events.values() for event in own if event["kind"] == "behaviour"]
    weeks = {name for _, name in _weeks(term_id, last)}
    full = {monday_of(date.fromisoformat(str(event["date"])[:10])).isoformat() for event in told}
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


def _measured(event: dict[str, Any]) -> Iterator[tuple[str, float, list[Group]]]:
    """(measure, amount, further groups) that one event adds to."""
    kind, detail = event["kind"], event["detail"]
    if kind == "suspension" and detail.get("status") not in ("cancelled", "overturned"):
        reasons = detail.get("reasons") or []
        yield "suspensions", 1.0, [_week(event), *(("reason", code) for code in reasons[:1])]
        yield "sessions_lost", float(detail.get("sessions") or 0), []
    elif event["text_key"] == "positive":
        yield "positive", 1.0, []
    elif kind == "behaviour" and took_part(event["text_key"]):
        yield "incidents", 1.0, [_week(event), *_when_and_where(event)]


def _week(event: dict[str, Any]) -> Group:
    return "week", monday_of(date.fromisoformat(event["date"][:10])).isoformat()


def _when_and_where(event: dict[str, Any]) -> Iterator[Group]:
    detail = event["detail"]
    weekday = WEEKDAYS[date.fromisoformat(event["date"][:10]).weekday()]
    yield "weekday", weekday
    if detail.get("lesson"):
        yield "lesson", str(detail["lesson"])
    if detail.get("time"):
        hour = f"{str(detail['time'])[:2]}:00"
        yield "hour", hour
        yield "weekday_hour", f"{weekday} {hour}"
    if detail.get("type") and not detail.get("alleges_crime") and detail["type"] not in crime_types():
        yield "type", str(detail["type"])


def _year(nc_year: str | None) -> Group:
    return ("year", f"Year {nc_year}" if nc_year and nc_year.isdigit() else nc_year or "Not known")
