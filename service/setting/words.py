"""What the setting's page says in words: the heat map's rows, where figures come from, how much is the place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.setting.view import SettingView
from service.setting.weeks import Grid, WeekLine

SHADES = 4
THIRDS = (
    (0.05, "Almost none"),
    (0.15, "About a tenth"),
    (0.225, "About a fifth"),
    (0.29, "About a quarter"),
    (0.42, "About a third"),
    (0.58, "About half"),
    (0.71, "About two thirds"),
    (0.85, "About three quarters"),
    (1.01, "Almost all"),
)
"""A share in the words people use, up to each bound."""


@dataclass(frozen=True)
class HeatCell:
    """One weekday and hour: its count in words, and how dark it is (0 to 4)."""

    words: str
    shade: int


@dataclass(frozen=True)
class HeatRow:
    """An hour of the day over the week."""

    hour: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class SourceLine:
    """A published figure with its period and source."""

    words: str
    value: float
    period: str
    source: str


def heat_rows(grid: Grid | None) -> tuple[HeatRow, ...]:
    """The rows of the heat map, all on one scale; empty where there are no times."""
    if grid is None:
        return ()
    most = max((cell for row in grid.cells for cell in row if cell is not None), default=0) or 1
    return tuple(
        HeatRow(_hour(hour), tuple(_cell(cell, most) for cell in row))
        for hour, row in zip(grid.hours, grid.cells, strict=True)
    )


def _cell(count: int | None, most: int) -> HeatCell:
    if count is None:
        return HeatCell("few", 0)
    return HeatCell(str(count), 0 if not count else 1 + min(SHADES - 1, int(SHADES * (count - 1) / most)))


def _hour(start: str) -> str:
    """`11:00` as `11:00 to 12:00`."""
    return f"{start} to {int(start[:2]) + 1:02d}:00"


def source_lines(view: SettingView) -> tuple[SourceLine, ...]:
    """Where each figure for England comes from; figures by year group once for each publication."""
    lines = [
        SourceLine(line.words, line.published.value, line.published.period, line.published.source)
        for line in view.lines
        if line.published
    ]
    by_year = {
        one.published.source: SourceLine(
            table.caption, one.published.value, one.published.period, one.published.source
        )
        for table in view.years
        for one in table.lines
        if one.published
    }
    return (*lines, *by_year.values())


def share_words(share: Mapping[str, float] | None) -> str:
    """How much of the model's figures is about the place and not the pupil, in one or two sentences."""
    if share is None:
        return ""
    part = next(words for bound, words in THIRDS if share["share"] < bound)
    said = f"{part} of the difference comes from the school and year group, not the pupil."
    expected, elsewhere = round(share["expected"]), round(share["elsewhere"])
    if min(expected, elsewhere) > 9 and expected != elsewhere:
        said += (
            f" The model expects about {expected} pupils to be suspended next term; in an average school, pupils "
            f"with these records: about {elsewhere}."
        )
    return said


def week_rows(lines: Sequence[WeekLine]) -> tuple[tuple[date, tuple[str, ...]], ...]:
    """The weeks of all measures as a table, the newest first: each figure and the one a year before."""
    points = {line.measure: {point.monday: point for point in line.points} for line in lines}
    rows = []
    for monday in sorted({day for own in points.values() for day in own}, reverse=True):
        cells: list[str] = []
        for line in lines:
            point = points[line.measure].get(monday)
            few = point is not None and point.kept_back
            now, then = (None, None) if point is None else (point.now, point.last_year)
            cells += ["few" if few else _said(now, line.digits), _said(then, line.digits)]
        rows.append((monday, tuple(cells)))
    return tuple(rows)


def _said(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def leave_day(first: date | None) -> str:
    """`8 May`: the last day before study leave."""
    if first is None:
        return ""
    last = first - timedelta(days=3)
    return f"{last.day} {last:%B}"
