"""A theme's story: what is counted, what is not known, what is due; and what is going well."""

from datetime import date, timedelta

import pytest

from data_contracts import calendar
from pipelines.explanation.rows import Place
from pipelines.explanation.stories import Story, Values, stories
from pipelines.explanation.themes import THEMES, theme_of
from pipelines.explanation.well import going_well
from pipelines.indicators.catalogue import catalogue
from tests.explanation.made import (
    AS_OF,
    SCHOOL,
    TERM,
    full,
    incident,
    mark,
    pupil,
    records,
    school_days,
    sen,
    suspension,
)

TODAY = date(2026, 9, 14)
TERM_DAY = school_days(TERM, 1)[0]
SIZES = {
    "attendance": 16, "lateness": 3, "behaviour": 17, "praise": 2, "time_out": 5, "suspensions": 8, "sen": 5,
    "moves": 3, "year_group": 1,
}  # fmt: skip


def said(story: Story) -> str:
    return " ".join(one.sentence(TODAY) for one in story.said)


def test_each_indicator_has_one_theme() -> None:
    found = [theme_of(one) for one in catalogue()]
    assert {theme: found.count(theme) for theme in found} == SIZES
    assert set(SIZES) < set(THEMES)
    assert not THEMES["praise"].reason
    assert not THEMES["year_group"].reason


@pytest.mark.parametrize(
    ("code", "attended"),
    [("I", False), ("O", False), ("E", False), ("C2", False), ("B", True), ("K", True), ("L", True)],
)
def test_missed_is_what_the_school_itself_counts(code: str, attended: bool) -> None:
    """Suspension and a part-time timetable are sessions missed; education elsewhere is attended."""
    days = school_days(TERM, 9)
    marks = [mark(day, half, code if n < 2 else "/") for n, day in enumerate(days) for half in ("AM", "PM")]
    story = stories(records(marks), pupil("attendance"))["attendance"]
    assert story.of == 18
    assert story.values.now == (1 if attended else 14 / 18)
    assert len(story.records) == (0 if attended else 4)


@pytest.mark.parametrize("code", ["D", "X", "Y1", "Q", "#"])
def test_what_is_not_possible_is_in_neither(code: str) -> None:
    days = school_days(TERM, 9)
    marks = [mark(day, half, code if n < 2 else "/") for n, day in enumerate(days) for half in ("AM", "PM")]
    story = stories(records(marks), pupil("attendance"))["attendance"]
    assert (story.of, story.values.now) == (14, 1)


def test_without_marks_attendance_is_not_told_and_not_praised() -> None:
    bare = records()
    told = stories(bare, pupil())
    assert "attendance" not in told
    assert going_well(bare, told) == ()
    assert said(told["behaviour"]).startswith("Behaviour this term is not known.")
    assert said(told["suspensions"]).startswith("Suspensions this term are not known.")


def test_nothing_recorded_is_not_the_same_as_not_known() -> None:
    told = stories(records(), pupil("behaviour", "suspensions"))
    assert said(told["behaviour"]).startswith("No incidents this term or last term.")
    assert said(told["suspensions"]).startswith("Not suspended this term or last term.")


def test_a_pupil_at_home_suspended_was_not_at_school() -> None:
    """Eight sessions lost to suspension are sessions missed in what is said, whatever the model's base is."""
    away = school_days(TERM, 30)[20:24]
    marks = full(TERM, away, "E")
    told = stories(records(marks, suspensions=[suspension(away[0], 8)]), pupil("attendance", "suspensions"))
    share = told["attendance"].values.now
    assert share is not None
    assert share == 1 - 8 / len(marks)
    assert "every_session" not in [one.code for one in going_well(records(marks), told)]
    assert said(told["suspensions"]).startswith(
        "Suspended once this term (8 sessions), not suspended last term."
    )


def test_the_newest_sen_row_says_what_is_due_and_when_it_is_told_decides_the_tense() -> None:
    old = sen("K", date(2023, 9, 5), date(2024, 6, 3), term="2024-summer")
    new = sen("K", date(2023, 9, 5), date(2026, 10, 1))
    story = stories(records(rows=[old, new]), pupil("sen"))["sen"]
    assert "The review of SEN support is due on 1 October 2026." in said(story)
    assert "2024" not in said(story)
    later = " ".join(one.sentence(date(2026, 11, 2)) for one in story.said)
    assert "was due on 1 October 2026" in later


def test_who_has_been_here_for_years_has_not_moved() -> None:
    place = Place("roll", SCHOOL, TERM, "8", date(2024, 9, 4), None)
    assert "moves" not in stories(records(roll=[place]), pupil())
    new = Place("roll", SCHOOL, TERM, "8", date(2026, 1, 5), None)
    assert said(stories(records(roll=[new]), pupil())["moves"]) == "Joined this school on 5 January 2026."


@pytest.mark.parametrize(
    ("nc_year", "joined", "told"),
    [("7", date(2025, 9, 3), False), ("7", date(2025, 10, 1), True), ("8", date(2025, 9, 3), True)],
)
def test_who_started_with_the_whole_year_group_has_not_moved(nc_year: str, joined: date, told: bool) -> None:
    """ "Joined on 3 September" is true of all of Year 7, and a reason to look at none of them."""
    place = Place("roll", SCHOOL, TERM, nc_year, joined, None)
    assert ("moves" in stories(records(roll=[place]), pupil())) == told


def test_fewer_records_are_good_news_only_where_the_term_is_not_just_shorter() -> None:
    last = calendar.term("2026-spring")
    before = [incident(last.start + timedelta(days=n), n) for n in range(18)]
    now = [incident(calendar.term(TERM).start + timedelta(days=n), n) for n in range(15)]
    told = stories(records((), [*before, *now]), pupil("behaviour"))
    assert "fewer" not in [one.code for one in going_well(records(), told)]
    told = stories(records((), [*before, *now[:3]]), pupil("behaviour"))
    assert "Fewer incidents than last term: 3, down from 18." in [
        one.sentence(TODAY) for one in going_well(records(), told)
    ]


def test_the_lists_own_definition_is_no_news() -> None:
    old = suspension(AS_OF - timedelta(days=150))
    mine = records(suspensions=[old])
    told = stories(mine, pupil("suspensions"))
    codes = [one.code for one in going_well(mine, told, on_list="not_suspended")]
    assert codes == [] or "since_suspended" not in codes
    assert "since_suspended" in [one.code for one in going_well(mine, told, on_list="suspended")]


def test_attendance_that_is_a_reason_is_not_praised() -> None:
    marks = full(TERM, school_days(TERM, 1))
    told = stories(records(marks), pupil("attendance"))
    assert "attends" in [one.code for one in going_well(records(marks), told)]
    assert "attends" not in [one.code for one in going_well(records(marks), told, {"attendance"})]


@pytest.mark.parametrize(
    ("joined", "last_term", "last_year"),
    [
        (date(2023, 9, 4), 0, 0),
        (date(2025, 9, 3), 0, None),
        (date(2026, 3, 2), 0, None),
        (TERM_DAY, None, None),
    ],
)
def test_before_a_pupil_joined_nothing_is_known_of_them(
    joined: date, last_term: int | None, last_year: int | None
) -> None:
    """Not "none last year" of a child who was at another school then."""
    roll = [Place("roll", SCHOOL, TERM, "8", joined, None)]
    story = stories(records((), [incident(TERM_DAY)], roll=roll), pupil("behaviour"))["behaviour"]
    assert (story.values.now, story.values.last_term, story.values.last_year) == (1, last_term, last_year)
    assert ("last year" in said(story)) == (last_year is not None)


@pytest.mark.parametrize(("joined", "year_ago"), [(date(2023, 9, 4), "N"), (date(2025, 9, 3), None)])
def test_what_a_pupil_had_at_another_school_is_not_told_as_nothing(
    joined: date, year_ago: str | None
) -> None:
    roll = [Place("roll", SCHOOL, TERM, "8", joined, None)]
    told = stories(records((), rows=[sen("K", date(2025, 10, 6))], roll=roll), pupil("sen"))["sen"]
    assert told.said[0].arguments["year_ago"] == year_ago


@pytest.mark.parametrize(
    ("now", "last_term", "share", "harder"),
    [
        (0.90, 0.92, True, 1), (0.92, 0.90, True, -1), (0.905, 0.92, True, 0), (None, 0.9, True, 0),
        (2, 0, False, 1), (1, 0, False, 0), (None, 4, False, 0), (4, None, False, 0),
        (2, 1, False, 0), (1, 2, False, 0), (3, 1, False, 1), (1, 3, False, -1),
        (12, 10, False, 1), (11, 10, False, 0), (13, 11, False, 0), (8, 10, False, -1), (18, 20, False, 0),
    ],
)  # fmt: skip
def test_harder_is_what_moved_enough_to_be_said(
    now: float | None, last_term: float | None, share: bool, harder: int
) -> None:
    """A share from two points in a hundred on; a count by a fifth and by two at least."""
    values = Values(now, last_term, None, share, 60, 60)
    assert values.harder == harder


def test_counts_of_windows_of_different_lengths_are_compared_by_the_day() -> None:
    assert Values(6, 12, None, False, 30, 60).harder == 0
    assert Values(12, 12, None, False, 30, 60).harder == 0, "more by the day, and no more of them"
    assert Values(14, 12, None, False, 30, 60).harder == 1


@pytest.mark.parametrize(
    ("provision", "assessed", "due"), [("K", False, True), ("K", True, False), ("E", False, False)]
)
def test_an_assessment_is_due_only_of_sen_support_without_a_known_need(
    provision: str, assessed: bool, due: bool
) -> None:
    row = sen(provision, date(2025, 9, 8), date(2026, 6, 1), assessed=assessed)
    told = stories(records(rows=[row]), pupil("sen"))["sen"].said
    assert ("sen_no_need" in [one.code for one in told]) == due
