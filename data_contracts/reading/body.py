"""The rows below the headings: blank rows, totals and repeated headings are set apart, each one said."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from data_contracts.problems import Problem
from data_contracts.reading.faults import FileRefused, row_problem
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading, looks_like_headings
from data_contracts.reading.text import DAMAGED

_FOOTER = re.compile(
    r"(grand |sub)?[ -]?totals?\b.*|averages?\b.*|mean\b.*|(record |row )?count\s*[:=]?\s*\d*|number of .*|"
    r"((printed|exported|generated|produced|created|downloaded|run)( (on|by|at|from|date)\b|\s*:|\s+\d)|as at|as of|"
    r"filters?:|report (run|produced|generated|date|end)\b).*|page:? \d+.*|end of (report|file|data).*|"
    r"\d+ (rows?|records?|students?|pupils?|results?)\b.*|"
    r"\*+.*\*+|-{3,}|={3,}|©.*|copyright\b.*|confidential\b.*",
    re.IGNORECASE,
)
_KEYS = (
    "upn",
    "date",
    "dob",
    "admission_number",
    "mis_id",
    "start_date",
    "week_start",
    "forename",
    "incident_id",
)


_NUMBERED = ("admission_number", "mis_id", "incident_id")  # keys that are plain numbers themselves


_FEW_SHORT = 20  # up to one row in twenty


@dataclass
class Body:
    """`columns[i]`: the texts under heading i (object array of str); `lines`: line of each row."""

    columns: list[np.ndarray]
    lines: np.ndarray
    problems: list[Problem]
    notes: list[str]


@lru_cache(maxsize=4_096)
def _footer_words(text: str) -> bool:
    return _FOOTER.fullmatch(text) is not None and not re.match(r"[^\W\d]+, ", text)


def _is_footer(row: list[str], heading: Heading, keys: set[int]) -> bool:
    """A total or a footer; never a pupil who happens to be called Total: those have keys, a comma or marks."""
    first = next((cell for cell in row if cell), "").strip()
    if not _footer_words(first):
        return False
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    ids = {heading.mapping.get(name) for name in _NUMBERED}
    if any(
        place in keys and (place in ids or not re.fullmatch(r"[\d.,%\s]+", row[place]))
        for place in filled[1:]
    ):
        return False
    cells = {place for place, _ in heading.cells if place < len(row)}
    return all(re.fullmatch(r"[\d.,%\s]*", row[place]) for place in cells - {filled[0]})


def _trimmed(row: list[str], width: int) -> list[str]:
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _said(row: list[str]) -> tuple[str, ...]:
    """What a row says, wherever its cells stand: to know a title or a heading that comes again on each page."""
    return tuple(cell.strip() for cell in row if cell.strip())


def _first(row: list[str]) -> str:
    return next((cell.strip() for cell in row if cell.strip()), "")


def _used(heading: Heading) -> set[int]:
    return {*heading.mapping.values(), *(place for place, _ in heading.cells)}


def _unworked(grid: Grid, heading: Heading, place: int, line: int, body: Body) -> bool:
    """Whether a cell that is read lacks the value it should have; said once for the row."""
    if not grid.unworked:
        return False
    for column in sorted(_used(heading)):
        fault = grid.unworked.get((place, column))
        if fault:
            title = heading.titles[column].strip()
            body.problems.append(row_problem(grid.file, line, fault, column=title))
            return True
    return False


def _cells_needed(grid: Grid, heading: Heading, start: int) -> int:
    """How many cells a row of a text file must have: to the last column that is read, where nearly all rows
    reach it. Where many rows are shorter, the MIS leaves empty cells off the end."""
    if grid.kind != "text":
        return 0
    last = max(_used(heading), default=-1) + 1
    sizes = [len(row) for row in grid.rows[start:] if len(row) > 1 or _first(row)]
    short = sum(1 for size in sizes if size < last)
    return last if len(sizes) > 2 and short <= max(1, len(sizes) // _FEW_SHORT) else 0


def _sorted_out(grid: Grid, heading: Heading) -> tuple[list[list[str]], list[int], Body]:
    width = len(heading.titles)
    keys = {place for name, place in heading.mapping.items() if name in _KEYS}
    body = Body([], np.array([]), [], [])
    titles = [cell.strip() for cell in heading.titles]
    rows, lines = [], []
    dropped = {"blank": 0, "heading": 0}
    start = heading.row + heading.rows
    above = {_said(row) for row in grid.rows[:start]} | {_said(titles)}
    first_words = {words[0] for words in above if words}
    needed = _cells_needed(grid, heading, start)
    full = any(len(row) >= width for row in grid.rows[start:-1])
    for place, (row, line) in enumerate(zip(grid.rows[start:], grid.lines[start:], strict=True), start=start):
        short = len(row) < width
        if len(row) != width:
            row = _trimmed(row, width)
        if not any(row) or not any(cell.strip() for cell in row):
            dropped["blank"] += 1
        elif len(row) > width:
            body.problems.append(row_problem(grid.file, line, "row_shape"))
        elif _first(row) in first_words and _said(row) in above:
            dropped["heading"] += 1
        elif looks_like_headings(row):
            raise FileRefused("second_table")
        elif (
            short
            and full
            and grid.cut_short
            and place == len(grid.rows) - 1
            and not _is_footer(row, heading, keys)
        ):
            body.problems.append(row_problem(grid.file, line, "columns_cut_off"))
        elif _unworked(grid, heading, place, line, body):
            continue
        elif len(row) < needed and not _is_footer(row, heading, keys):
            body.problems.append(row_problem(grid.file, line, "row_short"))
        elif _is_footer(row, heading, keys):
            body.notes.append(f"Line {line} was taken for a total or footer and left out.")
        else:
            rows.append(row)
            lines.append(line)
    if dropped["blank"]:
        body.notes.append(f"{dropped['blank']} blank rows were left out.")
    if dropped["heading"]:
        body.notes.append(f"{dropped['heading']} rows that repeat the title or the headings were left out.")
    return rows, lines, body


def _without_damaged(rows: list[list[str]], lines: list[int], body: Body, file: str, used: set[int]) -> None:
    """Damage in a column that nobody reads does no harm."""
    kept = [
        place
        for place, row in enumerate(rows)
        if not any(DAMAGED in cell for number, cell in enumerate(row) if number in used)
    ]
    for place in sorted(set(range(len(rows))) - set(kept)):
        body.problems.append(row_problem(file, lines[place], "text_damaged"))
    rows[:] = [rows[place] for place in kept]
    lines[:] = [lines[place] for place in kept]


def read_body(grid: Grid, heading: Heading) -> Body:
    """The data rows by column; rows with too many cells or damaged text become problems."""
    rows, lines, body = _sorted_out(grid, heading)
    if grid.damaged:
        _without_damaged(rows, lines, body, grid.file, _used(heading))
    width = len(heading.titles)
    by_column = list(zip_longest(*rows, fillvalue="")) if rows else []
    for place in range(width):
        texts = np.empty(len(rows), dtype=object)
        texts[:] = by_column[place] if place < len(by_column) else ""
        body.columns.append(texts)
    body.lines = np.array(lines, dtype=np.int64)
    return body
