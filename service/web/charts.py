"""Where the lines, bars and dots of a chart stand. Templates draw them as inline SVG, tables say them.

Coordinates are SVG user units; every chart is 720 units wide unless it says otherwise. No chart orders
pupils and none uses colour alone to tell things apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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
    """One indicator's shape: steps of the model's figure over the indicator's values."""

    title: str
    summary: str
    path: str
    ticks: tuple[Tick, ...]
    zero: float
    width: float = 340.0
    height: float = 150.0


def shape_curve(title: str, cuts: Sequence[float], values: Sequence[float]) -> Curve:
    """A step line for `values` (one per cell) between `cuts` (one fewer than the cells)."""
    width, height, pad = 340.0, 150.0, 24.0
    top = max(max(values, default=0.0), 0.0)
    bottom = min(min(values, default=0.0), 0.0)
    reach = (top - bottom) or 1.0
    step = (width - 20) / max(len(values), 1)

    def down(value: float) -> float:
        return round(8 + (height - pad - 8) * (top - value) / reach, 1)

    pieces = []
    for place, value in enumerate(values):
        pieces.append(f"{'M' if not place else 'L'}{10 + place * step:.1f},{down(value)}")
        pieces.append(f"H{10 + (place + 1) * step:.1f}")
    shown = sorted({0, len(cuts) // 2, len(cuts) - 1}) if cuts else []
    ticks = tuple(Tick(round(10 + (i + 1) * step, 1), f"{cuts[i]:.3g}") for i in shown)
    first, last = (values[0], values[-1]) if values else (0.0, 0.0)
    course = "rises" if last > first else "falls" if last < first else "stays level"
    return Curve(
        title, f"From the lowest to the highest values the figure {course}.", " ".join(pieces), ticks, down(0)
    )


@dataclass(frozen=True)
class Pair:
    """A row of a then-and-now chart: dots at `then` and `now`, words for both."""

    label: str
    y: float
    then: float | None
    now: float
    words: str


@dataclass(frozen=True)
class PairChart:
    """This term (filled dot) beside the same term a year before (ring), row by row."""

    title: str
    summary: str
    rows: tuple[Pair, ...]
    ticks: tuple[Tick, ...]
    height: float
    width: float = WIDTH


def then_and_now(
    title: str, rows: Sequence[tuple[str, float | None, float | None]], unit: str, digits: int = 1
) -> PairChart:
    """Rows of (label, then, now). Rows whose present figure is withheld are left to the table."""
    shown = [(label, then, now) for label, then, now in rows if now is not None]
    top = (
        max([now for _, _, now in shown] + [then for _, then, _ in shown if then is not None] + [0.0]) or 1.0
    )

    def across(value: float) -> float:
        return round(150 + (WIDTH - 190) * value / top, 1)

    def said(value: float) -> str:
        return f"{value:.{digits}f}{unit}"

    pairs = tuple(
        Pair(
            label,
            22 + place * 30.0,
            None if then is None else across(then),
            across(now),
            said(now) if then is None else f"{said(now)}, a year before {said(then)}",
        )
        for place, (label, then, now) in enumerate(shown)
    )
    ticks = tuple(Tick(across(top * share), said(top * share)) for share in (0.0, 0.5, 1.0))
    rising = sum(1 for _, then, now in shown if then is not None and now > then)
    summary = f"{rising} of {len(shown)} groups are higher than a year before."
    return PairChart(title, summary, pairs, ticks, 22 + len(pairs) * 30.0 + 24)
