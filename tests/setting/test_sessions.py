"""Absence as the school's own: missed out of possible sessions, as the national figures and each MIS count them."""

from datetime import date
from typing import Any

import pytest

from service.setting.facts import Fact, OnRoll, counted
from service.setting.sessions import study_leave_from

TERM = "2026-summer"
MONDAY = "2026-04-20"


def roll(*years: str) -> list[OnRoll]:
    return [OnRoll(f"p{i}", year, date(2025, 9, 1), None) for i, year in enumerate(years)]


def register(weeks: dict[str, str], **codes: str) -> dict[str, Any]:
    detail = {"weeks": weeks, "codes": codes}
    return {"date": MONDAY, "kind": "register", "text_key": "register", "detail": detail}


def of_marks(events: dict[str, list[dict[str, Any]]], *years: str, term: str = TERM) -> list[Fact]:
    return counted(term, roll(*(years or ("9",))), events, {"attendance"})


def fact(facts: list[Fact], measure: str, name: str = "Everyone") -> Fact:
    return next(each for each in facts if (each.measure, each.name) == (measure, name))


@pytest.mark.parametrize(
    ("code", "possible", "missed", "late"),
    [
        ("/", 10, 0, 0), ("I", 10, 1, 0), ("M", 10, 1, 0), ("C", 10, 1, 0), ("S", 10, 1, 0), ("J1", 10, 1, 0),
        ("E", 10, 1, 0), ("C2", 10, 1, 0),
        ("G", 10, 1, 0), ("N", 10, 1, 0), ("O", 10, 1, 0), ("U", 10, 1, 0),
        ("L", 10, 0, 1), ("B", 10, 0, 0), ("K", 10, 0, 0), ("V", 10, 0, 0), ("P", 10, 0, 0), ("W", 10, 0, 0),
        ("D", 9, 0, 0), ("X", 9, 0, 0), ("Q", 9, 0, 0), ("Y1", 9, 0, 0), ("Y7", 9, 0, 0),
        ("Z", 9, 0, 0), ("#", 9, 0, 0), ("-", 9, 0, 0), (".", 9, 0, 0),
        ("Y", 9, 0, 0), ("H", 9, 0, 0),
    ],
)  # fmt: skip
def test_each_code_counts_as_the_national_figures_count_it(
    code: str, possible: int, missed: int, late: int
) -> None:
    """Nine sessions present and one of the code; the last two codes were withdrawn before 2026."""
    legend = {"a": code} if len(code) > 1 else {}
    letter = "a" if legend else code
    facts = of_marks({"p0": [register({MONDAY: "/////////" + letter}, **legend)]})
    assert (fact(facts, "absence").amount, fact(facts, "absence").base) == (missed, possible)
    assert (fact(facts, "late").amount, fact(facts, "late").base) == (late, possible)
    assert fact(facts, "absence").source == "marks"


def test_absence_is_missed_out_of_possible_sessions() -> None:
    """Twelve pupils of nine school days, two of them missed: 48 of 216, whatever the calendar says."""
    weeks = {"2026-08-31": "..//II////", "2026-09-07": "////II////"}
    events = {f"p{n}": [register(weeks)] for n in range(12)}
    facts = counted("2026-autumn", roll(*["10"] * 12), events, {"attendance"})
    absence = fact(facts, "absence")
    assert (absence.amount, absence.base) == (48, 216)
    assert round(100 * absence.amount / absence.base, 1) == 22.2


def test_absence_is_counted_week_by_week() -> None:
    facts = of_marks({"p0": [register({MONDAY: "//////////", "2026-04-27": "II////////"})]})
    weeks = {each.name: (each.amount, each.base) for each in facts if each.grouping == "week"}
    assert weeks == {MONDAY: (0, 10), "2026-04-27": (2, 10)}


@pytest.mark.parametrize(
    ("term", "day"),
    [
        ("2023-summer", date(2023, 5, 8)),
        ("2024-summer", date(2024, 5, 13)),
        ("2025-summer", date(2025, 5, 12)),
        ("2026-summer", date(2026, 5, 11)),
        ("2026-spring", None),
        ("2025-autumn", None),
    ],
)
def test_study_leave_begins_after_the_first_full_week_of_may(term: str, day: date | None) -> None:
    assert study_leave_from(term) == day


@pytest.mark.parametrize(("year", "apart"), [("11", True), ("13", True), ("10", False), ("12", False)])
def test_exam_years_after_study_leave_began_are_told_apart(year: str, apart: bool) -> None:
    weeks = {"2026-05-04": "//////////", "2026-05-11": "SSSSSSSSSS"}
    facts = of_marks({"p0": [register(weeks)]}, year)
    assert fact(facts, "absence").amount == (0 if apart else 10)
    own = next(each for each in facts if (each.measure, each.grouping) == ("absence", "year"))
    assert (own.name, own.amount) == (f"Year {year}", 0 if apart else 10)
    assert [(each.name, each.amount, each.base) for each in facts if each.grouping == "study_leave"
            and each.measure == "absence"] == ([(f"Year {year}", 10, 10)] if apart else [])  # fmt: skip


def total(**detail: int) -> dict[str, Any]:
    return {
        "date": "2026-07-20", "kind": "attendance_total", "text_key": "attendance_total",
        "detail": {"from": "2026-04-13", **detail},
    }  # fmt: skip


def test_totals_are_used_where_nothing_finer_exists_and_say_so() -> None:
    events = {f"p{n}": [total(possible=130, missed=39)] for n in range(12)}
    facts = counted(TERM, roll(*["9"] * 12), events, {"attendance_summary"})
    absence = fact(facts, "absence")
    assert round(100 * absence.amount / absence.base, 1) == 30.0
    assert absence.source == "totals"
    assert not [each for each in facts if each.measure == "late"], "no row said who was late"
    assert not [each for each in facts if each.grouping == "week"], "totals tell of no week"


def test_marks_go_before_totals() -> None:
    events = {"p0": [register({MONDAY: "II////////"}), total(possible=130, missed=39)]}
    facts = counted(TERM, roll("9"), events, {"attendance", "attendance_summary"})
    assert (fact(facts, "absence").amount, fact(facts, "absence").source) == (2, "marks")


def test_terms_of_an_older_release_count_suspended_and_part_time_sessions_too() -> None:
    week = {"date": "2026-04-24", "kind": "attendance_week", "text_key": "attendance_week"}
    events = {"p0": [{**week, "detail": {"absent": 1, "suspended": 4, "part_time": 2, "late": 1}}]}
    facts = of_marks(events, "9", "9")
    # Monday 13 April is for staff, the nine school days after it are two pupils' sessions
    assert (fact(facts, "absence").amount, fact(facts, "absence").base) == (7, 36)
    assert fact(facts, "absence").source == "calendar"
