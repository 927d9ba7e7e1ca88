"""Files as schools really send them, and files that would be misread if anything were guessed: read right,
or refused or named in a sentence; never something in between."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data_contracts import upn
from data_contracts.problems import Problem
from data_contracts.reading.extract import Extract
from data_contracts.reading.faults import FAULTS
from data_contracts.reading.read import read_set, read_source
from data_contracts.reading.sources import Source, collect
from data_contracts.schools import School
from pipelines.check import check

AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))


def read(text: str | bytes, name: str = "attendance.csv") -> tuple[list[Extract], list[Problem]]:
    data = text.encode() if isinstance(text, str) else text
    return read_source(Source(name, data, ""))


def one(text: str | bytes, name: str = "attendance.csv") -> Extract:
    extracts, problems = read(text, name)
    assert [p for p in problems if p.severity == "file"] == []
    (extract,) = extracts
    return extract


def refusal(text: str | bytes, name: str = "attendance.csv") -> str:
    extracts, problems = read(text, name)
    assert extracts == []
    assert problems[-1].severity == "file"
    return problems[-1].rule


def marks(extract: Extract) -> list[tuple[str, str, str]]:
    frame = extract.frame
    days = frame["date"].dt.strftime("%d/%m")
    return sorted(zip(days, frame["session"], frame["code"], strict=True))


def workbook(
    *sheets: list[list[Any]], finish: Callable[[openpyxl.Workbook], None] = lambda book: None
) -> bytes:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        page = book.active if number == 0 else book.create_sheet()
        assert page is not None
        for row in rows:
            page.append(row)
    finish(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- marks ---------------------------------------------------------------------------------------------


def test_headings_that_are_paths_are_known_by_their_last_words() -> None:
    head = "id,date.date,session,attendance_code.data.code,student.data.upn"
    text = f"{head}\nA1,2025-09-08 00:00:00.000000,AM,/,{AVA}\n"
    extract = one(text)
    assert marks(extract) == [("08/09", "AM", "/")]
    assert extract.frame["upn"].tolist() == [AVA]
    pupils = one(
        f"mis_id,surname,date_of_birth,education_details.data.upn,year.data.name\n7,Hart,2011-11-05,{AVA},Year 9\n",
        "p.csv",
    )
    assert pupils.frame["nc_year"].tolist() == ["9"]
    assert "full_name" not in pupils.mapping


def test_a_mark_beside_its_meaning_is_that_mark() -> None:
    cells = ["/ - Present AM", "Illness (I)", "I - Illness", "C1 (performance)", "Holiday"]
    extract = one(
        "UPN,Date,Session,Mark\n" + "".join(f"{AVA},{n:02d}/09/2025,AM,{c}\n" for n, c in enumerate(cells, 8))
    )
    assert [code for _, _, code in marks(extract)] == ["/", "I", "I", "C1", "HOLIDAY"]


def test_weeks_that_start_on_a_sunday() -> None:
    days = [f"{d}{s}" for d in ("MON", "TUE", "WED", "THU", "FRI") for s in ("AM", "PM")]
    extract = one(f"UPN,WEEKSTART,{','.join(days)}\n{AVA},07/09/2025,{','.join(['/'] * 10)}\n")
    assert {day for day, _, _ in marks(extract)} == {"08/09", "09/09", "10/09", "11/09", "12/09"}


def test_one_mark_where_others_have_two_is_named_rather_than_doubled() -> None:
    extract = one(f"UPN,Week beginning,Mon,Tue,Wed\n{AVA},08/09/2025,/\\,I,LI\n")
    assert [problem.rule for problem in extract.problems] == ["marks_length"]
    assert extract.problems[0].column == "Tue"
    assert marks(extract) == [
        ("08/09", "AM", "/"),
        ("08/09", "PM", "\\"),
        ("10/09", "AM", "L"),
        ("10/09", "PM", "I"),
    ]


def test_nothing_between_commas_is_no_mark_and_moves_no_other() -> None:
    extract = one(f'UPN,From,To,Marks\n{AVA},08/09/2025,14/09/2025,"/,I,,,L,O,M,C,E,\\,,,N,B"\n')
    assert ("10/09", "AM", "L") in marks(extract)
    assert not [mark for mark in marks(extract) if mark[0] == "09/09"]


@pytest.mark.parametrize("rows", [
    [(d, s, m) for d in range(8, 13) for s, m in (("AM", "P"), ("PM", "A"))],
    [(d, s, m) for d in range(8, 13) for s, m in (("AM", "Y"), ("PM", "Y"))],
    [(d, s, m) for d in range(8, 13) for s, m in (("AM", "/"), ("PM", "P"))],
    [(8, "AM", "P"), (8, "PM", "A")],
])  # fmt: skip
def test_marks_of_the_schools_own_are_refused(rows: list[tuple[int, str, str]]) -> None:
    text = "UPN,Date,Session,Mark\n" + "".join(f"{AVA},{d:02d}/09/2025,{s},{m}\n" for d, s, m in rows)
    assert refusal(text) == "present_mark"


def test_lessons_are_no_sessions() -> None:
    extract = one("UPN,Date,Period,Mark\n" + "".join(f"{AVA},08/09/2025,{n},/\n" for n in range(1, 6)))
    assert extract.frame["session"].tolist() == ["1", "2", "3", "4", "5"]
    extract = one("UPN,Date,Session,Mark\n" + "".join(f"{AVA},08/09/2025,{n},/\n" for n in (1, 2)))
    assert extract.frame["session"].tolist() == ["AM", "PM"]


def test_dates_without_a_year_take_it_from_the_title_or_are_refused() -> None:
    head = "UPN,Mon 8 Sep AM,Mon 8 Sep PM,Tue 9 Sep AM,Tue 9 Sep PM\n"
    extract = one(f"Register 08/09/2025 to 12/09/2025\n{head}{AVA},/,\\,I,L\n")
    assert marks(extract) == [
        ("08/09", "AM", "/"),
        ("08/09", "PM", "\\"),
        ("09/09", "AM", "I"),
        ("09/09", "PM", "L"),
    ]
    assert refusal(f"{head}{AVA},/,\\,I,L\n") == "years_missing"


@pytest.mark.parametrize("head", [
    [["", "08/09/2025", "", "09/09/2025", ""], ["UPN", "AM", "PM", "AM", "PM"]],
    [["", "Mon", "", "Tue", ""], ["", dt.date(2025, 9, 8), None, dt.date(2025, 9, 9), None],
     ["UPN", "AM", "PM", "AM", "PM"]],
    [["", 45908, "", 45909, ""], ["UPN", "AM", "PM", "AM", "PM"]],
    [["UPN", "AM", "PM", "AM", "PM"], ["", "08/09/2025", "08/09/2025", "09/09/2025", "09/09/2025"]],
])  # fmt: skip
def test_headings_in_two_or_three_rows(head: list[list[Any]]) -> None:
    extract = one(workbook([["Attendance"], [], *head, [AVA, "/", "\\", "I", "L"]]), "m.xlsx")
    assert marks(extract) == [
        ("08/09", "AM", "/"),
        ("08/09", "PM", "\\"),
        ("09/09", "AM", "I"),
        ("09/09", "PM", "L"),
    ]


def test_columns_per_code_with_their_meaning() -> None:
    extract = one(f"UPN,/ Present,\\ Present,I - Illness,Late (L),Possible\n{AVA},60,58,3,2,123\n")
    assert dict(zip(extract.frame["code"], extract.frame["sessions"], strict=True)) == {
        "/": 60,
        "\\": 58,
        "I": 3,
        "L": 2,
    }


def test_a_percentage_is_no_count_of_sessions() -> None:
    extract = one(f"UPN,Possible,Present,Authorised\n{AVA},100,94%,6\n")
    assert extract.frame["sessions"].isna().sum() == 1
    assert extract.frame["_unreadable_sessions"].sum() == 1


def test_a_column_without_heading_among_marks_is_refused_and_elsewhere_named() -> None:
    assert refusal(f"UPN,08/09/2025 AM,,09/09/2025 AM\n{AVA},/,\\,/\n") == "marks_without_heading"
    extract = one(f",UPN,Date,Type\n1,{AVA},08/09/2025,Fighting\n", "b.csv")
    assert [(p.rule, p.column, p.severity) for p in extract.problems] == [
        ("column_without_heading", "A", "warning")
    ]


# --- other tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "cell", "sessions"), [
    ("Length", "1.5", 3), ("Length", "4 sessions", 4), ("Length", "½", 1), ("Length", "1½ days", 3),
    ("Sessions", "2 days", 4), ("Sessions", "3", 3), ("Sessions", "3 sessions", 3),
])  # fmt: skip
def test_lengths_keep_the_unit_they_are_written_in(heading: str, cell: str, sessions: int) -> None:
    extract = one(f"UPN,Type,Reason,Start date,{heading}\n{AVA},Suspension,DB,08/09/2025,{cell}\n", "s.csv")
    assert extract.frame["sessions"].tolist() == [sessions]


def test_several_reasons_in_one_cell() -> None:
    extract = one(
        f'UPN,Type,Reason,Start date\n{AVA},Suspension,"DB; Bullying",08/09/2025\n{BEN},Suspension,PP,08/09/2025\n',
        "s.csv",
    )
    assert extract.frame[["reason1", "reason2"]].fillna("").to_numpy().tolist() == [["DB", "BU"], ["PP", ""]]


def test_pupils_without_sen_make_no_rows() -> None:
    extract = one(
        f"UPN,SEN Status,SEN Need,Start date\n{AVA},K,SEMH,05/11/2023\n{BEN},,,\n{CIT},N,,\n", "sen.csv"
    )
    assert extract.frame["upn"].tolist() == [AVA]
    assert any("2 rows of pupils without SEN" in line for line in extract.evidence)


def test_dates_turned_by_an_american_excel() -> None:
    turned = [dt.date(2025, 5, 9), "15/09/2025", dt.date(2025, 8, 10), "23/09/2025"]
    honest = [dt.date(2025, 9, 15), "15/09/2025", 45908, "8 October 2025"]
    rows = [[[AVA, day, "Fighting", n] for n, day in enumerate(days, start=1)] for days in (turned, honest)]
    assert refusal(workbook([["UPN", "Date", "Type", "Points"], *rows[0]]), "b.xlsx") == "dates_turned"
    assert len(one(workbook([["UPN", "Date", "Type", "Points"], *rows[1]]), "b.xlsx").frame) == 4


# --- files ---------------------------------------------------------------------------------------------


def test_pages_totals_and_footers_are_left_out_and_pupils_called_total_are_not() -> None:
    page = "Oak School\nAttendance report,,,\n\nStudent,Date,Session,Mark\n"
    foot = "Total,2\nCount: 2\nPrinted on 12/09/2025\n"
    extract = one(f'{page}"Total, Hope",08/09/2025,AM,/\n{page}Ben Hart,08/09/2025,AM,I\n{foot}')
    assert extract.frame["full_name"].tolist() == ["Total, Hope", "Ben Hart"]
    assert extract.problems == []
    wide = one("Student,08/09/2025 AM,08/09/2025 PM\nTotal Hope,/,\nTotal,1,0\n")
    assert wide.frame["full_name"].tolist() == ["Total Hope"]


def test_a_file_that_was_cut_off_says_so() -> None:
    extract = one(f"UPN,Date,Session,Mark\n{AVA},08/09/2025,AM,/\n{BEN},08/09/20")
    assert [problem.rule for problem in extract.problems] == ["columns_cut_off"]
    assert len(extract.frame) == 1


def test_text_kept_from_excel_by_a_formula() -> None:
    assert one('Adno,Date,Session,Mark\n="000001",08/09/2025,AM,/\n').frame["admission_number"].tolist() == [
        "000001"
    ]


def test_cells_without_a_value_are_named_where_they_matter() -> None:
    head = ["UPN", "Category", "Reason", "Start date", "Sessions", "Notes"]
    day = dt.date(2025, 9, 15)
    rows = [
        [AVA, "SUSP", "DB", day, "=1+1", ""],
        [BEN, "SUSP", "DB", day, "#N/A", ""],
        [CIT, "SUSP", "DB", day, 2, "=1+1"],
    ]
    extract = one(workbook([head, *rows]), "s.xlsx")
    assert [(p.line, p.rule, p.column) for p in extract.problems] == [
        (2, "formula_unworked", "Sessions"), (3, "cell_error", "Sessions")
    ]  # fmt: skip
    assert extract.frame["upn"].tolist() == [CIT]


def test_hidden_and_other_sheets_are_named() -> None:
    def finish(book: openpyxl.Workbook) -> None:
        book["Sheet2"].sheet_state = "hidden"
        book["Sheet1"].title = "Cover"

    data = workbook([["UPN", "Date", "Type"], [AVA, "15/09/2025", "Fighting"]], [["School report"], ["Autumn"]],
                    [["UPN", "Date", "Type"], [BEN, "15/09/2025", "Fighting"]], finish=finish)  # fmt: skip
    extracts, problems = read(data, "b.xlsx")
    assert [extract.frame["upn"].tolist() for extract in extracts] == [[AVA]]
    said = {(p.file, p.rule, p.severity) for p in [*problems, *extracts[0].problems]}
    assert said == {
        ("b.xlsx[Cover]", "sheet_not_read", "warning"),
        ("b.xlsx[Sheet2]", "sheet_hidden", "warning"),
    }


def test_a_cell_merged_down_stands_in_each_row() -> None:
    data = workbook([["UPN", "Date", "Type"], [AVA, "15/09/2025", "Fighting"], [None, "16/09/2025", "Bullying"]],
                    finish=lambda book: book.active.merge_cells("A2:A3"))  # type: ignore[union-attr]  # fmt: skip
    assert one(data, "b.xlsx").frame["upn"].tolist() == [AVA, AVA]


PAGE = (
    "<html><body><table><tr><td colspan=3>Behaviour</td></tr>"
    "<tr><th>UPN</th><th>Date</th><th>Type</th></tr>{}</table></body></html>"
)


def test_a_web_page_named_as_a_spreadsheet() -> None:
    rows = (
        f"<tr><td rowspan=2>{AVA}</td><td>15/09/2025</td><td>Fighting</td></tr>"
        "<tr><td>16/09/2025<td>Bullying &amp; more"
    )
    extract = one(PAGE.format(rows), "report.xls")
    assert extract.frame["upn"].tolist() == [AVA, AVA]
    assert extract.frame["local_type"].tolist() == ["Fighting", "Bullying & more"]


@pytest.mark.parametrize(("data", "rule"), [
    (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old_spreadsheet"),
    (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked_spreadsheet"),
    (b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "open_document"),
    (b"PK\x03\x04 xl/workbook.bin", "binary_workbook"),
    (b"PK\x03\x04 word/document.xml", "document"),
    (b"%PDF-1.7 stream", "pdf"),
    (b"\x1f\x8b\x08\x00", "packed_otherwise"),
    (b'[{"upn": "A"}]', "json"),
    (b'{"data": [1]}', "json"),
    (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "sheet_xml"),
    (b"<html><body>Please sign in</body></html>", "page_without_table"),
    (b"<CTfile><Pupil><UPN>A</UPN></Pupil></CTfile>", "xml_transfer"),
    (b"<Exclusion><Category>FIXD</Category><StartDate>2024-01-23</StartDate></Exclusion>", "xml_without_pupils"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_is_no_extract_is_named_for_what_it_is(data: bytes, rule: str) -> None:
    assert refusal(data, "extract.csv") == rule


def test_files_in_folders_and_zips_that_are_not_opened_are_said(tmp_path: Path) -> None:
    (tmp_path / "report.ods").write_bytes(
        b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
    )
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("marks.csv", f"UPN,Date,Session,Mark\n{AVA},08/09/2025,AM,/\n")
        archive.writestr("inner.zip", b"PK")
        archive.writestr("school.toml", b"")
    sources, problems = collect([tmp_path])
    assert [(p.file, p.rule) for p in problems] == [("set.zip/inner.zip", "not_opened")]
    assert [p.rule for p in read_set(sources)[1]] == ["open_document"]


def test_a_students_xml_of_another_system() -> None:
    text = (f"<Students><Student><UPN>{AVA}</UPN><Surname>Hart</Surname><DOB>2011-11-05</DOB><Exclusions><Exclusion>"
            "<Category>FIXD</Category><Reasons><Reason>PP</Reason></Reasons><StartDate>2024-01-23</StartDate>"
            "<SchoolDays>1.500000</SchoolDays><StartTime>PM</StartTime><Narrative>x</Narrative></Exclusion></Exclusions>"
            "</Student></Students>")  # fmt: skip
    extract = next(e for e in read(text, "b2b.xml")[0] if e.table == "suspensions")
    row = extract.frame.iloc[0]
    assert (row["category"], row["reason1"], row["sessions"], row["start_session"]) == ("SUSP", "PP", 3, "PM")
    assert extract.not_read == ("Narrative",)


def test_every_fault_reads_as_a_sentence_and_says_what_to_do() -> None:
    for message, hint in FAULTS.values():
        assert message.endswith(".")
        assert hint.endswith(".")
        assert len(hint) > 10


def test_a_row_that_was_broken_off_is_named_and_an_mis_that_leaves_empty_cells_off_is_not() -> None:
    whole = "".join(f"{upn.make(f'9994001221{n:02d}')},08/09/2025,Fighting,2\n" for n in range(8))
    extract = one(f"UPN,Date,Type,Points\n{whole}{AVA},08/09/2025\n", "b.csv")
    assert [(p.rule, p.line) for p in extract.problems] == [("row_short", 10)]
    trimmed = "".join(f"{upn.make(f'9994001222{n:02d}')},08/09/2025,Fighting\n" for n in range(8))
    extract = one(f"UPN,Date,Type,Points\n{whole}{trimmed}", "b.csv")
    assert extract.problems == []
    assert len(extract.frame) == 16


def test_a_trusts_file_of_several_schools_is_never_taken_for_one(tmp_path: Path) -> None:
    head = "School,UPN,Surname,Forename,DOB,Sex,Year,Admission date\n"
    rows = [f"{{}},{number},Hart,Ava,05/11/2011,F,9,05/09/2022\n" for number in (AVA, BEN)]
    school = School("999001", "Oak", synthetic=True)

    def rules(first: str, second: str, asked: School | None) -> tuple[list[str], int]:
        (tmp_path / "pupils.csv").write_text(head + rows[0].format(first) + rows[1].format(second))
        report = check([tmp_path / "pupils.csv"], school=asked, today=dt.date(2025, 12, 1))
        kept = report.counts.get("pupils", {}).get("kept", 0)
        return [f"{p.rule} {p.severity}" for p in report.problems], kept

    assert rules("Oak", "Ash", school) == (["several_schools file"], 0)
    assert rules("Oak", "Ash", None) == (["several_schools warning"], 2)
    assert rules("999002", "999002", school) == (["other_school file"], 0)
    assert rules("999001", "999001", school) == ([], 2)


def test_dates_over_marks_written_month_first() -> None:
    head = ",".join(f"09/{day:02d}/2025 {half}" for day in (8, 15) for half in ("AM", "PM"))
    assert refusal(f"UPN,{head}\n{AVA},/,\\,I,L\n") == "date_order"


def test_a_second_table_in_the_same_file() -> None:
    first = f"UPN,Date,Session,Mark\n{AVA},08/09/2025,AM,/\n"
    assert refusal(f"{first}\nUPN,Date,Type,Points\n{AVA},08/09/2025,Fighting,2\n") == "second_table"
