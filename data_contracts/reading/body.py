"""The rows below the headings: blank rows, totals and repeated headings are set apart, each one said."""

import re
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from data_contracts.problems import Problem
from data_contracts.reading.faults import row_problem
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading
from data_contracts.reading.text import DAMAGED

_FOOTER = re.compile(
    r"(grand |sub)?totals?\b.*|average\b.*|mean\b.*|count\s*[:=]?\s*\d*|number of .*|(printed|exported|generated|"
    r"report (run|produced|generated))\b.*|page \d+.*|end of report.*|\d+ (rows|records|students|pupils).*",
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


@dataclass
class Body:
    """`columns[i]`: the texts under heading i (object array of str); `lines`: line of each row."""

    columns: list[np.ndarray]
    lines: np.ndarray
    problems: list[Problem]
    notes: list[str]


def _is_footer(row: list[str], keys: set[int]) -> bool:
    first = next((cell for cell in row if cell), "")
    if not _FOOTER.fullmatch(first.strip()):
        return False
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    return not any(place in keys for place in filled if place != filled[0])


def _trimmed(row: list[str], width: int) -> list[str]:
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _sorted_out(grid: Grid, heading: Heading) -> tuple[list[list[str]], list[int], Body]:
    width = len(heading.titles)
    keys = {place for name, place in heading.mapping.items() if name in _KEYS}
    body = Body([], np.array([]), [], [])
    titles = [cell.strip() for cell in heading.titles]
    rows, lines = [], []
    dropped = {"blank": 0, "heading": 0}
    start = heading.row + heading.rows
    for row, line in zip(grid.rows[start:], grid.lines[start:], strict=True):
        if len(row) != width:
            row = _trimmed(row, width)
        if not any(row) or not any(cell.strip() for cell in row):
            dropped["blank"] += 1
        elif len(row) > width:
            body.problems.append(row_problem(grid.file, line, "row_shape"))
        elif row[0] == heading.titles[0] and [cell.strip() for cell in row] == titles[: len(row)]:
            dropped["heading"] += 1
        elif ("" in row or len(row) < width) and _is_footer(row, keys):
            body.notes.append(f"Line {line} was taken for a total or footer and left out.")
        else:
            rows.append(row)
            lines.append(line)
    if dropped["blank"]:
        body.notes.append(f"{dropped['blank']} blank rows were left out.")
    if dropped["heading"]:
        body.notes.append(f"{dropped['heading']} repeated rows of headings were left out.")
    return rows, lines, body


def _without_damaged(rows: list[list[str]], lines: list[int], body: Body, file: str) -> None:
    kept = [place for place, row in enumerate(rows) if not any(DAMAGED in cell for cell in row)]
    for place in sorted(set(range(len(rows))) - set(kept)):
        body.problems.append(row_problem(file, lines[place], "text_damaged"))
    rows[:] = [rows[place] for place in kept]
    lines[:] = [lines[place] for place in kept]


def read_body(grid: Grid, heading: Heading) -> Body:
    """The data rows by column; rows with too many cells or damaged text become problems."""
    rows, lines, body = _sorted_out(grid, heading)
    if grid.damaged:
        _without_damaged(rows, lines, body, grid.file)
    width = len(heading.titles)
    by_column = list(zip_longest(*rows, fillvalue="")) if rows else []
    for place in range(width):
        texts = np.empty(len(rows), dtype=object)
        texts[:] = by_column[place] if place < len(by_column) else ""
        body.columns.append(texts)
    body.lines = np.array(lines, dtype=np.int64)
    return body
