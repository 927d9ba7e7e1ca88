"""The uploader's own file as a spreadsheet with the cells to mend marked in place.

Every cell stands where it stood, as text, so that the mended file can be uploaded again as it is; sentences about
children, which no upload needs, are left blank. Nothing a cell holds is ever run as a formula.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from data_contracts.problems import Problem
from data_contracts.reading.cells import column_of, open_grids
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import SEARCHED_ROWS
from data_contracts.reading.narratives import columns_told, without_sentences
from data_contracts.reading.sources import Given

_ROW = PatternFill("solid", fgColor="FFF4CC")
_CELL = PatternFill("solid", fgColor="FFD166")
_SHEET_NAME_LENGTH = 31
_AUTHOR = "Belong"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "'")


class _SheetInMemory(WorksheetWriter):
    """A sheet whose rows wait in memory. openpyxl's own lets them wait in a readable file of the temporary
    folder, where they stay if the process is killed."""

    def __init__(self, sheet: Any) -> None:
        super().__init__(sheet, BytesIO())

    def cleanup(self) -> None:
        """Nothing lies on a disk."""


class _Archive(ZipFile):
    """The workbook's parts, taken from memory."""

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add what a sheet in memory holds under its name."""
        assert isinstance(filename, BytesIO), "no part of a workbook lies on a disk"
        self.writestr(arcname, filename.getvalue())


def _new_sheet(book: Workbook, name: str) -> Any:
    sheet = book.create_sheet(name)
    sheet._writer = _SheetInMemory(sheet)
    sheet._writer.write_top()
    return sheet


def _plain_cell(sheet: Any, text: str) -> Any:
    """A cell nobody has to touch: its text alone, ten times cheaper than a cell with a style."""
    return _cell(sheet, text) if text.lstrip().startswith(_FORMULA) else ILLEGAL_CHARACTERS_RE.sub("", text)


def _cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _remark(problems: Sequence[Problem]) -> Comment:
    text = "\n".join(dict.fromkeys(f"{problem.message} {problem.hint}" for problem in problems))
    return Comment(text, _AUTHOR, width=360, height=160)


def _write_grid(sheet: Any, grid: Grid, by_line: dict[int, list[Problem]]) -> None:
    line = 1
    told = columns_told(grid.rows[:SEARCHED_ROWS])
    for number, cells_there in zip(grid.lines, grid.rows, strict=True):
        row = without_sentences(cells_there, told)
        while line < number and grid.kind == "sheet":  # blank rows above the first used one
            sheet.append([])
            line += 1
        line += 1
        found = by_line.get(number, [])
        make = _cell if found else _plain_cell
        cells = [make(sheet, text) for text in row] or [_cell(sheet, "")]
        if found:
            _mark(cells, grid, found)
        sheet.append(cells)


def _mark(cells: list[Any], grid: Grid, found: list[Problem]) -> None:
    for cell in cells:
        cell.fill = _ROW
    by_place: dict[int, list[Problem]] = defaultdict(list)
    for problem in found:
        place = column_of(grid, problem.column) if problem.column else 0
        by_place[place if place is not None and place < len(cells) else 0].append(problem)
    for place, problems in by_place.items():
        cells[place].fill = _CELL
        cells[place].comment = _remark(problems)


def _sheet_name(file: str, taken: Sequence[str]) -> str:
    name = "".join("-" if c in "[]:*?/\\'" else c for c in file)[-_SHEET_NAME_LENGTH:]
    while name.casefold() in {other.casefold() for other in taken}:
        name = f"{len(taken)} {name}"[:_SHEET_NAME_LENGTH]
    return name


def write_marked_workbook(
    problems: Iterable[Problem], originals: Sequence[Given], path: Path, beside: Iterable[str] = ()
) -> int:
    """`marked_workbook` as a file; returns how many sheets."""
    data, sheets = marked_workbook(problems, originals, beside)
    path.write_bytes(data)
    return sheets


def marked_workbook(
    problems: Iterable[Problem], originals: Sequence[Given], beside: Iterable[str] = ()
) -> tuple[bytes, int]:
    """A sheet for each original file with problems, and for those named `beside`; its bytes and how many sheets.

    Only for the uploader.
    """
    by_file: dict[str, dict[int, list[Problem]]] = defaultdict(lambda: defaultdict(list))
    for problem in problems:
        if problem.line is not None:
            by_file[problem.file][problem.line].append(problem)
    if by_file:
        by_file.update({file: by_file[file] for file in beside})
    book = Workbook(write_only=True)
    names: list[str] = []
    for grid in open_grids(originals):
        if grid.file in by_file:
            name = _sheet_name(grid.file, names)
            names.append(name)
            _write_grid(_new_sheet(book, name), grid, by_file[grid.file])
    if not names:
        _new_sheet(book, "Nothing to correct")
    made = BytesIO()
    ExcelWriter(book, _Archive(made, "w", ZIP_DEFLATED)).save()
    return made.getvalue(), len(names)
