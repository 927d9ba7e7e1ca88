"""This pupil's own weeks before and after a support began, drawn as small pictures."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data_contracts import calendar
from pipelines.explanation.weeks import Week, monday, weeks_of
from service.support.response import FEWEST_AFTER, WEEKS, response_to
from tests.explanation.made import full, incident, records

START = date(2026, 3, 2)
FIRST, UNTIL = calendar.term("2025-autumn").start, calendar.as_of("2026-summer")


def weeks(**of: list[date]) -> tuple[Week, ...]:
    """A year of marks, with incidents on some days and others missed."""
    marks = [mark for term in ("2025-autumn", "2026-spring", "2026-summer")
             for mark in full(term, of.get("missed", ()))]  # fmt: skip
    happened = [incident(on, n) for n, on in enumerate(of.get("incidents", ()))]
    return weeks_of(records(marks, happened), FIRST, UNTIL)


def test_each_side_is_an_average_of_school_weeks() -> None:
    told = [START - timedelta(days=day) for day in (3, 4, 10, 11)] + [START + timedelta(days=8)]
    found = response_to("Mentor", START, None, weeks(incidents=told, missed=[date(2026, 2, 27)]))
    assert (len(found.before), len(found.after)) == (WEEKS, WEEKS)
    by_words = {line.words: (line.before, line.after) for line in found.lines}
    assert by_words["Behaviour records per week"] == (2 / 8, 1 / 8)
    before, after = by_words["Sessions missed per week, out of 10"]
    assert before > 0 == after


def test_holidays_are_no_weeks() -> None:
    found = response_to("Mentor", START, None, weeks())
    assert all(week.possible for week in (*found.before, *found.after))
    assert date(2026, 2, 16) not in {week.monday for week in found.before}  # half-term


def test_weeks_without_marks_are_not_told_as_weeks_of_full_attendance() -> None:
    bare = weeks_of(records((), [incident(START)]), FIRST, UNTIL)
    assert response_to("Mentor", START, None, bare).lines == ()


def test_too_few_weeks_say_nothing() -> None:
    held = weeks()
    assert response_to("Mentor", START, None, [one for one in held if one.monday <= START]).lines == ()
    assert response_to("Mentor", START, None, [one for one in held if one.monday >= START]).lines == ()
    assert response_to("Mentor", START, START + timedelta(days=8), held).lines == ()


@given(
    st.dates(date(2025, 9, 1), date(2026, 12, 31)), st.lists(st.dates(date(2025, 9, 1), UNTIL), max_size=20)
)
def test_no_week_stands_on_both_sides_and_none_after_what_is_known(start: date, days: list[date]) -> None:
    bare = [Week(one, 10, 0, 0, sum(monday(day) == one for day in days), 0, 0) for one in MONDAYS]
    found = response_to("Mentor", start, None, bare)
    first = monday(start)
    assert all(week.monday < first for week in found.before)
    assert all(first <= week.monday <= UNTIL for week in found.after)
    assert not found.lines or len(found.after) >= FEWEST_AFTER


MONDAYS = sorted({monday(day) for day in calendar.school_days(FIRST, UNTIL)})
