"""Worker process: an XLSX workbook on stdin, its sheets as rows of text on stdout (JSON).

Started by `data_contracts.reading.worker` as a file of its own; it imports nothing of this project.
"""

import datetime
import io
import json
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MAX_CELLS_IN_ROW = 2_000
MAX_ROWS = 600_000


def as_text(value: object) -> str:
    """A cell as a person would type it: whole numbers without '.0', dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return "" if value is None else str(value)


def sheet_rows(sheet: Any) -> dict[str, object]:
    """The used rows of a sheet with the number of the first one, counted from 1."""
    if sheet.total_width > MAX_CELLS_IN_ROW:
        return {"failed": "too_wide"}
    if sheet.total_height > MAX_ROWS:
        return {"failed": "unsafe"}
    rows = [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    first = sheet.start[0] + 1 if sheet.start else 1
    return {"name": sheet.name, "first": first, "rows": rows}


def main() -> None:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheets = [sheet_rows(book.get_sheet_by_name(meta.name)) for meta in book.sheets_metadata]
    except CalamineError as error:
        reason = "locked" if "password" in str(error).lower() else "broken"
        json.dump({"failed": reason}, sys.stdout)
        return
    failed = next((sheet for sheet in sheets if "failed" in sheet), None)
    json.dump(failed or {"sheets": sheets}, sys.stdout)


if __name__ == "__main__":
    main()
