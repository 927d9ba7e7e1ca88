"""School Census returns: XML in its dialects, COLLECT's tables of any term."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.reading import returns as reading
from pipelines.check import CheckReport, check
from tests.data_contracts.returns import AVA, BEN, LEFT, census_xml, write_collect

TODAY = date(2026, 11, 24)


def expected_periods(season: str) -> tuple[str, str]:
    return {
        "spring": ("2024-08-01", "2024-12-31"),
        "summer": ("2025-01-01", "2025-04-20"),
        "autumn": ("2025-04-21", "2025-05-25"),
    }[season]


@pytest.mark.parametrize("season", ["spring", "summer", "autumn"])
def test_collect_tables_of_every_term(tmp_path: Path, season: str) -> None:
    write_collect(tmp_path, 2025, season)
    report = check([tmp_path], today=TODAY)
    assert report.refused == []
    pupils = report.good["pupils"].set_index("upn")
    assert set(pupils.index) == {AVA, BEN, LEFT}
    assert pupils["fsm"].dropna().to_dict() == {AVA: True, BEN: False}
    assert pupils["eal"].dropna().to_dict() == {AVA: False, BEN: True}
    counts = report.good["attendance_summary"]
    first = counts[counts["upn"] == AVA].set_index("code")
    start, end = expected_periods(season)
    assert first.loc["E", "sessions"] == 4
    assert first.loc["E", "possible"] == 146
    assert (str(first.loc["E", "period_start"].date()), str(first.loc["E", "period_end"].date())) == (
        start,
        end,
    )
    suspension = report.good["suspensions"].iloc[0]
    assert (suspension["upn"], suspension["reason1"], suspension["reason2"]) == (AVA, "DB", "VA")
    assert suspension["sessions"] == 4
    sen = report.good["sen"]
    assert sen.groupby("upn")["provision"].first().to_dict() == {AVA: "K", BEN: "E"}
    assert report.terms == (f"2025-{season}",)
    assert "Road" not in str(report.good)


def test_autumn_returns_hold_the_second_half_of_summer_apart(tmp_path: Path) -> None:
    write_collect(tmp_path, 2025, "autumn")
    counts = check([tmp_path], today=TODAY).good["attendance_summary"]
    second = counts[counts["sessions"] == 60].iloc[0]
    assert (second["period_start"], second["period_end"]) == (
        pd.Timestamp("2025-05-26"),
        pd.Timestamp("2025-07-31"),
    )
    assert pd.isna(second["possible"])


def test_needs_are_joined_to_their_pupils_status(tmp_path: Path) -> None:
    write_collect(tmp_path, 2025, "spring")
    sen = check([tmp_path], today=TODAY).good["sen"]
    needs = sen[sen["upn"] == AVA].sort_values("need_rank")
    assert needs["need_type"].tolist() == ["SEMH", "SLCN"]
    assert needs["provision"].tolist() == ["K", "K"]
    assert needs["start_date"].eq(pd.Timestamp("2025-01-16")).all()


def test_a_return_without_a_name_is_dated_by_its_rows(tmp_path: Path) -> None:
    write_collect(tmp_path, 2025, "spring", named=False)
    report = check([tmp_path], today=TODAY)
    assert report.terms == ("2025-spring",)
    assert any("Nothing names the return" in line for extract in report.extracts for line in extract.evidence)


def test_a_suspension_in_two_overlapping_returns_counts_once(tmp_path: Path) -> None:
    write_collect(tmp_path, 2025, "spring")
    twice = tmp_path / "2025_spring_termlyexclusionsonroll.csv"
    lines = twice.read_text().splitlines()
    twice.write_text("\n".join([*lines, lines[1]]) + "\n")
    report = check([tmp_path], today=TODAY)
    assert len(report.good["suspensions"]) == 1
    assert "suspension_once" in {problem.rule for problem in report.problems}


def one_return(tmp_path: Path, text: str) -> CheckReport:
    path = tmp_path / "return.xml"
    path.write_text(text, encoding="utf-8")
    return check([path], today=TODAY)


@pytest.mark.parametrize(
    "dialect",
    [
        {}, {"case": "lower"}, {"case": "namespaced"}, {"sex": "Gender"}, {"sessions": "AbsenceSessions"},
        {"wrapped": False},
    ],
)  # fmt: skip
def test_census_xml_in_every_dialect(tmp_path: Path, dialect: dict) -> None:
    report = one_return(tmp_path, census_xml(**dialect))
    assert report.refused == []
    pupils = report.good["pupils"].set_index("upn")
    assert pupils["sex"].to_dict() == {AVA: "F", LEFT: "M"}
    assert pupils.loc[AVA, "fsm"] is True or bool(pupils.loc[AVA, "fsm"])
    assert pupils.loc[LEFT, "nc_year"] == "10"
    assert report.good["sen"]["need_type"].tolist() == ["SEMH", "SLCN"]
    suspension = report.good["suspensions"].iloc[0]
    assert (suspension["category"], suspension["reason1"], suspension["reason2"], suspension["sessions"]) == (
        "SUSP",
        "DB",
        "VA",
        4,
    )
    counts = report.good["attendance_summary"].set_index("code")["sessions"].to_dict()
    assert counts == {"/": 70, "\\": 62, "I": 10, "E": 4}
    assert "sessions_add_up" not in {problem.rule for problem in report.problems}


def test_problems_in_xml_name_the_line(tmp_path: Path) -> None:
    text = census_xml().replace("<SENtype>SLCN</SENtype>", "<SENtype>WHAT</SENtype>")
    report = one_return(tmp_path, text)
    (problem,) = [problem for problem in report.problems if problem.rule == "need_type_known"]
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if "WHAT" in row)
    assert (problem.line, problem.column) == (line, "SENtype")


def test_addresses_never_leave_the_worker(tmp_path: Path) -> None:
    report = one_return(tmp_path, census_xml())
    assert "ZZ1" not in "".join(extract.frame.to_csv() for extract in report.extracts)


@pytest.mark.parametrize(
    ("year", "season", "day"),
    [(2024, "autumn", date(2024, 10, 3)), (2025, "spring", date(2025, 1, 16)), (2026, "summer", date(2026, 5, 21)),
     (2027, "spring", date(2027, 1, 21))],
)  # fmt: skip
def test_census_days_follow_the_rule(year: int, season: str, day: date) -> None:
    assert reading.census_day(year, season) == day


@pytest.mark.parametrize(
    "day",
    [
        date(2022, 4, 17),
        date(2023, 4, 9),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
    ],
)
def test_easter(day: date) -> None:
    assert reading.easter(day.year) == day
