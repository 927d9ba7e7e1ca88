"""Worker process: a workbook (XLSX or the older XLS) on stdin, its sheets as rows of text on stdout (JSON).

Started by `data_contracts.reading.worker` as a file of its own; it imports nothing of this project.
"""

import datetime
import io
import json
import re
import sys
import zipfile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MAX_CELLS_IN_ROW = 2_000
MAX_ROWS = 600_000
_CELL = re.compile(
    rb'<(?:\w{1,20}:)?c\b([^<>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}?)(?<!/)>'
    rb"([^<]*(?:<(?!/?(?:\w{1,20}:)?c\b)[^<]*)*)</(?:\w{1,20}:)?c>"
)
_VALUE = re.compile(rb"<(?:\w+:)?v>\s*[^<\s]")


_ANY_DAY = datetime.date(2000, 1, 1)
_HALF_A_SECOND = datetime.timedelta(milliseconds=500)


def _whole_seconds(moment: datetime.datetime) -> datetime.datetime:
    """A moment as the spreadsheet shows it: its fractions of a day may be a hair short of a second."""
    if not moment.microsecond or moment.year == datetime.MAXYEAR:
        return moment.replace(microsecond=0)
    return (moment + _HALF_A_SECOND).replace(microsecond=0)


def as_text(value: object) -> str:
    """A cell as a person would type it: whole numbers without '.0', dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return _whole_seconds(value).isoformat(sep=" ")
    if isinstance(value, datetime.time):
        return _whole_seconds(datetime.datetime.combine(_ANY_DAY, value)).time().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _part_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the archive that holds its cells."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return {}
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", relations):
        key, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if key and target:
            path = target[1]
            targets[key[1]] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    found = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        name, key = re.search(r'\bname="([^"]*)"', tag), re.search(r'\b\w+:id="([^"]*)"', tag)
        if name and key and targets.get(key[1]) in names:
            found[name[1]] = targets[key[1]]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def unworked(part: bytes) -> list[tuple[int, int, str]]:
    """Cells a spreadsheet reader would hand over as empty although they are not: (row, column, kind), from 0.

    A formula that was never worked out has no value in the file; an error (#N/A) is none.
    """
    if b"<f" not in part and b't="e"' not in part and b":f" not in part:
        return []
    found = []
    for match in _CELL.finditer(part):
        attributes, letters, row, body = match.groups()
        if b't="e"' in attributes:
            found.append((int(row) - 1, _column(letters), "cell_error"))
        elif (
            re.search(rb"<(?:\w+:)?f[\s>/]", body)
            and b't="str"' not in attributes
            and not _VALUE.search(body)
        ):
            found.append((int(row) - 1, _column(letters), "formula_unworked"))
    return found


def _filled_down(rows: list[list[str]], sheet: Any, top: int, left: int) -> bool:
    """A cell merged over several rows stands in each of them; whether there was one."""
    any_filled = False
    for (first, column), (last, _) in sheet.merged_cell_ranges or []:
        for row in range(first + 1, min(last, top + len(rows) - 1) + 1):
            at, place = row - top, column - left
            if first >= top and 0 <= place < len(rows[at]) and place < len(rows[first - top]):
                rows[at][place] = rows[at][place] or rows[first - top][place]
                any_filled = True
    return any_filled


def sheet_rows(sheet: Any) -> dict[str, Any]:
    """The used rows of a sheet with the number of the first one, counted from 1."""
    if sheet.total_width > MAX_CELLS_IN_ROW:
        return {"failed": "too_wide"}
    if sheet.total_height > MAX_ROWS:
        return {"failed": "unsafe"}
    rows = [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    top, left = sheet.start or (0, 0)
    merged = _filled_down(rows, sheet, top, left)
    return {
        "name": sheet.name,
        "first": top + 1,
        "left": left,
        "rows": rows,
        "merged": merged,
        "unworked": [],
    }


def _book(data: bytes) -> dict[str, Any]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets: list[dict[str, Any]] = []
    hidden = []
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            hidden.append(about.name)
            continue
        sheet = sheet_rows(book.get_sheet_by_name(about.name))
        if "failed" in sheet:
            return sheet
        sheets.append(sheet)
    if data.startswith(b"PK"):  # in the older format a formula always stands beside its value
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _part_names(archive)
            for sheet in sheets:
                if sheet["name"] in parts:
                    sheet["unworked"] = unworked(archive.read(parts[sheet["name"]]))
    return {"sheets": sheets, "hidden": hidden}


def main() -> None:
    try:
        answer = _book(sys.stdin.buffer.read())
    except (CalamineError, zipfile.BadZipFile) as error:
        answer = {"failed": "locked" if "password" in str(error).lower() else "broken"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
