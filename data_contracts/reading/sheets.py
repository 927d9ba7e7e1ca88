"""Spreadsheets into grids, one per sheet that holds anything."""

import zipfile

from data_contracts.reading.archives import ArchiveRefused, check_sizes
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.grid import MAX_CELL, Grid
from data_contracts.reading.worker import WorkerFailed, run_worker

_FAULTS = {
    "unsafe": "sheet_unsafe",
    "too_wide": "too_wide",
    "locked": "old_spreadsheet",
    "broken": "sheet_broken",
}


def read_workbook(name: str, data: bytes) -> list[Grid]:
    """A grid per sheet with rows; FileRefused when the workbook is damaged, locked or not safe to open."""
    try:
        members = check_sizes(data)
    except ArchiveRefused as refused:
        raise FileRefused("sheet_broken" if refused.rule == "archive_broken" else "sheet_unsafe") from refused
    if not any(member.filename.lower().startswith("xl/") for member in members):
        raise FileRefused("sheet_broken")
    try:
        answer = run_worker("sheet_worker.py", data)
    except WorkerFailed as failed:
        raise FileRefused(_FAULTS.get(failed.reason, "sheet_unsafe")) from failed
    except zipfile.BadZipFile as error:
        raise FileRefused("sheet_broken") from error
    filled = [sheet for sheet in answer["sheets"] if any(any(row) for row in sheet["rows"])]
    if not filled:
        raise FileRefused("file_empty")
    return [_grid(name if len(filled) == 1 else f"{name}[{sheet['name']}]", sheet) for sheet in filled]


def _grid(name: str, sheet: dict) -> Grid:
    rows = sheet["rows"]
    if any(len(cell) > MAX_CELL for row in rows for cell in row):
        raise FileRefused("cell_too_long")
    first = sheet["first"]
    notes = [f"Spreadsheet, sheet '{sheet['name']}'."]
    return Grid(name, rows, list(range(first, first + len(rows))), "sheet", notes=notes)
