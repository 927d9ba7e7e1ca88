"""Sessions possible, missed and late, as the Department for Education and each MIS count them.

A session is possible where its code says so; it is missed where the pupil was absent for whatever reason,
suspended and on a part-time timetable included. A session without a mark is neither.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from data_contracts import calendar
from data_contracts.codes import code_set
from pipelines.events import NO_MARK

Source = Literal["marks", "calendar", "totals", ""]
Events = Mapping[str, list[dict[str, Any]]]

MISSED = frozenset({"authorised", "unauthorised", "suspended", "part_time"})
LATE = "late"
EXAM_YEARS = ("11", "13")
SESSIONS_A_DAY = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """One pupil's sessions in one week, or in a whole period where only totals are known (no week)."""

    pupil_id: str
    week: date | None
    possible: int
    missed: int
    late: int | None


@dataclass(frozen=True, slots=True)
class Sessions:
    """A term's sessions, and what they were counted from: marks, totals, or weeks and school days."""

    source: Source
    counted: tuple[Counted, ...]


def study_leave_from(term_id: str) -> date | None:
    """The Monday after the first full week of May, when the exam years' timetable ends; summer terms only."""
    term = calendar.term(term_id)
    if term.season != "summer":
        return None
    first = date(term.start.year, 5, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7)


def sessions_of(term_id: str, roll: Collection[Any], events: Events, feeds: Collection[str]) -> Sessions:
    """The finest that a term's feeds give; nothing where neither marks nor totals were loaded."""
    if "attendance" in feeds:
        if marked := tuple(_from_marks(events)):
            return Sessions("marks", marked)
        if weeks := tuple(_from_weeks(term_id, roll, events)):
            return Sessions("calendar", weeks)
    if "attendance_summary" in feeds and (totals := tuple(_from_totals(events))):
        return Sessions("totals", totals)
    return Sessions("", ())


@cache
def _kind(code: str, week: date) -> tuple[bool, bool, bool]:
    """(possible, missed, late) of a code in a week; a code not in use then counts nowhere."""
    codes = code_set("attendance")
    if not (codes.valid_on(code, week) or codes.valid_on(code, week + timedelta(days=4))):
        return False, False, False
    category = codes[code].extra["category"]
    return codes[code].extra["possible"] == "yes", category in MISSED, category == LATE


def _from_marks(events: Events) -> Iterator[Counted]:
    for pupil_id, event in _of_kind(events, "register"):
        detail = event["detail"]
        codes = detail.get("codes", {})
        for monday, row in detail["weeks"].items():
            week, possible, missed, late = date.fromisoformat(monday), 0, 0, 0
            for sign, count in Counter(row).items():
                if sign != NO_MARK:
                    counts = _kind(codes.get(sign, sign), week)
                    possible += count * counts[0]
                    missed += count * counts[1]
                    late += count * counts[2]
            yield Counted(pupil_id, week, possible, missed, late)


def _from_weeks(term_id: str, roll: Collection[Any], events: Events) -> Iterator[Counted]:
    """Terms loaded before every mark was kept: weeks with an absence, out of the school days on roll."""
    weeks: dict[tuple[str, date], Mapping[str, Any]] = {}
    for pupil_id, event in _of_kind(events, "attendance_week"):
        weeks[pupil_id, monday_of(date.fromisoformat(event["date"][:10]))] = event["detail"]
    if not weeks:
        return
    term = calendar.term(term_id)
    last = max(monday for _, monday in weeks) + timedelta(days=4)
    days = calendar.school_days(term.start, min(term.end, last))
    for each in roll:
        first, final = each.entry_date or term.start, each.leaving_date or last
        open_days = Counter(monday_of(day) for day in days if first <= day <= final)
        for monday, count in open_days.items():
            detail = weeks.get((each.pupil_id, monday), {})
            missed = sum(int(detail.get(name, 0)) for name in ("absent", "suspended", "part_time"))
            yield Counted(each.pupil_id, monday, SESSIONS_A_DAY * count, missed, int(detail.get("late", 0)))


def _from_totals(events: Events) -> Iterator[Counted]:
    for pupil_id, event in _of_kind(events, "attendance_total"):
        detail = event["detail"]
        late = detail.get("late")
        yield Counted(
            pupil_id,
            None,
            int(detail["possible"]),
            int(detail["missed"]),
            None if late is None else int(late),
        )


def _of_kind(events: Events, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for pupil_id, own in events.items():
        for event in own:
            if event["kind"] == kind:
                yield pupil_id, event


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def last_marked(sessions: Sessions) -> date | None:
    """The last school day that the weeks counted reach; None where no week is known."""
    weeks = [each.week for each in sessions.counted if each.week is not None and each.possible]
    return max(weeks) + timedelta(days=4) if weeks else None
