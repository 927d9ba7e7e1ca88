"""A file as rows of text cells, before anything is understood of it."""

import re
from dataclasses import dataclass, field

from data_contracts.problems import Problem

MAX_CELLS = 2_000
MAX_CELL = 32_767


@dataclass
class Grid:
    """Rows with the line (or sheet row) each begins on, counted from 1; rows may differ in length."""

    file: str
    rows: list[list[str]]
    lines: list[int]
    kind: str
    damaged: bool = False
    notes: list[str] = field(default_factory=list)
    unworked: dict[tuple[int, int], str] = field(
        default_factory=dict
    )  # (row, column) → the fault of that cell
    cut_short: bool = False  # the last line has no end, so the file may have been cut off in it
    problems: list[Problem] = field(default_factory=list)


_KEPT_AS_TEXT = re.compile(r"'(?=[\d/\\=+@#-])")


def without_apostrophe(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from changing it: '004512 is 004512."""
    return cell[1:] if cell.startswith("'") and _KEPT_AS_TEXT.match(cell) else cell
