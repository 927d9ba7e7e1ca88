"""One file, several tables; totals and their period; suspensions of one kind; files nobody's rows are in."""

from datetime import date
from pathlib import Path

import pytest

from data_contracts import upn
from data_contracts.reading.read import read_source
from data_contracts.reading.sources import Source
from pipelines.check import CheckReport, check

AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))
ROLL = (
    "UPN,Surname,Forename,DOB,Year,Admission date\n"
    f"{AVA},O'Neill,Siân,01/11/2011,9,05/09/2022\n{BEN},Hart,Ben,02/11/2011,9,05/09/2022\n"
    f"{CIT},Ngo,Cit,03/11/2011,9,10/11/2025\n"
)
TERM = "2025-autumn"


def checked(folder: Path, term: str | None = TERM, **files: str) -> CheckReport:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return check([folder], term=term, today=date(2026, 1, 20))


def said(report: CheckReport) -> set[tuple[str, str]]:
    return {(p.rule, p.severity) for p in report.problems}


def beside(*columns: str) -> str:
    """The roll with further columns: a heading and a cell for each of the three pupils."""
    lines = ROLL.splitlines()
    cells = [column.split("|") for column in columns]
    return "".join(f"{','.join([line, *(c[n] for c in cells)])}\n" for n, line in enumerate(lines))


# --- SEN and counts beside the roll --------------------------------------------------------------------------


def test_sen_in_the_roll_is_a_table_of_its_own(tmp_path: Path) -> None:
    report = checked(tmp_path, Pupils=beside("SEN Status|K|N|EHC plan", "SEN Need|SEMH||ASD"))
    assert said(report) == set()
    sen = report.good["sen"].set_index("upn")
    assert sen["provision"].to_dict() == {AVA: "K", CIT: "E"}
    assert sen["need_type"].to_dict() == {AVA: "SEMH", CIT: "ASD"}
    assert {who: str(day.date()) for who, day in sen["start_date"].items()} == {
        AVA: "2025-08-31",
        CIT: "2025-11-10",
    }


@pytest.mark.parametrize("column", ["SEN|Y|N|N", "SEN Status|||", "SEN Need|see file|see plan|"])
def test_what_says_no_status_and_no_need_gives_no_sen(tmp_path: Path, column: str) -> None:
    report = checked(tmp_path, Pupils=beside(column))
    assert (set(report.good), said(report)) == ({"pupils"}, set())


def test_a_sen_report_stands_and_the_rolls_columns_do_not_repeat_it(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        Pupils=beside("SEN Status|K|N|N"),
        SEN=f"UPN,SEN Status,Need,Start date\n{AVA},K,SLCN,01/09/2023\n",
    )
    assert said(report) == set()
    assert report.good["sen"]["need_type"].tolist() == ["SLCN"]


@pytest.mark.parametrize("headings", [
    ("T_Reason_I", "T_Reason_O", "T_Reason_L"), ("Reason_I", "Reason_O", "Reason_L"), ("I", "O", "L"),
    ("AttendanceReason I", "AttendanceReason O", "AttendanceReason L"), ("T_I", "T_O", "T_L"),
    ("Sessions_I", "Sessions_O", "Sessions_L"), ("I_Sessions", "O_Sessions", "L_Sessions"),
])  # fmt: skip
def test_counts_per_code_beside_who_they_are_about(tmp_path: Path, headings: tuple[str, str, str]) -> None:
    columns = [f"{heading}|{n}|0|2" for n, heading in enumerate(headings, start=3)]
    totals = beside("TermlySessionsPossible|120|120|60", *columns)
    report = checked(tmp_path, Totals=totals)
    assert said(report) == {("totals_alone", "warning")}
    assert len(report.good["pupils"]) == 3
    counts = report.good["attendance_summary"]
    assert len(counts) == 9
    assert counts.set_index(["upn", "code"])["sessions"][AVA].to_dict() == {"I": 3, "O": 4, "L": 5}
    other = checked(tmp_path, Roll=ROLL, Totals=totals)
    assert (len(other.good["pupils"]), len(other.good["attendance_summary"])) == (3, 9)
    assert said(other) == {("totals_alone", "warning")}


def test_strokes_written_as_am_and_pm_among_codes(tmp_path: Path) -> None:
    text = f"UPN,From,To,AM,PM,I,L,O\n{AVA},01/09/2025,19/12/2025,50,51,1,2,3\n"
    counts = checked(tmp_path, Pupils=ROLL, Totals=text).good["attendance_summary"]
    assert counts.set_index("code")["sessions"].to_dict() == {"/": 50, "\\": 51, "I": 1, "L": 2, "O": 3}


def test_what_only_looks_like_counts_is_none() -> None:
    text = beside("E mail address|a@b.c||", "C Number|x1||", "M Name|Jo||")
    extracts, _ = read_source(Source("Pupils.csv", text.encode(), ""))
    assert [extract.table for extract in extracts] == ["pupils"]


# --- the period of totals ------------------------------------------------------------------------------------


def test_codes_out_of_use_in_totals_without_a_period(tmp_path: Path) -> None:
    report = checked(tmp_path, Pupils=ROLL, Summary=f"UPN,/,I,J,H\n{AVA},60,4,3,2\n")
    wrong = {p.column for p in report.problems if p.rule == "code_valid_in_period"}
    assert wrong == {"J", "H"}
    kept = report.good["attendance_summary"]
    assert {str(day.date()) for day in kept["period_start"]} == {"2025-09-01"}


def test_totals_whose_dates_nobody_knows_are_said(tmp_path: Path) -> None:
    report = checked(tmp_path, None, Pupils=ROLL, Summary=f"UPN,/,I,L\n{AVA},60,4,3\n")
    assert ("period_unknown", "warning") in said(report)
    assert not [line for e in report.extracts for line in e.evidence if "taken from the term" in line]


@pytest.mark.parametrize(("summary", "rule"), [
    (f"UPN,Possible,/,I,L\n{AVA},130,120,5,5\n", None),
    (f"UPN,Possible,/,I,L\n{AVA},250,240,5,5\n", "totals_fit_period"),
    (f"UPN,/,\\,I,L\n{AVA},120,118,5,5\n", "totals_fit_period"),
    (f"UPN,From,To,Possible,Present,Authorised\n{AVA},01/09/2025,19/12/2025,250,240,10\n", "totals_fit_period"),
    (f"UPN,From,To,Possible,Present,Authorised\n{AVA},01/09/2025,27/03/2026,250,240,10\n", "period_inside_term"),
    (f"UPN,From,To,Possible,Present,Authorised\n{AVA},20/08/2025,31/12/2025,130,120,10\n", None),
])  # fmt: skip
def test_totals_longer_than_the_term(tmp_path: Path, summary: str, rule: str | None) -> None:
    report = checked(tmp_path, Pupils=ROLL, Summary=summary)
    assert {name for name, severity in said(report) if severity == "row"} == ({rule} if rule else set())


def test_totals_alone_are_said_to_make_no_figure(tmp_path: Path) -> None:
    totals = f"UPN,From,To,Possible,Present,Authorised\n{AVA},01/09/2025,19/12/2025,130,120,10\n"
    assert said(checked(tmp_path, Pupils=ROLL, Summary=totals)) == {("totals_alone", "warning")}
    marks = f"UPN,Date,AM,PM\n{AVA},06/10/2025,/,\\\n"
    assert said(checked(tmp_path, Pupils=ROLL, Summary=totals, Marks=marks)) == set()


# --- suspensions of one kind ---------------------------------------------------------------------------------

ROW = f"{AVA},DB,06/10/2025,07/10/2025,4\n"


@pytest.mark.parametrize(("name", "head", "kind"), [
    ("Suspensions.csv", "UPN,Reason,Start date,End date,Sessions", "SUSP"),
    ("export.csv", "UPN,Suspension reason,Start date,End date,Sessions missed", "SUSP"),
    ("Fixed Period Exclusions.csv", "UPN,Reason,Start date,End date,Sessions", "SUSP"),
    ("Permanent exclusions.csv", "UPN,Reason,Start date,End date,Sessions", "PERM"),
    ("Exclusions.csv", "UPN,Reason,Start date,End date,Sessions", None),
    ("Suspensions and permanent exclusions.csv", "UPN,Reason,Start date,End date,Sessions", None),
    ("Suspensions and exclusions.csv", "UPN,Reason,Start date,End date,Sessions", None),
    ("Internal suspensions.csv", "UPN,Suspension reason,Start date,End date,Sessions", None),
])  # fmt: skip
def test_the_kind_where_no_column_gives_it(name: str, head: str, kind: str | None) -> None:
    ((extract,), _) = read_source(Source(name, f"{head}\n{ROW}".encode(), ""))
    assert (extract.frame["category"][0] if "category" in extract.frame else None) == kind


def test_a_title_says_the_kind_too() -> None:
    text = f"Suspensions of Year 9\nUPN,Reason,Start date,End date,Sessions\n{ROW}"
    ((extract,), _) = read_source(Source("export.csv", text.encode(), ""))
    assert extract.frame["category"].tolist() == ["SUSP"]


def test_a_blank_kind_in_a_column_for_it_is_asked_for(tmp_path: Path) -> None:
    text = f"UPN,Type,Reason,Start date,End date,Sessions\n{AVA},,DB,06/10/2025,07/10/2025,4\n"
    assert ("category_present", "row") in said(checked(tmp_path, Pupils=ROLL, Suspensions=text))


@pytest.mark.parametrize(("times", "sessions", "half"), [
    ("08:45,15:15", 4.0, "AM"), ("08:45,12:00", 2.0, "AM"), ("13:00,15:15", 2.0, "PM"), ("12:10,13:00", None, "PM"),
])  # fmt: skip
def test_a_length_from_daily_times(times: str, sessions: float | None, half: str) -> None:
    head = "UPN,Suspension reason,Start date,End date,Daily start time,Daily end time"
    text = f"{head}\n{AVA},DB,06/10/2025,07/10/2025,{times}\n"
    ((extract,), _) = read_source(Source("Suspensions.csv", text.encode(), ""))
    row = extract.frame.iloc[0]
    assert (row.get("sessions"), row["start_session"]) == (sessions, half)


@pytest.mark.parametrize(("head", "cells", "half"), [
    ("Start date,End date", "06/10/2025 13:15,07/10/2025 15:00", "PM"),
    ("fromDatetime,untilDatetime", "2025-10-06T08:45:00,2025-10-07T15:15:00", "AM"),
    ("Start date,Start time,End date", "06/10/2025,13:15,07/10/2025", "PM"),
    ("Start date,Start time,End date", "06/10/2025,9:00,07/10/2025", "AM"),
])  # fmt: skip
def test_a_time_says_the_session_a_suspension_began_in(head: str, cells: str, half: str) -> None:
    text = f"UPN,Suspension reason,{head},Sessions\n{AVA},DB,{cells},3\n"
    ((extract,), _) = read_source(Source("Suspensions.csv", text.encode(), ""))
    row = extract.frame.iloc[0]
    assert (str(row["start_date"]), str(row["end_date"]), row["start_session"]) == (
        "2025-10-06 00:00:00", "2025-10-07 00:00:00", half,
    )  # fmt: skip


# --- returns -------------------------------------------------------------------------------------------------


def test_units_and_resourced_provision_of_a_return_and_of_collect() -> None:
    start = (
        "<Message><Header><CollectionDetails><Term>SPR</Term><Year>2026</Year></CollectionDetails></Header><Pupils>"
        "<PupilsOnRoll>"
    )
    pupils = "".join(
        f"<PupilOnRoll><UPN>{who}</UPN><DOB>2011-11-05</DOB><SENunitIndicator>{unit}</SENunitIndicator>"
        f"<ResourcedProvisionIndicator>{other}</ResourcedProvisionIndicator></PupilOnRoll>"
        for who, unit, other in ((AVA, "true", "0"), (BEN, "false", "1"))
    )
    xml = f"{start}{pupils}</PupilsOnRoll></Pupils></Message>"
    collect = (
        "pupilonrolltableid,NativeId,upn,surname,dob,senunitindicator,resourcedprovisionindicator\n"
        f"1,S,{AVA},Hart,2011-Nov-05 00:00:00,True,False\n2,S,{BEN},Ngo,2011-Nov-05 00:00:00,False,True\n"
    )
    for name, text in (("return.xml", xml), ("2026_spring_pupilonroll.csv", collect)):
        extracts, _ = read_source(Source(name, text.encode(), ""))
        frame = next(e.frame for e in extracts if e.table == "pupils").set_index("upn")
        assert frame["sen_unit"].to_dict() == {AVA: True, BEN: False}
        assert frame["resourced_provision"].to_dict() == {AVA: False, BEN: True}


def test_a_return_without_its_roll_is_not_fine(tmp_path: Path) -> None:
    text = (
        "pupilonrolltableid,NativeId,startdate,sessions,reason1,category\n"
        "a1,S1,2025-Oct-06 00:00:00,4.0,DB,SUSP\n"
    )
    report = check(
        [in_folder(tmp_path, "2026_spring_termlyexclusionsonroll.csv", text)], today=date(2026, 1, 20)
    )
    assert report.exit_code == 11
    assert said(report) == {("nobody_to_give", "file")}
    assert "pupilonroll" in report.problems[0].hint


def in_folder(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder
