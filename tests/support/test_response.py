"""This pupil's own weeks before and after a support began, drawn as small pictures."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.support.response import FEWEST_AFTER, WEEKS, response

JOINED = date(2023, 9, 1)
START = date(2026, 3, 2)
UNTIL = date(2026, 7, 17)


def incident(on: date, text_key: str = "incident_involved") -> dict[str, Any]:
    return {"date": on.isoformat(), "kind": "behaviour", "text_key": text_key, "detail": {}}


def missed(on: date, sessions: int) -> dict[str, Any]:
    detail = {"absent": sessions}
    return {
        "date": on.isoformat(),
        "kind": "attendance_week",
        "text_key": "attendance_week",
        "detail": detail,
    }


def test_each_side_is_an_average_of_school_weeks() -> None:
    told = [incident(START - timedelta(days=day)) for day in (3, 4, 10, 11)] + [
        incident(START + timedelta(days=8))
    ]
    found = response("Mentor", START, None, [*told, missed(date(2026, 2, 27), 8)], UNTIL, JOINED)
    assert (len(found.before), len(found.after)) == (WEEKS, WEEKS)
    by_words = {line.words: (line.before, line.after) for line in found.lines}
    assert by_words["Behaviour records per week"] == (2 / 8, 1 / 8)
    assert (
        by_words["Sessions missed per week, out of 10"][0]
        > 0
        == by_words["Sessions missed per week, out of 10"][1]
    )


def test_holidays_are_no_weeks() -> None:
    found = response("Mentor", START, None, [], UNTIL, JOINED)
    assert all(week.sessions > 0 for week in (*found.before, *found.after))
    assert date(2026, 2, 16) not in {week.monday for week in found.before}  # half-term


def test_being_hurt_counts_nowhere() -> None:
    found = response("Mentor", START, None, [incident(START, "incident_target")], UNTIL, JOINED)
    assert sum(week.incidents for week in found.after) == 0


def test_too_few_weeks_say_nothing() -> None:
    assert response("Mentor", START, None, [], START + timedelta(days=8), JOINED).lines == ()
    assert response("Mentor", START, None, [], UNTIL, START - timedelta(days=8)).lines == ()
    assert response("Mentor", START, START + timedelta(days=8), [], UNTIL, JOINED).lines == ()


@given(
    st.dates(date(2025, 9, 1), date(2026, 12, 31)), st.lists(st.dates(date(2025, 9, 1), UNTIL), max_size=20)
)
def test_no_week_stands_on_both_sides_and_none_after_what_is_known(start: date, days: list[date]) -> None:
    found = response("Mentor", start, None, [incident(day) for day in days], UNTIL, JOINED)
    monday = start - timedelta(days=start.weekday())
    assert all(week.monday < monday for week in found.before)
    assert all(monday <= week.monday <= UNTIL for week in found.after)
    assert not found.lines or len(found.after) >= FEWEST_AFTER
