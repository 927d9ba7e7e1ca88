"""Where the lines, bars and dots of a chart stand. Templates draw them as inline SVG, tables say them.

Coordinates are SVG user units; every chart is 720 units wide unless it says otherwise. No chart orders
pupils and none uses colour alone to tell things apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log, log10

WIDTH = 720.0
ROW_HEIGHT = 46.0


@dataclass(frozen=True)
class Bar:
    """One horizontal bar: `label` above it, from `x` over `width`, described by `words`."""

    label: str
    words: str
    y: float
    x: float
    width: float
    style: str
    value: float


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars to the right (more) or left (less) of a middle line at `zero`."""

    title: str
    summary: str
    bars: tuple[Bar, ...]
    height: float
    zero: float
    width: float = WIDTH


def contributions(title: str, rows: Sequence[tuple[str, str, float, str]]) -> BarChart:
    """Bars for (label, words, contribution, kind). Kinds style the bar; the sign sets its side."""
    largest = max((abs(row[2]) for row in rows), default=1.0) or 1.0
    zero, half = WIDTH / 2, WIDTH / 2 - 10
    bars = []
    for place, (label, words, value, kind) in enumerate(rows):
        width = half * abs(value) / largest
        style = "bar--less" if value < 0 else f"bar--{kind}"
        x = zero - width if value < 0 else zero
        bars.append(Bar(label, words, place * ROW_HEIGHT, round(x, 1), round(width, 1), style, value))
    more = [row[0] for row in rows if row[2] > 0][:3]
    summary = "Most raised by: " + "; ".join(more) + "." if more else "Nothing raised the figure."
    return BarChart(title, summary, tuple(bars), len(rows) * ROW_HEIGHT + 30, zero)


@dataclass(frozen=True)
class Person:
    """One round-headed figure of an icon array."""

    x: float
    y: float
    style: str


@dataclass(frozen=True)
class IconArray:
    """A hundred people, `count` of them marked; `low` to `high` is the range that fits the data."""

    title: str
    summary: str
    people: tuple[Person, ...]
    count: int
    width: float = 420.0
    height: float = 128.0


def icon_array(count: int, low: int, high: int) -> IconArray:
    """A hundred past pupils with a similar figure, `count` of whom were suspended."""
    people = tuple(
        Person(10 + (i % 20) * 21, 12 + (i // 20) * 25, "person--yes" if i < count else "")
        for i in range(100)
    )
    summary = (
        f"Of 100 past pupils with a similar figure, about {count} were suspended in the next term "
        f"(between {low} and {high}), and about {100 - count} were not."
    )
    return IconArray("Pupils with a similar figure", summary, people, count)


@dataclass(frozen=True)
class Tick:
    """A label on an axis at `at` (x or y)."""

    at: float
    words: str


@dataclass(frozen=True)
class Mark:
    """One dated thing on the timeline: `lane` names the row it stands in."""

    x: float
    y: float
    lane: str
    words: str
    width: float = 0.0


@dataclass(frozen=True)
class Timeline:
    """Attendance as a line, then one lane each for behaviour, suspensions and support."""

    title: str
    summary: str
    line: str
    marks: tuple[Mark, ...]
    months: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    lanes: tuple[Tick, ...]
    supports: tuple[Tick, ...]
    height: float
    width: float = WIDTH


LEFT, RIGHT, TOP, DEEP, LANE = 118.0, 10.0, 14.0, 110.0, 34.0
LANES = ("went well", "behaviour", "suspension")


@dataclass(frozen=True)
class Dated:
    """A thing with a date and words, in a lane of the timeline."""

    on: date
    lane: str
    words: str


def timeline(
    start: date,
    end: date,
    weeks: Sequence[tuple[date, float]],
    things: Sequence[Dated],
    supports: Sequence[Dated],
) -> Timeline:
    """Place weekly attendance shares (0 to 1), dated things and the starts of support on one time axis."""
    span = max((end - start).days, 1)

    def across(on: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max((on - start).days / span, 0), 1), 1)

    def down(share: float) -> float:
        return round(TOP + DEEP * (1 - min(max(share, 0), 1)), 1)

    floor = TOP + DEEP + 26
    lanes = tuple(Tick(floor + i * LANE, name) for i, name in enumerate(LANES))
    heights = {tick.words: tick.at for tick in lanes}
    marks = tuple(
        Mark(across(t.on), heights[t.lane], t.lane, t.words) for t in things if start <= t.on <= end
    )
    points = [f"{across(on)},{down(share)}" for on, share in weeks]
    return Timeline(
        title="Attendance, behaviour, suspensions and support over time",
        summary=_timeline_summary(weeks, things, supports),
        line=" ".join(points),
        marks=marks,
        months=tuple(Tick(across(first), f"{first:%b}") for first in _months(start, end)),
        levels=tuple(Tick(down(share), f"{share:.0%}") for share in (1.0, 0.5, 0.0)),
        lanes=lanes,
        supports=tuple(Tick(across(s.on), s.words) for s in supports if start <= s.on <= end),
        height=floor + len(LANES) * LANE + 12,
    )


def _months(start: date, end: date) -> list[date]:
    """The first day of every second month inside the span: enough labels, none of them touching."""
    firsts, at = [], (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    while at <= end:
        firsts.append(at)
        at = (at + timedelta(days=32)).replace(day=1)
    return firsts[:: max(1, len(firsts) // 8)]


def _timeline_summary(
    weeks: Sequence[tuple[date, float]], things: Sequence[Dated], supports: Sequence[Dated]
) -> str:
    counts = {lane: sum(1 for t in things if t.lane == lane) for lane in LANES}
    shares = [share for _, share in weeks]
    attended = f"Attendance {sum(shares) / len(shares):.0%} on average. " if shares else ""
    return (
        f"{attended}{counts['behaviour']} behaviour records, {counts['suspension']} suspensions, "
        f"{counts['went well']} positive records, {len(supports)} supports begun. The table gives each one."
    )


@dataclass(frozen=True)
class Curve:
    """One indicator's shape: steps of what its values add, on an axis that all indicators share."""

    title: str
    summary: str
    unit: str
    path: str
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    zero: float
    left: float = 62.0
    width: float = 340.0
    height: float = 190.0


CURVE_TOP, CURVE_FLOOR = 12.0, 132.0
ODDS = (0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
"""Levels of the axis of curves: what the odds are multiplied by."""


def shape_curve(
    title: str, cuts: Sequence[float], values: Sequence[float], reach: tuple[float, float], unit: str = ""
) -> Curve:
    """A step line for `values` (log-odds, one per cell) between `cuts` (one fewer than the cells).

    `reach` is the lowest and highest value of all curves that stand beside each other.
    """
    bottom, top = min(reach[0], 0.0), max(reach[1], 0.0)
    span, left, right = (top - bottom) or 1.0, 62.0, 330.0
    step = (right - left) / max(len(values), 1)

    def down(value: float) -> float:
        return round(CURVE_TOP + (CURVE_FLOOR - CURVE_TOP) * (top - value) / span, 1)

    pieces = []
    for place, value in enumerate(values):
        pieces.append(f"{'M' if not place else 'L'}{left + place * step:.1f},{down(value)}")
        pieces.append(f"H{left + (place + 1) * step:.1f}")
    shown = sorted({0, len(cuts) // 2, len(cuts) - 1}) if cuts else []
    ticks = tuple(Tick(round(left + (i + 1) * step, 1), f"{cuts[i]:.3g}") for i in shown)
    levels = [odds for odds in ODDS if bottom - 0.01 <= log(odds) <= top + 0.01]
    first, last = (values[0], values[-1]) if values else (0.0, 0.0)
    course = "rises" if last > first else "falls" if last < first else "stays level"
    return Curve(
        title=title,
        summary=f"From the lowest to the highest values the figure {course}.",
        unit=unit,
        path=" ".join(pieces),
        ticks=spaced(ticks),
        levels=tuple(Tick(down(log(odds)), f"× {odds:g}") for odds in _every_other(levels)),
        zero=down(0),
    )


def spaced(ticks: Sequence[Tick], least: float = 44.0) -> tuple[Tick, ...]:
    """Labels that don't touch: the first, and each that is far enough from the one before."""
    kept: list[Tick] = []
    for tick in ticks:
        if not kept or abs(tick.at - kept[-1].at) >= least:
            kept.append(tick)
    return tuple(kept)


def _every_other(levels: Sequence[float]) -> list[float]:
    """At most five levels; 1, which changes nothing, is always one of them."""
    step = 1 if len(levels) <= 5 else 2
    return [odds for odds in levels if ODDS.index(odds) % step == ODDS.index(1) % step]


def nice_top(most: float) -> float:
    """The least of 1, 2, 4, 6, 8 or 10 times a power of ten that a figure fits under; 2 where there is none."""
    if most <= 0:
        return 2.0
    power = 10.0 ** (ceil(log10(most)) - 1)
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if most <= step * power * 1.0001)
