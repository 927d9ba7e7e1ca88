"""Spreadsheets into grids, one per visible sheet that holds anything."""

import zipfile
from typing import Any

from data_contracts.reading.archives import ArchiveRefused, check_sizes
from data_contracts.reading.faults import FileRefused, file_warning
from data_contracts.reading.formats import is_old_workbook
from data_contracts.reading.grid import MAX_CELL, Grid, without_apostrophe
from data_contracts.reading.worker import WorkerFailed, run_worker

_FAULTS = {
    "unsafe": "sheet_unsafe",
    "too_wide": "too_wide",
    "locked": "locked_spreadsheet",
    "broken": "sheet_broken",
}


def _check_parts(data: bytes) -> None:
    try:
        members = check_sizes(data)
    except ArchiveRefused as refused:
        raise FileRefused("sheet_broken" if refused.rule == "archive_broken" else "sheet_unsafe") from refused
    if not any(member.filename.lower().startswith("xl/") for member in members):
        raise FileRefused("sheet_broken")


def read_workbook(name: str, data: bytes) -> list[Grid]:
    """A grid per sheet with rows; FileRefused when the workbook is damaged, locked or not safe to open."""
    old = is_old_workbook(data)
    if not old:
        _check_parts(data)
    try:
        answer = run_worker("sheet_worker.py", data)
    except WorkerFailed as failed:
        fault = _FAULTS.get(failed.reason, "sheet_unsafe")
        raise FileRefused("old_spreadsheet" if old and fault == "sheet_broken" else fault) from failed
    except zipfile.BadZipFile as error:
        raise FileRefused("sheet_broken") from error
    filled = [sheet for sheet in answer["sheets"] if any(any(row) for row in sheet["rows"])]
    if not filled:
        raise FileRefused("sheet_hidden" if answer["hidden"] else "file_empty")
    found = [_grid(name if len(filled) == 1 else f"{name}[{sheet['name']}]", sheet) for sheet in filled]
    for hidden in answer["hidden"]:
        found[0].notes.append(f"Sheet '{hidden}' is hidden and was not read.")
        found[0].problems.append(file_warning(f"{name}[{hidden}]", "sheet_hidden"))
    return found


def _grid(name: str, sheet: dict[str, Any]) -> Grid:
    rows = [[without_apostrophe(cell) for cell in row] for row in sheet["rows"]]
    if any(len(cell) > MAX_CELL for row in rows for cell in row):
        raise FileRefused("cell_too_long")
    first, left = sheet["first"], sheet["left"]
    notes = [f"Spreadsheet, sheet '{sheet['name']}'."]
    if sheet["merged"]:
        notes.append("A cell merged over several rows was read as being in each of them.")
    unworked = {(row - first + 1, column - left): kind for row, column, kind in sheet["unworked"]}
    lines = list(range(first, first + len(rows)))
    return Grid(name, rows, lines, "sheet", notes=notes, unworked=unworked)
