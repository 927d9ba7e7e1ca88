"""What the person who uploaded a file takes away to mend it: problems as CSV, spreadsheets marked in place."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from data_contracts.problems import Problem, in_reading_order
from data_contracts.reading.cells import cell_texts
from data_contracts.reading.sources import Given

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
COLUMNS = ("file", "line", "column", "rule", "severity", "message", "hint")


def safe_cell(text: str) -> str:
    """A text that no spreadsheet will run as a formula: an apostrophe stands before what could be one."""
    return f"'{text}" if text.lstrip(" '\"").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def safe_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV that may be opened in a spreadsheet: no text in it is taken for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [safe_cell(one) if isinstance(one, str) else one for one in row] for row in rows
    )
    return text.getvalue()


def problems_csv(problems: Iterable[Problem], originals: Sequence[Given] = ()) -> str:
    """All problems as CSV, in reading order.

    `originals`: the files the problems are about; given only for the uploader's own download, it adds a
    column with the value each cell holds.
    """
    ordered = in_reading_order(problems)
    values = cell_texts(originals, ordered) if originals else {}
    rows: list[Sequence[str]] = [[*COLUMNS, "value"] if originals else COLUMNS]
    for problem in ordered:
        row = [str(getattr(problem, name) or "") for name in COLUMNS]
        rows.append(
            [*row, values.get((problem.file, problem.line, problem.column), "")] if originals else row
        )
    return safe_csv(rows)


def write_problems_csv(problems: Iterable[Problem], path: Path, originals: Sequence[Given] = ()) -> None:
    """`problems_csv` as a file, UTF-8 with a byte order mark so that Excel reads it."""
    path.write_text(problems_csv(problems, originals), "utf-8-sig", newline="")
