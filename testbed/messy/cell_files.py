"""Small files that hold one cell: a mark, a date, a number or a yes/no in each layout that can."""

import io
from collections.abc import Callable, Iterable
from html import escape

import openpyxl

from data_contracts import upn

WHO = upn.make("999400122401")
Write = Callable[[str], tuple[str, bytes]]


def _csv(name: str, *rows: Iterable[str]) -> tuple[str, bytes]:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return name, ("\r\n".join(quoted) + "\r\n").encode("utf-8-sig")


def _sheet(name: str, *rows: Iterable[str]) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return name, file.getvalue()


def _page(name: str, *rows: Iterable[str]) -> tuple[str, bytes]:
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return name, f"<html><body><table>{cells}</table></body></html>".encode()


def _census(inside: str) -> tuple[str, bytes]:
    return "return.xml", (
        '<?xml version="1.0" encoding="UTF-8"?><Message><Header><CollectionDetails><Collection>SC</Collection>'
        "<Term>SPR</Term><Year>2026</Year><ReferenceDate>2026-01-15</ReferenceDate></CollectionDetails></Header>"
        "<SchoolCensus><Pupils><PupilsOnRoll><PupilOnRoll>"
        f"<UPN>{WHO}</UPN><Surname>Hart</Surname><Forename>Ava</Forename><DOB>2011-11-05</DOB><Sex>F</Sex>"
        f"<EntryDate>2022-09-05</EntryDate><NCyearActual>9</NCyearActual><EnrolStatus>C</EnrolStatus>{inside}"
        "</PupilOnRoll></PupilsOnRoll></Pupils></SchoolCensus></Message>"
    ).encode()


def _suspended(start: str, end: str, sessions: str) -> tuple[str, bytes]:
    return _census(
        f"<TermlyExclusion><Category>SUSP</Category><Reason>DB</Reason><StartDate>{start}</StartDate>"
        f"<EndDate>{escape(end)}</EndDate><Sessions>{escape(sessions)}</Sessions></TermlyExclusion>"
    )


_WEEK = ("MonAM", "MonPM", "TueAM", "TuePM")
_COLLECT = "2026_spring_"
_ROLL = ("UPN", "Surname", "Forename", "DOB", "Year", "Admission date")
_AVA = (WHO, "Hart", "Ava", "05/11/2011", "9", "05/09/2022")

# kind → layout → the file that holds the cell
LAYOUTS: dict[str, dict[str, Write]] = {
    "mark": {
        "sims, a row a session": lambda t: _csv(
            "Marks.csv", ("Adno", "UPN", "Date", "Session", "Mark"), ("1", WHO, "06/10/2025", "AM", t)
        ),
        "arbor, a row a session": lambda t: _sheet(
            "Attendance.xlsx",
            ("Student", "UPN", "Start datetime", "Attendance mark"),
            ("Hart, Ava", WHO, "06 Oct 2025 08:45", t),
        ),
        "bromcom, a row a session": lambda t: _csv(
            "MARKS.csv",
            ("STUDENTID", "UPN", "CALENDARSTARTDATE", "PERIODDISPLAYNAME", "MARK"),
            ("1", WHO, "2025-10-06T00:00:00", "AM", t),
        ),
        "a row a day": lambda t: _csv("Marks.csv", ("UPN", "Date", "AM", "PM"), (WHO, "06/10/2025", t, "\\")),
        "a row a day, in a page": lambda t: _page(
            "Marks.xls", ("UPN", "Date", "AM", "PM"), (WHO, "06/10/2025", t, "\\")
        ),
        "bromcom, a row a week": lambda t: _csv(
            "Marks.csv", ("UPN", "WEEKSTART", *_WEEK), (WHO, "2025-10-06T00:00:00", t, "\\", "/", "\\")
        ),
        "a column a session": lambda t: _csv(
            "Marks.csv", ("UPN", "06/10/2025 AM", "06/10/2025 PM"), (WHO, t, "\\")
        ),
        "two rows of headings": lambda t: _csv(
            "Marks.csv",
            ("", "06/10/2025", "", "07/10/2025", ""),
            ("UPN", "AM", "PM", "AM", "PM"),
            (WHO, t, "\\", "/", "\\"),
        ),
        "a column a day beside the session": lambda t: _csv(
            "Marks.csv", ("UPN", "Session", "06/10/2025", "07/10/2025"), (WHO, "AM", t, "/")
        ),
    },
    "date": {
        "sims": lambda t: _csv(
            "Exclusions.csv",
            ("Adno", "UPN", "Type", "Reason", "Start date", "End date", "Sessions"),
            ("1", WHO, "Suspension", "DB", "06/10/2025", t, "4"),
        ),
        "arbor": lambda t: _sheet(
            "Suspensions.xlsx",
            ("Student", "UPN", "Suspension reason", "Start date", "End date", "Sessions"),
            ("Hart, Ava", WHO, "DB", "06 Oct 2025", t, "4"),
        ),
        "bromcom": lambda t: _csv(
            "EXCLUSIONS.csv",
            ("STUDENTID", "UPN", "CATEGORYCODE", "REASON1CODE", "STARTDATE", "ENDDATE", "SESSIONS"),
            ("1", WHO, "SUSP", "DB", "2025-10-06T00:00:00", t, "4"),
        ),
        "a page": lambda t: _page(
            "Exclusions.xls",
            ("UPN", "Type", "Reason", "Start date", "End date", "Sessions"),
            (WHO, "Suspension", "DB", "06/10/2025", t, "4"),
        ),
        "census": lambda t: _suspended("2025-10-06", t, "4"),
    },
    "number": {
        "sims": lambda t: _csv(
            "Exclusions.csv",
            ("Adno", "UPN", "Type", "Reason", "Start date", "Sessions"),
            ("1", WHO, "Suspension", "DB", "06/10/2025", t),
        ),
        "arbor": lambda t: _sheet(
            "Suspensions.xlsx",
            ("Student", "UPN", "Suspension reason", "Start date", "Sessions missed"),
            ("Hart, Ava", WHO, "DB", "06 Oct 2025", t),
        ),
        "bromcom": lambda t: _csv(
            "EXCLUSIONS.csv",
            ("STUDENTID", "UPN", "CATEGORYCODE", "REASON1CODE", "STARTDATE", "SESSIONS"),
            ("1", WHO, "SUSP", "DB", "2025-10-06T00:00:00", t),
        ),
        "a page": lambda t: _page(
            "Exclusions.xls",
            ("UPN", "Type", "Reason", "Start date", "Sessions"),
            (WHO, "Suspension", "DB", "06/10/2025", t),
        ),
        "census": lambda t: _suspended("2025-10-06", "", t),
        "collect": lambda t: _csv(
            f"{_COLLECT}termlyexclusionsonroll.csv",
            ("pupilonrolltableid", "NativeId", "startdate", "sessions", "reason1", "category"),
            ("a1", "S1", "2025-Oct-06 00:00:00", t, "DB", "SUSP"),
        ),
        "totals per code": lambda t: _csv(
            "Summary.csv",
            ("UPN", "From", "To", "I", "L", "O"),
            (WHO, "01/09/2025", "19/12/2025", t, "9", "9"),
        ),
        "totals per category": lambda t: _csv(
            "Summary.csv",
            ("UPN", "From", "To", "Possible", "Authorised", "Unauthorised"),
            (WHO, "01/09/2025", "19/12/2025", "120", t, "9"),
        ),
        "totals, a row a code": lambda t: _csv(
            "Summary.csv",
            ("UPN", "From", "To", "Code", "Sessions"),
            (WHO, "01/09/2025", "19/12/2025", "I", t),
        ),
        "totals in collect": lambda t: _csv(
            f"{_COLLECT}termlysessiondetailsonroll.csv",
            ("pupilonrolltableid", "NativeId", "sessions", "attendancereason"),
            ("a1", "S1", t, "I"),
        ),
    },
    "flag": {
        "sims": lambda t: _csv(
            "Pupils.csv", ("Adno", *_ROLL, "SEN unit"), ("1", *_AVA, t), ("2", *_AVA, "Y"), ("3", *_AVA, "N")
        ),
        "arbor": lambda t: _sheet(
            "Students.xlsx",
            (*_ROLL, "Arbor ID", "SEN unit indicator"),
            (*_AVA, "1", t),
            (*_AVA, "2", "Y"),
            (*_AVA, "3", "N"),
        ),
        "bromcom": lambda t: _csv(
            "STUDENTS.csv",
            ("STUDENTID", *map(str.upper, _ROLL), "SENUNITINDICATOR"),
            ("1", *_AVA, t),
            ("2", *_AVA, "Y"),
            ("3", *_AVA, "N"),
        ),
        "a page": lambda t: _page("Pupils.xls", (*_ROLL, "SEN unit"), (*_AVA, t), (*_AVA, "Y"), (*_AVA, "N")),
        "census": lambda t: _census(f"<SENunitIndicator>{escape(t)}</SENunitIndicator>"),
        "collect": lambda t: _csv(
            f"{_COLLECT}pupilonroll.csv",
            ("pupilonrolltableid", "NativeId", "upn", "surname", "forename", "dob", "senunitindicator"),
            ("a1", "S1", *_AVA[:4], t),
            ("a2", "S1", *_AVA[:4], "N"),
        ),
    },
}
