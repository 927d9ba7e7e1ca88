"""Terms, codes, pupil numbers and schools."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_contracts import calendar, codes, schools, upn
from data_contracts.errors import Refused
from data_contracts.reading.spellings import read_code


@pytest.mark.parametrize(
    "year", ["2019/20", "2020/21", "2021/22", "2022/23", "2023/24", "2024/25", "2025/26", "2026/27"]
)
def test_every_school_year_has_190_days(year: str) -> None:
    frame = calendar.calendar_frame()
    assert (frame["year"] == year).sum() == 190


def test_terms_are_found_by_day_and_follow_each_other() -> None:
    assert calendar.term_of(date(2026, 7, 20)) == calendar.term("2026-summer")
    assert calendar.term_of(date(2026, 8, 3)) is None
    assert calendar.next_term("2025-autumn").id == "2026-spring"
    assert calendar.previous_term("2026-spring").id == "2025-autumn"
    assert [t.id for t in calendar.terms_between("2025-summer", "2026-spring")] == [
        "2025-summer",
        "2025-autumn",
        "2026-spring",
    ]
    with pytest.raises(Refused):
        calendar.term("2026-winter")
    with pytest.raises(Refused):
        calendar.next_term("2027-summer")


def test_closed_days_are_no_school_days() -> None:
    assert not calendar.is_school_day(date(2025, 9, 1))  # training day
    assert calendar.is_school_day(date(2025, 9, 3))
    assert not calendar.is_school_day(date(2025, 5, 5))  # bank holiday
    assert not calendar.is_school_day(date(2025, 10, 28))  # half term
    assert calendar.add_school_days(date(2025, 10, 24), 1) == date(2025, 11, 3)
    assert calendar.add_school_days(date(2025, 10, 30), 1) == date(2025, 11, 3)
    assert calendar.add_school_days(date(2025, 11, 3), -1) == date(2025, 10, 24)


def test_as_of_leaves_ten_school_days_of_the_term() -> None:
    day = calendar.as_of("2025-autumn")
    assert len(calendar.school_days(day, calendar.term("2025-autumn").end)) == 11
    assert calendar.term_possible_sessions("2025-autumn") == 146


@pytest.mark.parametrize(
    ("code", "day", "category"),
    [
        ("/", date(2025, 9, 8), "present"), ("L", date(2025, 9, 8), "late"), ("E", date(2025, 9, 8), "suspended"),
        ("C2", date(2025, 9, 8), "part_time"), ("C2", date(2024, 8, 18), None), ("D", date(2025, 9, 8), "not_possible"),
        ("J", date(2024, 8, 18), "approved_activity"), ("J", date(2024, 8, 19), None),
        ("J1", date(2024, 8, 19), "authorised"), ("Y", date(2024, 1, 8), "not_possible"),
        ("#", date(2025, 9, 8), "administrative"), ("-", date(2025, 9, 8), "missing"), ("QQ", date(2025, 9, 8), None),
    ],
)  # fmt: skip
def test_marks_mean_what_they_meant_that_day(code: str, day: date, category: str | None) -> None:
    assert codes.attendance_category(code, day) == category


def test_code_frames_can_be_joined_by_day() -> None:
    frame = codes.attendance_codes()
    assert frame["valid_from"].notna().all()
    assert frame["valid_to"].notna().all()
    assert set(frame.loc[frame["possible"], "category"]) == {
        "present", "late", "approved_activity", "authorised", "unauthorised", "suspended", "part_time",
    }  # fmt: skip
    assert codes.crime_reasons() >= {"OW", "SM", "DA", "TH", "DR", "BW", "SB"}
    assert codes.reason_family("AR") == "DA"
    with pytest.raises(Refused):
        codes.code_set("colours")


@pytest.mark.parametrize("name", [name for name in codes.CODE_SETS if name != "attendance"])
def test_every_code_reads_as_itself_or_its_successor(name: str) -> None:
    for code in codes.code_set(name).codes.values():
        assert read_code(name, code.code) == (code.extra.get("same_as") or code.code)
        assert read_code(name, f" {code.label} ") is not None


def test_code_and_label_together_must_agree() -> None:
    assert read_code("sen_provisions", "K - SEN Support") == "K"
    assert read_code("sen_provisions", "K - EHC Plan") is None
    assert read_code("exclusion_categories", "FIXD") == "SUSP"
    assert read_code("sen_needs", "DS") == "DS"
    assert read_code("exclusion_reasons", "DS") == "DS"
    assert read_code("behaviour_types", "Snowball", {"snowball": "fighting"}) == "fighting"


@pytest.mark.parametrize("number", ["D302423001234", "A30242300123C", "H801200001001", "X999412300001"])
def test_check_letters_that_were_worked_out_by_hand(number: str) -> None:
    assert upn.is_valid(number)
    assert upn.make(number[1:]) == number
    assert not upn.is_valid(("B" if number[0] != "B" else "C") + number[1:])


def test_temporary_and_synthetic_numbers() -> None:
    assert upn.is_temporary("A30242300123C")
    assert upn.is_synthetic("X999412300001")
    assert not upn.is_synthetic("D302423001234")
    assert upn.normalise(" x9994 123 00001") == "X999412300001"
    assert not upn.has_form("I302423001234")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('urn = "12345"\nname = "A"', "six digits"),
        ('urn = "123456"\nname = "A"\nphase = "college"', "not a phase"),
        ('urn = "123456"\nname = "A"\nmis = "paper"', "not a MIS"),
        ('urn = "123456"\nname = "A"\nsynthetic = true', "999"),
        ('urn = "123456"\nname = "A"\ncolour = "red"', "colour"),
        ("urn =", "could not be read"),
    ],
)
def test_a_school_description_is_read_strictly(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "school.toml"
    path.write_text(text)
    with pytest.raises(Refused, match=says):
        schools.read_school(path)


def test_a_school_description(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    path.write_text('urn = "999001"\nname = "Meadow"\nphase = "secondary"\nmis = "sims"\nsynthetic = true\n')
    assert schools.read_school(path) == schools.School("999001", "Meadow", "secondary", "sims", True)


def test_calendar_frame_numbers_days_in_order() -> None:
    frame = calendar.calendar_frame()
    assert frame["school_day"].tolist() == list(range(len(frame)))
    assert frame["date"].is_monotonic_increasing
    assert set(frame["half_term"]) == {1, 2, 3, 4, 5, 6}
    assert isinstance(frame["date"].iloc[0], pd.Timestamp)
