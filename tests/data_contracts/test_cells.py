"""One reader of a mark, a date, a number, a yes or no: every form of a cell, in every layout that can hold it."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from data_contracts import upn
from data_contracts.facts.date_order import month_first
from data_contracts.reading.dates import is_filler, read_clock, read_date
from data_contracts.reading.read import read_source
from data_contracts.reading.returns import open_fsm
from data_contracts.reading.sources import Source
from pipelines.check import check
from testbed.messy.cells import FORMS, LAYOUTS, cases, read

AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))
ROLL = (
    "UPN,Surname,Forename,DOB,Year,Admission date\n"
    f"{AVA},O'Neill,Siân,01/11/2011,9,05/09/2022\n{BEN},Hart,Ben,02/11/2011,9,05/09/2022\n"
    f"{CIT},Ngo,Cit,03/11/2011,9,05/09/2022\n"
)


@pytest.mark.parametrize(("kind", "layout"), [(kind, layout) for kind in FORMS for layout in LAYOUTS[kind]])
def test_a_cell_is_read_the_same_in_every_layout(kind: str, layout: str) -> None:
    wanted = {(text, meaning) for k, name, text, meaning in cases() if (k, name) == (kind, layout)}
    assert {(text, read(kind, layout, text)) for text, _ in wanted} == wanted


# --- dates that stand for none ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["05/11/2010", "31/12/2025", "01/01/2026", "12/03/1900", "02/01/2101", "06/06/2025"]
)
def test_a_day_that_somebody_meant_is_no_filler(text: str) -> None:
    assert not is_filler(text)


def test_fillers_are_taken_as_blank_and_said_once_for_their_column(tmp_path: Path) -> None:
    rows = ROLL.replace("Admission date\n", "Admission date,Leaving date\n").replace(
        "/2022\n", "/2022,31/12/9999\n"
    )
    (tmp_path / "Pupils.csv").write_text(rows, "utf-8")
    report = check([tmp_path], today=date(2025, 12, 1))
    assert report.exit_code == 0
    assert report.good["pupils"]["leaving_date"].isna().all()
    assert [(p.rule, p.column, p.severity) for p in report.problems] == [
        ("filler_dates", "Leaving date", "warning")
    ]


def test_a_filler_where_a_day_is_needed_waits_as_missing(tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_text(ROLL.replace("01/11/2011", "01/01/1900"), "utf-8")
    report = check([tmp_path], today=date(2025, 12, 1))
    assert ("dob_present", 2) in {(p.rule, p.line) for p in report.problems}


def test_free_meals_that_end_on_a_filler_are_open() -> None:
    assert open_fsm([("2021-09-06", "1900-01-01T00:00:00")], date(2025, 10, 2))
    assert open_fsm([("2021-09-06", "9999-Dec-31 00:00:00")], date(2025, 10, 2))
    assert not open_fsm([("2021-09-06", "2022-07-20")], date(2025, 10, 2))


# --- a hair short of midnight --------------------------------------------------------------------------------


def test_a_spreadsheets_moment_is_what_it_shows() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["UPN", "Date", "Time", "Type"])
    sheet.append([AVA, 45937.9999999, 0.37499999, "Defiance"])
    sheet["B2"].number_format = "dd/mm/yyyy hh:mm"
    sheet["C2"].number_format = "hh:mm"
    file = io.BytesIO()
    book.save(file)
    ((extract,), _) = read_source(Source("Incidents.xlsx", file.getvalue(), ""))
    row = extract.frame.iloc[0]
    assert (row["date"], row["time"]) == (pd.Timestamp("2025-10-08"), "09:00")


@pytest.mark.parametrize(("text", "expected"), [
    ("08:59:59.991", "09:00"), ("23:59:59.9", "00:00"), ("9:05:29", "09:05"), ("13:45", "13:45"), ("25:00", None),
])  # fmt: skip
def test_clocks_round_to_the_minute_they_show(text: str, expected: str | None) -> None:
    assert read_clock(text) == expected


def test_a_text_moment_is_rounded_to_its_second() -> None:
    assert str(read_date("2025-10-07 23:59:59.991")) == "2025-10-08 00:00:00"
    assert str(read_date("2025-10-07 23:59:59.1")) == "2025-10-07 23:59:59"


# --- month first ---------------------------------------------------------------------------------------------

AMERICAN = ["09/04/2025", "09/08/2025", "09/12/2025", "10/06/2025", "10/10/2025", "11/03/2025", "11/07/2025",
            "11/10/2025", "12/01/2025", "12/05/2025"]  # fmt: skip


def test_a_file_that_fits_the_term_only_month_first_is_refused_whole(tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_text(ROLL, "utf-8")
    rows = "".join(f"{AVA},{day},Defiance\n" for day in AMERICAN)
    (tmp_path / "Incidents.csv").write_text("UPN,Date,Type\n" + rows, "utf-8")
    report = check([tmp_path], today=date(2026, 6, 1), term="2025-autumn")
    assert "behaviour" not in report.good or report.good["behaviour"].empty
    assert {(p.rule, p.severity) for p in report.problems} == {("dates_day_first", "file")}


@pytest.mark.parametrize(("days", "expected"), [
    (["2025-04-09", "2025-08-09", "2025-12-09", "2025-06-10", "2025-10-10", "2025-03-11", "2025-07-11"], True),
    (["2025-09-04", "2025-09-08", "2025-10-06", "2025-11-10", "2025-12-01", "2025-12-05"], False),
    (["2025-09-04", "2025-09-08", "2025-10-06", "2025-11-10", "2025-12-07", "2025-08-05"], False),  # two slips
    (["2025-10-03", "2026-02-06", "2026-06-05", "2025-11-07", "2026-03-06", "2026-05-01"], False),  # a whole year
])  # fmt: skip
def test_dates_are_month_first_only_where_that_clearly_fits_better(days: list[str], expected: bool) -> None:
    assert month_first(pd.Series(pd.to_datetime(days)), None, date(2026, 12, 1)) is expected


# --- half sessions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "cell", "rule"), [
    ("Sessions", "0.5", "sessions_whole"), ("Sessions", "1.5", "sessions_whole"), ("Days", "0.25", "sessions_whole"),
    ("Days", "0.5", None), ("Sessions", "½ day", None), ("Sessions", "1", None),
])  # fmt: skip
def test_sessions_are_whole(tmp_path: Path, heading: str, cell: str, rule: str | None) -> None:
    (tmp_path / "Pupils.csv").write_text(ROLL, "utf-8")
    text = f"UPN,Type,Reason,Start date,{heading}\n{AVA},Suspension,DB,06/10/2025,{cell}\n"
    (tmp_path / "Exclusions.csv").write_text(text, "utf-8")
    report = check([tmp_path], today=date(2025, 12, 1))
    assert [p.rule for p in report.problems] == ([rule] if rule else [])
    assert list(report.good["suspensions"]["sessions"]) == ([] if rule else [1.0])


# --- headings over headings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "Pupil,,Incident,\nUPN,Reg,Date,Type\n",
    "Pupil,,Date,Type\nUPN,Reg,,\n",
    "Pupil,,Date,Type\nUPN,Reg,Date,Type\n",
    "Incidents of Year 9\n\nPupil,,When and what,\nUPN,Reg,Date,Type\n",
])  # fmt: skip
def test_titles_of_groups_over_headings(text: str) -> None:
    ((extract,), problems) = read_source(
        Source("Incidents.csv", f"{text}{AVA},9A,06/10/2025,Defiance\n".encode(), "")
    )
    assert problems == []
    assert list(extract.frame["upn"]) == [AVA]
    assert list(extract.frame["local_type"]) == ["Defiance"]


def test_a_groups_title_tells_two_headings_of_one_word_apart() -> None:
    text = (
        "Legal,,Preferred,,,,\nSurname,Forename,Surname,Forename,UPN,DOB,Admission date\n"
        f"Moss,Katherine,Moss,Kit,{AVA},01/11/2011,05/09/2022\n"
    )
    ((extract,), _) = read_source(Source("Pupils.csv", text.encode(), ""))
    assert extract.frame[["forename", "preferred_forename"]].iloc[0].tolist() == ["Katherine", "Kit"]


def test_cells_merged_across_headings_in_a_sheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Pupil", None, "Date", "Type"],
        ["UPN", "Reg", None, None],
        [AVA, "9A", "06/10/2025", "Defiance"],
    ):
        sheet.append(row)
    for cells in ("A1:B1", "C1:C2", "D1:D2"):
        sheet.merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    ((extract,), problems) = read_source(Source("Incidents.xlsx", file.getvalue(), ""))
    assert (list(extract.frame["upn"]), problems) == ([AVA], [])


def test_a_row_of_data_below_the_headings_is_never_taken_for_headings() -> None:
    text = f"UPN,Date,Session,Mark\n{AVA},06/10/2025,AM,/\n{AVA},06/10/2025,PM,\\\n"
    ((extract,), _) = read_source(Source("Marks.csv", text.encode(), ""))
    assert len(extract.frame) == 2
