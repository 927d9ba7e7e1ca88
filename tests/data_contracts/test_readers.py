"""Layouts and quirks: whatever the file looks like, the same marks come out, or the file says what is wrong."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from data_contracts import upn
from data_contracts.errors import Refused
from data_contracts.problems import Problem
from data_contracts.reading.extract import Extract
from data_contracts.reading.read import read_extract, read_source
from data_contracts.reading.sources import Source

AVA, BEN = upn.make("999400122001"), upn.make("999400122002")
WEEK = [f"2025-09-{day:02d}" for day in range(8, 13)]
AVA_MARKS = ["/", "\\", "L", "\\", "I", "I", "/", "U", "E", "E"]
BEN_MARKS = ["/", "\\"] * 5
TRUTH = {
    (number, day, session): mark
    for number, marks in ((AVA, AVA_MARKS), (BEN, BEN_MARKS))
    for (day, session), mark in zip([(d, s) for d in WEEK for s in ("AM", "PM")], marks, strict=True)
}


def british(day: str) -> str:
    return f"{day[8:]}/{day[5:7]}/{day[:4]}"


def read(text: str | bytes, name: str = "attendance.csv") -> tuple[list[Extract], list[Problem]]:
    data = text.encode() if isinstance(text, str) else text
    return read_source(Source(name, data, ""))


def one(text: str | bytes, name: str = "attendance.csv") -> Extract:
    extracts, problems = read(text, name)
    assert [problem.rule for problem in problems] == []
    assert len(extracts) == 1
    return extracts[0]


def marks(extract: Extract) -> dict[tuple[str, str, str], str]:
    frame = extract.frame
    days = frame["date"].dt.strftime("%Y-%m-%d")
    return dict(zip(zip(frame["upn"], days, frame["session"], strict=True), frame["code"], strict=True))


def table(header: list[str], rows: list[list[str]], delimiter: str = ",") -> str:
    return "\r\n".join(delimiter.join(row) for row in [header, *rows]) + "\r\n"


LONG = table(
    ["UPN", "Date", "Session", "Mark"],
    [[number, british(day), session, mark] for (number, day, session), mark in TRUTH.items()],
)
DAYS = table(
    ["UPN", "Date", "AM", "PM"],
    [[n, british(d), TRUTH[n, d, "AM"], TRUTH[n, d, "PM"]] for n in (AVA, BEN) for d in WEEK],
)
WEEKS = table(
    ["UPN", "WEEKSTART", *(f"{d}{s}" for d in ("MON", "TUE", "WED", "THU", "FRI") for s in ("AM", "PM"))],
    [[AVA, "2025-09-08T00:00:00", *AVA_MARKS], [BEN, "2025-09-08T00:00:00", *BEN_MARKS]],
)
DAY_CELLS = table(
    ["UPN", "Week beginning", "Mon", "Tue", "Wed", "Thu", "Fri"],
    [[n, "08 Sep 2025", *("".join(m[i : i + 2]) for i in range(0, 10, 2))]
     for n, m in ((AVA, AVA_MARKS), (BEN, BEN_MARKS))],
)  # fmt: skip
SESSIONS = table(
    ["UPN", *(f"{british(d)} {s}" for d in WEEK for s in ("AM", "PM"))],
    [[AVA, *AVA_MARKS], [BEN, *BEN_MARKS]],
)
TWO_ROWS = (
    table(["", *(cell for d in WEEK for cell in (british(d), ""))], [["UPN", *["AM", "PM"] * 5]])
    + table([AVA, *AVA_MARKS], [[BEN, *BEN_MARKS]])
)  # fmt: skip
STRINGS = table(["UPN", "From", "To", "Marks"], [[n, "08/09/2025", "12/09/2025", "".join(m)]
                for n, m in ((AVA, AVA_MARKS), (BEN, BEN_MARKS))])  # fmt: skip
TITLED_STRINGS = "Attendance marks from 08/09/2025 to 12/09/2025\n\n" + table(
    ["UPN", "Marks"], [[AVA, " ".join(AVA_MARKS)], [BEN, " ".join(BEN_MARKS)]]
)
LAYOUTS = {
    "long": LONG, "days": DAYS, "weeks": WEEKS, "day cells": DAY_CELLS, "sessions": SESSIONS,
    "two rows": TWO_ROWS, "strings": STRINGS, "titled strings": TITLED_STRINGS,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_marks(layout: str) -> None:
    assert marks(one(LAYOUTS[layout])) == TRUTH


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = LONG.replace(",", delimiter)
    assert marks(one(text.encode(encoding))) == TRUTH


def test_names_in_windows_1252_and_curly_apostrophes() -> None:
    text = (
        "Adno,UPN,Surname,Forename,DOB,Year,Admission date\n1,"
        + AVA
        + ",O’Neill,Siân,05/11/2010,Year  9,01/09/2022\n"
    )
    frame = one(text.encode("cp1252"), "Pupils.csv").frame
    assert frame[["surname", "forename", "nc_year"]].iloc[0].tolist() == ["O’Neill", "Siân", "9"]


QUIRKS = {
    "titles and blank rows": "Attendance report\nPrinted on 12/09/2025\n\n" + LONG,
    "totals": LONG + f"Total,,,{len(TRUTH)}\n",
    "count": LONG + "Count: 20\n",
    "printed": LONG + "\nPrinted on 12/09/2024\n",
    "sep line": "sep=;\n" + LONG.replace(",", ";"),
    "shouted headings": LONG.replace("Date", " DATE. ").replace("Session", "session_name"),
    "blank column": LONG.replace("UPN,Date", "UPN,,Date").replace("\r\n" + AVA, "\r\n" + AVA + ",")
    .replace("\r\n" + BEN, "\r\n" + BEN + ","),
    "trailing delimiters": LONG.replace("\r\n", ",,\r\n"),
    "headings repeated by page": LONG.replace("\r\n" + BEN, "\r\nUPN,Date,Session,Mark\r\n" + BEN, 1),
    "old line ends": LONG.replace("\r\n", "\r"),
    "spaces in UPN": LONG.replace(AVA, AVA[:1].lower() + " " + AVA[1:5] + " " + AVA[5:]),
    "short years": LONG.replace("/2025", "/25"),
    "worded dates": LONG.replace("08/09/2025", "8 September 2025").replace("09/09/2025", "9 Sep 2025"),
    "iso and time": LONG.replace("08/09/2025", "2025-09-08T00:00:00").replace("09/09/2025", "09/09/2025 00:00:00"),
    "serials": LONG.replace("08/09/2025", "45908"),
    "small letters": LONG.replace(",AM,", ",am,").replace(",I\r", ",i\r"),
    "summer time": LONG.replace("08/09/2025", "2025-09-07T23:00:00Z"),
    "quoted": '"' + LONG.replace(",", '","').replace("\r\n", '"\r\n"')[:-1],
}  # fmt: skip


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirks_change_nothing(quirk: str) -> None:
    assert marks(one(QUIRKS[quirk])) == TRUTH


def workbook(rows: list[list[object]], title: str = "Marks") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_spreadsheet_with_real_dates_and_merged_titles() -> None:
    rows: list[list[object]] = [["Marks of the week"], [], ["UPN", "Date", "Session", "Mark"]]
    rows += [[n, pd.Timestamp(d).to_pydatetime(), s, m] for (n, d, s), m in TRUTH.items()]
    extract = one(workbook(rows), "marks.xlsx")
    assert marks(extract) == TRUTH
    assert extract.header_row == 3
    assert extract.frame["_line"].iloc[0] == 4


def test_a_wrong_extension_does_not_matter() -> None:
    assert marks(one(workbook([r.split(",") for r in LONG.strip().split("\r\n")]), "marks.csv")) == TRUTH
    assert marks(one(LONG, "marks.xlsx")) == TRUTH


def test_a_zipped_set_is_read_as_its_members(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("term/attendance.csv", LONG)
        archive.writestr("term/readme.docx", b"not an extract")
    (extract,) = read_extract(path)
    assert extract.file == "set.zip/term/attendance.csv"
    assert marks(extract) == TRUTH


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "file_empty"),
        ("  \r\n \r\n", "file_empty"),
        ("hello\nworld\n", "no_header"),
        ("Adno,Colour\n1,red\n", "no_header"),
        ("UPN,Date,Session,Mark\n", "no_rows"),
        (LONG.replace("08/09/2025", "09/08/2025").replace("09/09/2025", "09/13/2025")
         .replace("10/09/2025", "09/10/2025").replace("11/09/2025", "09/11/2025")
         .replace("12/09/2025", "09/12/2025"), "date_order"),
        (LONG.replace(",/\r", ",P\r").replace(",\\\r", ",P\r"), "present_mark"),
        (LONG.replace("UPN,Date", "UPN,Date,Date").replace("\r\n" + AVA, "\r\n" + AVA + ",01/01/2020")
         .replace("\r\n" + BEN, "\r\n" + BEN + ",01/01/2020"), "same_heading_twice"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_taken_are_refused_by_name(text: str, rule: str) -> None:
    extracts, problems = read(text)
    assert extracts == []
    assert [(problem.rule, problem.severity) for problem in problems] == [(rule, "file")]
    assert problems[0].message
    assert problems[0].hint


def test_the_refusal_says_what_it_looks_most_like() -> None:
    _, (problem,) = read("Adno,Incident date,Points\n1,08/09/2025,2\n", "behaviour.csv")
    assert "behaviour" in problem.message
    assert "the type of incident" in problem.message
    assert "Incident date" in problem.message


def test_an_unquoted_comma_in_a_name_is_named_not_shifted() -> None:
    text = (
        "Student,UPN,Date,Session,Mark\nO'Neill, Ava,"
        + AVA
        + ",08/09/2025,AM,/\nBen,"
        + BEN
        + ",08/09/2025,AM,I\n"
    )
    extract = one(text)
    assert [(problem.line, problem.rule) for problem in extract.problems] == [(2, "row_shape")]
    assert marks(extract) == {(BEN, "2025-09-08", "AM"): "I"}


def test_an_unclosed_quotation_mark_spoils_one_row_only() -> None:
    text = LONG.replace(AVA, '"' + AVA, 1)
    extract = one(text)
    assert [(problem.line, problem.rule) for problem in extract.problems] == [(2, "quote_broken")]
    assert marks(extract) == {key: mark for key, mark in TRUTH.items() if key != (AVA, "2025-09-08", "AM")}


def test_damaged_characters_are_named_by_row() -> None:
    rows = [f"Surname {n} é,{AVA},08/09/2025,AM,/" for n in range(5)]
    data = (
        ("Surname,UPN,Date,Session,Mark\n" + "\n".join(rows) + "\n").encode()
        + b"bad \xff,"
        + BEN.encode()
        + b",08/09/2025,AM,/\n"
    )
    extract = one(data)
    assert [(problem.line, problem.rule) for problem in extract.problems] == [(7, "text_damaged")]


def test_marks_that_cannot_be_told_apart_wait() -> None:
    text = table(
        ["UPN", "From", "To", "Marks"],
        [[AVA, "08/09/2025", "12/09/2025", "/\\LC1I"], [BEN, "08/09/2025", "12/09/2025", "/\\" * 5]],
    )
    extract = one(text)
    assert [(problem.line, problem.rule) for problem in extract.problems] == [(2, "marks_length")]
    assert len(marks(extract)) == 10


def test_two_character_codes_in_a_string_are_kept_whole() -> None:
    text = table(["UPN", "From", "To", "Marks"], [[AVA, "08/09/2025", "12/09/2025", "/\\C1C2Y1IIII/"]])
    found = list(marks(one(text)).values())
    assert found == ["/", "\\", "C1", "C2", "Y1", "I", "I", "I", "I", "\\"]


def test_columns_no_contract_names_are_never_kept() -> None:
    text = LONG.replace("Mark\r", "Mark,Comment\r").replace("\r\n" + AVA, "\r\n" + AVA)
    text = "\r\n".join(
        line + (",a private note" if n else "") for n, line in enumerate(text.strip().split("\r\n"))
    )
    extract = one(text)
    assert "a private note" not in extract.frame.to_csv()
    assert any("Not read at all: Comment" in line for line in extract.evidence)


def test_evidence_shows_headings_and_samples_but_no_pupil() -> None:
    said = "\n".join(
        one(
            "Surname,Forename,UPN,DOB,Year\nSentinelname,Zed," + AVA + ",05/11/2010,9\n", "pupils.csv"
        ).evidence
    )
    assert "'Year' is read as nc_year. For example: 9." in said
    misfiled = one(
        "UPN,Date,Type,Location\n" + AVA + ",08/09/2025,Sentinelname,Zed\n", "behaviour.csv"
    ).evidence
    said += "\n".join(misfiled)
    for private in ("Sentinelname", "Zed", AVA, "2010-11-05"):
        assert private not in said


def test_read_extract_refuses_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.write_text("")
    with pytest.raises(Refused, match="empty"):
        read_extract(path)


SUMMARIES = {
    "a column per code": "UPN,/,\\,L,I,O,Possible\n" + AVA + ",50,48,2,10,1,111\n",
    "categories": "UPN,Possible,Present,Authorised,Unauthorised,Late\n" + AVA + ",111,98,10,1,2\n",
    "long": "UPN,Attendance reason,Sessions,Sessions possible\n" + AVA + ",I,10,111\n" + AVA + ",O,1,111\n",
}


@pytest.mark.parametrize("layout", SUMMARIES)
def test_summaries_are_counts_per_code_or_category(layout: str) -> None:
    extract = one(SUMMARIES[layout], "summary.csv")
    frame = extract.frame.set_index("category")["sessions"]
    assert extract.table == "attendance_summary"
    assert (extract.frame["possible"] == 111).all()
    assert frame["authorised"] == 10
    assert frame["unauthorised"] == 1


def test_local_types_points_and_names_in_one_cell() -> None:
    text = (
        "Incident ID,Student,Incident Date,Behaviour Type,Severity,Role,Outcome\n"
        '1,"O\'Neill, Ava",05 Nov 2025 11:20,Low-level disruption,-3,Aggressor,Call home\n'
        "2,Ben Hart,06 Nov 2025 09:00,Kindness,2,,\n"
        '3,"Hart, Ben",07 Nov 2025 09:00,Throwing snow,-1,Witness,Sent to Mars\n'
    )
    extract = one(text, "behaviour.csv")
    frame = extract.frame
    assert frame["type"].fillna("waits").tolist() == ["disruption", "kindness", "waits"]
    assert extract.new_types == {"Throwing snow": 1}
    assert frame["positive"].tolist() == [False, True, False]
    assert frame["severity"].fillna(0).tolist() == [3, 0, 1]
    assert frame["points"].tolist() == [-3, 2, -1]
    assert frame["time"].tolist() == ["11:20", "09:00", "09:00"]
    assert frame["action"].tolist() == ["contact_home", "none", "other"]
    assert frame["role"].tolist() == ["aggressor", "involved", "witness"]
    assert frame["surname"].tolist() == ["O'Neill", "Hart", "Hart"]
    assert frame["_type_new"].tolist() == [False, False, True]


def test_half_days_and_old_kinds_of_exclusion() -> None:
    text = "UPN,Type,Reason,Start date,Length (days),Status\n" + AVA + ",Fixed Term,DB,05/11/2025,1.5,\n"
    row = one(text, "exclusions.csv").frame.iloc[0]
    assert (row["category"], row["sessions"], row["status"]) == ("SUSP", 3, "issued")


def test_blank_means_no_only_where_the_rest_are_ticks() -> None:
    base = "UPN,Surname,Forename,DOB,Year,FSM\n"
    ticks = base + f"{AVA},A,B,05/11/2010,9,Y\n{BEN},C,D,05/11/2010,9,\n"
    both = base + f"{AVA},A,B,05/11/2010,9,Y\n{BEN},C,D,05/11/2010,9,N\n"
    unknown = base + f"{AVA},A,B,05/11/2010,9,N\n{BEN},C,D,05/11/2010,9,\n"
    assert one(ticks, "p.csv").frame["fsm"].tolist() == [True, False]
    assert one(both, "p.csv").frame["fsm"].tolist() == [True, False]
    assert one(unknown, "p.csv").frame["fsm"].isna().tolist() == [False, True]


def test_movements_are_told_from_suspensions() -> None:
    text = (
        "UPN,Movement type,Start date,End date,Review date,Provider\n"
        f"{AVA},Off-site direction,08/09/2025,10/10/2025,26/09/2025,Other School\n"
        f"{BEN},Reduced timetable,08/09/2025,,26/09/2025,\n"
    )
    extract = one(text, "movements.csv")
    assert extract.table == "movements"
    assert extract.frame["kind"].tolist() == ["off_site_direction", "part_time_timetable"]
