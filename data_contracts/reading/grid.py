"""A file as rows of text cells, before anything is understood of it."""

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
