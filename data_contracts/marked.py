"""The uploader's own file as a spreadsheet with the cells to mend marked in place.

Every cell stands where it stood, as text, so that the mended file can be uploaded again as it is; sentences about
children, which no upload needs, are left blank. Nothing a cell holds is ever run as a formula.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data_contracts.errors import Refused
from data_contracts.problems import Problem
from data_contracts.reading.cells import column_of, open_grids
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import SEARCHED_ROWS
from data_contracts.reading.narratives import columns_told, without_sentences
from data_contracts.reading.sources import Given

_ROW = "#FFF4CC"
_CELL = "#FFD166"
_SHEET_NAME_LENGTH = 31
_MOST_ROWS = 1_048_576  # of a sheet; XlsxWriter leaves out what stands below without a word
_REMARK_LENGTH = 32_000  # a spreadsheet's remark holds 32,767 characters and a longer one is left out whole
_REMARK = {"author": "Belong", "width": 360, "height": 160}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "'")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what no XML can hold


class _Marker:
    """A workbook in memory (none of it ever waits in a file), and its three kinds of cell."""

    def __init__(self) -> None:
        self._made = BytesIO()
        self._book = Workbook(self._made, {"in_memory": True})
        self._quoted, self._in_row, self._wrong = (
            self._book.add_format({"quote_prefix": True} | colour)
            for colour in ({}, {"bg_color": _ROW}, {"bg_color": _CELL})
        )

    def new_sheet(self, name: str) -> Worksheet:
        return self._book.add_worksheet(name)

    def close(self) -> bytes:
        self._book.close()
        return self._made.getvalue()

    def write(self, sheet: Worksheet, grid: Grid, by_line: dict[int, list[Problem]]) -> None:
        """A grid as it stands, the rows with problems coloured and remarked on. Raises Refused if it is too long."""
        if len(grid.rows) > _MOST_ROWS:
            raise Refused(
                f"{grid.file} has {len(grid.rows):,} rows, and a spreadsheet holds {_MOST_ROWS:,}.",
                hint="Download the list as CSV and correct the rows in your school's system.",
            )
        told = columns_told(grid.rows[:SEARCHED_ROWS])
        for place, (number, cells) in enumerate(zip(grid.lines, grid.rows, strict=True)):
            row = without_sentences(cells, told)
            # Blank rows above the first used one of a sheet stay, so that each line keeps its number.
            line = number - 1 if grid.kind == "sheet" else place
            found = by_line.get(number, [])
            wrong = self._remark(sheet, line, len(row), grid, found)
            for column, text in enumerate(row or [""]):
                _write(sheet, line, column, text, self._format(text, found, column in wrong))

    def _format(self, text: str, found: Sequence[Problem], wrong: bool) -> Format | None:
        if found:
            return self._wrong if wrong else self._in_row
        return self._quoted if text.lstrip().startswith(_FORMULA) else None

    @staticmethod
    def _remark(
        sheet: Worksheet, line: int, width: int, grid: Grid, found: Sequence[Problem]
    ) -> dict[int, list[Problem]]:
        """Say beside each wrong cell of a row what is wrong with it; which cells they are."""
        by_place: dict[int, list[Problem]] = defaultdict(list)
        for problem in found:
            place = column_of(grid, problem.column) if problem.column else 0
            by_place[place if place is not None and place < width else 0].append(problem)
        for place, problems in by_place.items():
            text = "\n".join(dict.fromkeys(f"{problem.message} {problem.hint}" for problem in problems))
            sheet.write_comment(line, place, _NO_TEXT.sub("", text)[:_REMARK_LENGTH], _REMARK)
        return by_place


def _write(sheet: Worksheet, line: int, column: int, text: str, look: Format | None) -> None:
    """Text as text, whatever it looks like."""
    sheet.write_string(line, column, _NO_TEXT.sub("", text), look)


def _sheet_name(file: str, taken: Sequence[str]) -> str:
    name = "".join("-" if c in "[]:*?/\\'" else c for c in _NO_TEXT.sub("-", file))[-_SHEET_NAME_LENGTH:]
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

    Only for the uploader. Raises Refused for a file of more rows than a sheet holds.
    """
    by_file: dict[str, dict[int, list[Problem]]] = defaultdict(lambda: defaultdict(list))
    for problem in problems:
        if problem.line is not None:
            by_file[problem.file][problem.line].append(problem)
    if by_file:
        by_file.update({file: by_file[file] for file in beside})
    book = _Marker()
    names: list[str] = []
    for grid in open_grids(originals):
        if grid.file in by_file:
            name = _sheet_name(grid.file, names)
            names.append(name)
            book.write(book.new_sheet(name), grid, by_file[grid.file])
    if not names:
        book.new_sheet("Nothing to correct")
    return book.close(), len(names)
