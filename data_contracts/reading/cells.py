"""The text of single cells, looked up again in the original files for the uploader's own download."""

from collections.abc import Iterable

from data_contracts.problems import Problem
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import SEARCHED_ROWS
from data_contracts.reading.narratives import is_narrative
from data_contracts.reading.read import grids
from data_contracts.reading.sources import Given, collect

Place = tuple[str, int | None, str | None]


def column_of(grid: Grid, heading: str) -> int | None:
    """Where a heading stands, None when no row of headings holds it."""
    for row in grid.rows[:SEARCHED_ROWS]:
        for place, cell in enumerate(row):
            if cell.strip() == heading:
                return place
    return None


def open_grids(given: Iterable[Given]) -> list[Grid]:
    """The grids of all files that can be opened; the others have been refused with a problem already."""
    found: list[Grid] = []
    for source in collect(given)[0]:
        try:
            found += grids(source)
        except FileRefused:
            continue
    return found


def cell_texts(given: Iterable[Given], problems: Iterable[Problem]) -> dict[Place, str]:
    """(file, line, column) → the text that stands there, sentences about children left out."""
    by_file = {grid.file: grid for grid in open_grids(given)}
    rows = {file: dict(zip(grid.lines, grid.rows, strict=True)) for file, grid in by_file.items()}
    found: dict[Place, str] = {}
    for problem in problems:
        grid = by_file.get(problem.file)
        if grid is None or problem.line is None or problem.column is None:
            continue
        place = column_of(grid, problem.column)
        row = rows[problem.file].get(problem.line, [])
        if place is not None and place < len(row) and not is_narrative(row[place].strip()):
            found[(problem.file, problem.line, problem.column)] = row[place]
    return found
