"""The check journey over whole sets: rows given to pupils, checks across tables, what a person is told."""

import csv
import json
import pickle
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from data_contracts import upn
from data_contracts.contract import load_contract
from data_contracts.errors import Refused
from data_contracts.marked import write_marked_workbook
from data_contracts.problems import Problem
from data_contracts.schools import School
from pipelines.check import CheckReport, check
from pipelines.synthesise import synthesise

TODAY = date(2026, 11, 24)
AVA, BEN = upn.make("999400122001"), upn.make("999400122002")
OLD = upn.make("99940012200A")  # the temporary number Ben came with
PUPILS = (
    "Adno,UPN,Former UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date\n"
    f"000101,{AVA},,O'Neill,Siân,05/11/2011,F,Year  8,8A,05/09/2022\n"
    f"000102,{BEN},{OLD},Hart,Ben,20/01/2012,M,Year  8,8A,05/09/2022\n"
)
MARKS = "Adno,Date,AM,PM,\n000101,08/09/2025,/,\\,\n000102,08/09/2025,I,I,\n"
BEHAVIOUR = (
    "Behaviour report\nPrinted on 12/09/2025\n"
    "Adno,Incident id,Date,Time,Type,Role,Points\n000101,1,08/09/2025,10:20,Disruption,AG,2\n"
)


def folder(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.csv").write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
    return path


def ran(path: Path, **about: object) -> CheckReport:
    return check([path], today=TODAY, **about)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trust")
    synthesise(out, schools=3, pupils=40, years=1, seed=5)
    return out


def test_every_system_of_the_synthetic_trust_is_read(trust: Path) -> None:
    for school in sorted(path for path in trust.iterdir() if path.name.isdigit()):
        report = ran(school)
        assert report.refused == []
        rows = sum(count["rows"] for count in report.counts.values())
        assert report.quarantined < rows / 200  # the clerical slips that are planted, and nothing else
        assert set(report.good) == {"pupils", "attendance", "behaviour", "suspensions", "sen"}
        assert {extract.mis for extract in report.extracts} in ({"sims"}, {"arbor"}, {"bromcom"})
        assert len(report.terms) == 3
        for table in ("attendance", "behaviour", "suspensions", "sen"):
            assert report.good[table]["upn"].isin(set(report.good["pupils"]["upn"])).all()


def test_a_good_set(tmp_path: Path) -> None:
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=MARKS, Behaviour=BEHAVIOUR))
    assert report.exit_code == 0
    assert report.terms == ("2025-autumn",)
    assert report.counts["attendance"] == {"rows": 4, "kept": 4, "quarantined": 0}
    assert report.good["attendance"]["upn"].tolist() == [AVA, AVA, BEN, BEN]
    assert report.contracts == {
        table: load_contract(table).version for table in ("pupils", "attendance", "behaviour")
    }
    assert report.lines()[-1] == "No problems found."
    json.dumps(report.as_dict())
    assert len(pickle.loads(pickle.dumps(report)).good["attendance"]) == 4


def test_good_rows_do_not_wait_for_bad_ones(tmp_path: Path) -> None:
    bad = MARKS + "000102,09/09/2025,%,I,\n000999,09/09/2025,I,I,\n"
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=bad))
    assert report.exit_code == 10
    assert report.counts["attendance"] == {"rows": 8, "kept": 5, "quarantined": 3}
    named = {(p.file, p.line, p.column, p.rule) for p in report.problems}
    assert ("Attendance.csv", 4, "AM", "code_known") in named
    assert ("Attendance.csv", 5, "Adno", "pupil_exists") not in named
    assert {p.rule for p in report.problems if p.line == 5} == {"pupil_exists"}
    assert any("1 row (line 4; column AM)" in line for line in report.lines())


def test_rows_of_a_pupil_who_waits_wait_too(tmp_path: Path) -> None:
    report = ran(folder(tmp_path, Pupils=PUPILS.replace("20/01/2012", ""), Attendance=MARKS))
    assert report.good["attendance"]["upn"].tolist() == [AVA, AVA]
    assert {p.rule for p in report.problems} == {"dob_present", "pupil_ready"}


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Adno", "101"),
        ("UPN", OLD.lower()),
        ("Name", "Ben Hart"),
        ("Name", '"HART, Ben"'),
        ("Name", "Sian O?Neill"),
    ],
)
def test_pupils_are_found_by_any_of_their_references(tmp_path: Path, heading: str, value: str) -> None:
    text = f"{heading},Date,AM,PM\n{value},09/09/2025,I,I\n"
    found = ran(folder(tmp_path, Pupils=PUPILS, Attendance=text)).good["attendance"]["upn"].unique().tolist()
    assert found == [AVA if value in ("101", "Sian O?Neill") else BEN]


def test_two_pupils_of_one_name_are_not_guessed(tmp_path: Path) -> None:
    twin = upn.make("999400122003")
    pupils = PUPILS + f"000103,{twin},,Hart,Ben,21/01/2012,M,Year  8,8A,05/09/2022\n"
    text = "Name,Date,AM,PM\nBen Hart,09/09/2025,I,I\n"
    report = ran(folder(tmp_path, Pupils=pupils, Attendance=text))
    assert {p.rule for p in report.problems} == {"pupil_certain"}


def test_references_that_disagree_are_not_guessed(tmp_path: Path) -> None:
    text = f"Adno,UPN,Date,AM,PM\n000101,{BEN},09/09/2025,I,I\n"
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=text))
    assert {p.rule for p in report.problems} == {"pupil_certain"}


def test_without_a_pupils_extract_rows_with_upn_are_kept_and_said(tmp_path: Path) -> None:
    some = f"UPN,Adno,Date,AM\n{AVA},000001,08/09/2025,/\n,000002,08/09/2025,/\n"
    report = ran(folder(tmp_path, Attendance=some))
    assert report.exit_code == 0
    assert [(p.rule, p.severity) for p in report.problems] == [("no_pupils", "warning")]
    assert len(report.good["attendance"]) == 2


def test_without_a_pupils_extract_a_file_without_upn_can_give_nothing_to_anybody(tmp_path: Path) -> None:
    report = ran(folder(tmp_path, Attendance=MARKS))
    assert report.exit_code == 11
    assert [(p.rule, p.severity) for p in report.problems] == [("nobody_to_give", "file")]
    assert report.counts["attendance"] == {"rows": 4, "kept": 0, "quarantined": 4}
    pupils = ran(folder(tmp_path / "other", Pupils=PUPILS)).good["pupils"]
    again = ran(folder(tmp_path, Attendance=MARKS), roll=pupils)
    assert again.problems == []
    assert again.good["attendance"]["upn"].tolist() == [AVA, AVA, BEN, BEN]


def test_a_school_of_another_world_is_refused_whole(tmp_path: Path) -> None:
    school = School("123456", "Real School")
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=MARKS), school=school)
    assert report.exit_code == 11
    assert {p.rule for p in report.refused} == {"upn_world", "pupils_refused"}
    assert all(frame.empty for frame in report.good.values())


def test_one_bad_file_does_not_spoil_the_others(tmp_path: Path) -> None:
    path = folder(tmp_path, Pupils=PUPILS, Attendance=MARKS)
    (path / "noise.csv").write_bytes(bytes(range(256)) * 20)
    report = ran(path)
    assert report.exit_code == 11
    assert [(p.file, p.rule) for p in report.refused] == [("noise.csv", "file_binary")]
    assert len(report.good["attendance"]) == 4


@pytest.mark.parametrize("paths", [[], ["missing.csv"]])
def test_nothing_to_read(tmp_path: Path, paths: list[str]) -> None:
    report = check([tmp_path / name for name in paths], today=TODAY)
    assert report.exit_code == 11
    assert report.refused[0].hint


def test_marks_and_suspensions_are_compared(tmp_path: Path) -> None:
    exclusions = (
        "Adno,Type,Reason 1,Start date,Start session,End date,Length (days)\n"
        "000101,Suspension,Bullying,08/09/2025,AM,08/09/2025,1\n"
    )
    marks = MARKS.replace("000102,08/09/2025,I,I", "000102,08/09/2025,E,E")
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=marks, Exclusions=exclusions))
    assert {(p.file, p.rule, p.severity) for p in report.problems} == {
        ("Attendance.csv", "suspended_marks_explained", "warning"),
        ("Exclusions.csv", "marks_fit_suspension", "warning"),
    }
    assert report.exit_code == 0


def test_no_message_holds_a_cell_value(tmp_path: Path) -> None:
    pupils = (
        PUPILS.replace("Hart", "Sentinelname")
        .replace("20/01/2012", "sentineldate")
        .replace("Year  8", "Sentinelyear")
    )
    report = ran(folder(tmp_path, Pupils=pupils, Attendance=MARKS))
    said = json.dumps(report.as_dict()) + "\n".join(report.lines(explain=True))
    for private in ("sentineldate", "Sentinelname", AVA, "000101"):
        assert private not in said
    assert "sentineldate" not in repr(report.problems)


def test_problems_csv_is_safe_to_open(tmp_path: Path) -> None:
    marks = MARKS + "000102,09/09/2025,=cmd|' /C calc'!A0,I,\n000101,10/09/2025,+1,@x,\n"
    path = folder(tmp_path / "in", Pupils=PUPILS, Attendance=marks)
    report = ran(path)
    plain, full = tmp_path / "plain.csv", tmp_path / "full.csv"
    report.write_problems(plain)
    report.write_problems(full, with_values=True)
    assert "cmd" not in plain.read_text(encoding="utf-8-sig")
    with full.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["value"] for row in rows} == {"'=cmd|' /C calc'!A0", "'+1", "'@x"}
    assert rows[0]["line"] == "4"


def test_a_marked_workbook_mends_by_being_uploaded_again(tmp_path: Path) -> None:
    marks = MARKS + "000102,09/09/2025,%,=1+1,\n"
    path = folder(tmp_path / "in", Pupils=PUPILS, Attendance=marks)
    report = ran(path)
    marked = tmp_path / "out" / "mend.xlsx"
    marked.parent.mkdir()
    assert write_marked_workbook(report.problems, [path], marked) == 1
    book = openpyxl.load_workbook(marked)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[4]][:4] == ["000102", "09/09/2025", "%", "=1+1"]
    assert sheet["D4"].data_type == "s"
    assert sheet["C4"].comment is not None
    assert "national code" in sheet["C4"].comment.text
    assert sheet["C3"].comment is None
    sheet["C4"], sheet["D4"] = "I", "I"
    book.save(marked)
    again = check([path / "Pupils.csv", marked], today=TODAY)
    assert again.problems == []
    assert len(again.good["attendance"]) == 6


def test_known_on_is_recorded_or_assumed(tmp_path: Path) -> None:
    behaviour = BEHAVIOUR.replace("Points\n", "Points,Recorded on\n").replace(",2\n", ",2,09/09/2025\n")
    report = ran(folder(tmp_path, Pupils=PUPILS, Attendance=MARKS, Behaviour=behaviour))
    assert report.known_on == {
        "attendance": {"rows": 4, "assumed": 4},
        "behaviour": {"rows": 1, "assumed": 0},
    }


def test_each_folder_is_a_set_of_its_own(tmp_path: Path) -> None:
    folder(tmp_path / "2025-autumn", Pupils=PUPILS, Attendance=MARKS)
    folder(tmp_path / "2026-spring", Pupils=PUPILS, Attendance=MARKS.replace("08/09/2025", "12/01/2026"))
    report = ran(tmp_path)
    assert report.problems == []
    assert report.terms == ("2025-autumn", "2026-spring")
    wrong = folder(tmp_path / "2026-summer", Pupils=PUPILS, Attendance=MARKS)
    assert {p.rule for p in ran(wrong).problems} == {"inside_term"}


def test_progress_is_told(tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    check(
        [folder(tmp_path, Pupils=PUPILS, Attendance=MARKS)],
        today=TODAY,
        progress=lambda *step: said.append(step),
    )
    assert said[0][0].startswith("Reading")
    assert said[-1] == ("Checked", 1, 1)


def test_repeated_pupil_rows_of_a_report_with_sub_reports_count_once(tmp_path: Path) -> None:
    pupils = PUPILS + PUPILS.splitlines()[1] + "\n"
    report = ran(folder(tmp_path, Pupils=pupils), term="2025-autumn")
    assert report.problems == []
    assert len(report.good["pupils"]) == 2
    assert isinstance(report.good["pupils"]["dob"].iloc[0], pd.Timestamp)


def test_a_marked_workbook_holds_every_cell_as_it_stood(tmp_path: Path) -> None:
    odd = ["_x0041_", "<b>&amp;", "007", "1e5", "=1+1", "{=A1}", "http://school.example", " kept "]
    rows = "".join(f'000101,{day:02d}/09/2025,%,I,"{text}"\n' for day, text in enumerate(odd, 8))
    path = folder(tmp_path / "in", Pupils=PUPILS, Attendance=MARKS.replace("PM,", "PM,Room") + rows)
    marked = tmp_path / "mend.xlsx"
    write_marked_workbook(ran(path).problems, [path], marked)
    sheet = CalamineWorkbook.from_path(str(marked)).get_sheet_by_index(0)
    assert [row[4] for row in sheet.to_python()[3:]] == odd
    assert openpyxl.load_workbook(marked).worksheets[0].max_row == 3 + len(odd)


def test_a_file_of_more_rows_than_a_sheet_holds_is_refused_rather_than_cut(tmp_path: Path) -> None:
    path = folder(tmp_path / "in", Pupils=PUPILS, Attendance="Adno,Date,AM,PM\n" + ",,,\n" * 1_048_576)
    problem = Problem("Attendance.csv", 2, "AM", "am", "This is no mark.", "Correct it.", "attendance", "row")
    with pytest.raises(Refused, match="1,048,577 rows"):
        write_marked_workbook([problem], [path], tmp_path / "mend.xlsx")
    assert not (tmp_path / "mend.xlsx").exists()
