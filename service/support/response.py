"""Was a support followed by fewer records? This pupil's own weeks before and after; no cause is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data_contracts import calendar
from pipelines.events import took_part
from service.taking import is_near

WEEKS = 8
"""School weeks looked at on each side of the day a support began."""
FEWEST_AFTER = 3
"""Fewer school weeks than this after the start say nothing yet."""
SESSIONS_A_DAY = 2
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """One school week: its Monday, and what was recorded in it."""

    monday: date
    sessions: int
    missed: int
    incidents: int
    positives: int


@dataclass(frozen=True)
class Compared:
    """One thing for an average week before and after."""

    words: str
    before: float
    after: float


@dataclass(frozen=True)
class Response:
    """The weeks around the start of a support. `lines` is empty while it is too soon to look."""

    name: str
    starts: date
    before: tuple[Week, ...]
    after: tuple[Week, ...]
    lines: tuple[Compared, ...]


def response(
    name: str,
    starts: date,
    ends: date | None,
    events: Sequence[dict[str, Any]],
    known_until: date,
    since: date,
) -> Response:
    """What the records say around the start of a support.

    `known_until` is the last day records were handed in for; `since` the day the pupil joined. The week in
    which the support began counts as after.
    """
    if not is_near(starts):  # kept before such days were refused: there are no weeks around it
        return Response(name, starts, (), (), ())
    first = _monday(starts)
    weeks = _weeks(events, max(since, first - 20 * WEEK), min(known_until, ends or known_until))
    before = tuple(week for week in weeks if week.monday < first)[-WEEKS:]
    after = tuple(week for week in weeks if week.monday >= first)[:WEEKS]
    enough = len(after) >= FEWEST_AFTER and len(before) >= FEWEST_AFTER
    return Response(name, starts, before, after, _compared(before, after) if enough else ())


def _compared(before: Sequence[Week], after: Sequence[Week]) -> tuple[Compared, ...]:
    def a_week(weeks: Sequence[Week], what: str) -> float:
        return sum(getattr(week, what) for week in weeks) / len(weeks)

    def missed(weeks: Sequence[Week]) -> float:
        return 10 * sum(week.missed for week in weeks) / max(sum(week.sessions for week in weeks), 1)

    return (
        Compared("Sessions missed, of ten in a week", missed(before), missed(after)),
        Compared("Behaviour records in a week", a_week(before, "incidents"), a_week(after, "incidents")),
        Compared("Positive records in a week", a_week(before, "positives"), a_week(after, "positives")),
    )


def _weeks(events: Sequence[dict[str, Any]], start: date, end: date) -> list[Week]:
    """School weeks from start to end, oldest first; a week without an exception was attended."""
    sessions: dict[date, int] = {}
    for day in calendar.school_days(start, end):
        sessions[_monday(day)] = sessions.get(_monday(day), 0) + SESSIONS_A_DAY
    counts = {monday: {"missed": 0, "incidents": 0, "positives": 0} for monday in sessions}
    for event in events:
        week = counts.get(_monday(date.fromisoformat(str(event["date"])[:10])))
        if week is None:
            continue
        if event["kind"] == "attendance_week":
            week["missed"] += int(event["detail"].get("absent", 0))
        elif event["text_key"] == "positive":
            week["positives"] += 1
        elif event["kind"] == "behaviour" and took_part(event["text_key"]):
            week["incidents"] += 1
    return [Week(monday, sessions[monday], **counts[monday]) for monday in sorted(sessions)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
