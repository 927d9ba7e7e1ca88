"""The school year week by week as a line over last year's, with upright lines where the school changed something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.setting.changes import Change
from service.setting.weeks import WeekLine, WeekPoint
from service.shell.charts import Tick, nice_top

WIDTH, HEIGHT = 720.0, 212.0
LEFT, RIGHT, TOP, FOOT = 14.0, 52.0, 30.0, 34.0
A_WEEK = timedelta(days=6)
LONGEST_GAP = 1
"""Weeks apart that a line still joins: a holiday is a gap."""


@dataclass(frozen=True)
class Upright:
    """A numbered upright line on the day something changed."""

    x: float
    number: int
    words: str


@dataclass(frozen=True)
class WeekDot:
    """One week's figure, with what it says."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class WeekChart:
    """One measure: pieces of a line for this school year, pale ones for the last, on an axis from nothing up."""

    title: str
    summary: str
    unit: str
    now: tuple[str, ...]
    last_year: tuple[str, ...]
    dots: tuple[WeekDot, ...]
    ticks: tuple[Tick, ...]
    months: tuple[Tick, ...]
    uprights: tuple[Upright, ...]
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    floor: float = HEIGHT - FOOT
    width: float = WIDTH
    height: float = HEIGHT


def week_chart(line: WeekLine, changes: Sequence[tuple[int, Change]]) -> WeekChart:
    """Place a measure's weeks. `changes` are numbered as the page lists them."""
    points = line.points
    last = max(point.place for point in points)
    top = nice_top(max([0.0, *(v for p in points for v in (p.now, p.last_year) if v is not None)]))

    def across(place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / max(last, 1), 1)

    def down(value: float) -> float:
        return round(TOP + (HEIGHT - FOOT - TOP) * (1 - value / top), 1)

    first = points[0]
    uprights = tuple(
        Upright(across(min((change.on - first.monday).days / 7 + first.place, last)), number, change.words)
        for number, change in changes
        if first.monday <= change.on <= points[-1].monday + A_WEEK
    )
    return WeekChart(
        title=f"{line.words}, week by week",
        summary=_summary(line),
        unit=line.unit,
        now=_pieces([(p.place, across(p.place), down(p.now)) for p in points if p.now is not None]),
        last_year=_pieces(
            [(p.place, across(p.place), down(p.last_year)) for p in points if p.last_year is not None]
        ),
        dots=tuple(
            WeekDot(across(p.place), down(p.now), _said(line, p)) for p in points if p.now is not None
        ),
        ticks=tuple(Tick(down(top * share), f"{top * share:g}") for share in (0.0, 0.5, 1.0)),
        months=tuple(
            Tick(across(place), words) for place, words in _months([(p.place, p.monday) for p in points])
        ),
        uprights=uprights,
    )


def _pieces(points: Sequence[tuple[int, float, float]]) -> tuple[str, ...]:
    """Lines through weeks that follow each other; a week alone is a short dash."""
    pieces: list[list[tuple[int, float, float]]] = []
    for point in points:
        if pieces and point[0] - pieces[-1][-1][0] <= LONGEST_GAP:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return tuple(_line(piece) for piece in pieces)


def _line(piece: Sequence[tuple[int, float, float]]) -> str:
    if len(piece) == 1:
        _, x, y = piece[0]
        return f"{x - 3},{y} {x + 3},{y}"
    return " ".join(f"{x},{y}" for _, x, y in piece)


def _months(weeks: Sequence[tuple[int, date]]) -> list[tuple[int, str]]:
    """The first school week of each month."""
    found: dict[str, int] = {}
    for place, monday in weeks:
        found.setdefault(f"{monday:%b}", place)
    return [(place, words) for words, place in found.items()]


def _said(line: WeekLine, point: WeekPoint) -> str:
    then = "not known" if point.last_year is None else f"{point.last_year:.{line.digits}f}"
    return f"Week of {point.monday.day} {point.monday:%B}: {point.now:.{line.digits}f}; a year before: {then}"


def _summary(line: WeekLine) -> str:
    known = [(point.now, point.monday) for point in line.points if point.now is not None]
    if not known:
        return "No week can be shown: each has fewer than 10 pupils."
    most, monday = max(known)
    return (
        f"Highest in the week of {monday.day} {monday:%B}: {most:.{line.digits}f}. The table gives each week."
    )
