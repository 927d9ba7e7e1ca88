"""Small pictures beside words: a theme's weeks on a card, and the strip of a year's weeks on a list.

Coordinates are SVG user units. Pictures of one kind have one scale, so that two of them can be held side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data_contracts import calendar
from pipelines.explanation import Story
from pipelines.explanation.weeks import Week

WIDTH, HEIGHT, LEFT, TOP, FLOOR = 360.0, 96.0, 34.0, 10.0, 70.0
STRIP_WIDTH, STRIP_HEIGHT = 200.0, 40.0
LOWEST = 0.5
"""Attendance is drawn from half of the sessions up; a week below stands on the floor."""
MANY = 5
"""The scale of counts ends at five a week or higher."""
WHAT = {
    "attendance": ("missed", "Sessions attended each week", "%"),
    "lateness": ("late", "Times late each week", ""),
    "behaviour": ("incidents", "Incidents each week", ""),
    "time_out": ("removals", "Times taken out of lessons each week", ""),
    "suspensions": ("suspended", "Sessions lost to suspension, by the week it began", ""),
}


@dataclass(frozen=True)
class Box:
    """A bar from its upper left corner, with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Tick:
    """A label at `at`, across or up."""

    at: float
    words: str


@dataclass(frozen=True)
class Picture:
    """A theme's weeks: bars of counts, or a line of shares; `steps` are dated marks with their words."""

    title: str
    summary: str
    bars: tuple[Box, ...]
    line: str
    steps: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    terms: tuple[Tick, ...]
    edges: tuple[float, ...]
    rows: tuple[tuple[str, str], ...]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Strip:
    """The weeks of a year for one row of a list: attendance as a line, incidents as dots, suspensions as bars,
    support as upright lines."""

    summary: str
    line: str
    dots: tuple[tuple[float, float], ...]
    bars: tuple[float, ...]
    supports: tuple[float, ...]
    width: float = STRIP_WIDTH
    height: float = STRIP_HEIGHT


def picture(story: Story, begun: Sequence[tuple[date, str]] = ()) -> Picture | None:
    """The picture of a theme; None where nothing is dated. `begun`: supports, drawn as upright lines."""
    if story.theme in WHAT and any(week.possible != 0 for week in story.weeks):
        return _weekly(story, begun)
    return _stepped(story) if story.steps else None


def _weekly(story: Story, begun: Sequence[tuple[date, str]]) -> Picture:
    column, title, unit = WHAT[story.theme]
    weeks = story.weeks
    step = (WIDTH - LEFT - 4) / max(len(weeks), 1)
    share = story.theme == "attendance"
    most = max(MANY, *(getattr(week, column) for week in weeks), 1) if not share else 100
    bars, points, rows = [], [], []
    for place, week in enumerate(weeks):
        x = LEFT + place * step
        value = _value(week, column, share)
        rows.append((week.monday.isoformat(), "no marks" if value is None else f"{value:.0f}{unit}"))
        if value is None:
            continue
        if share:
            points.append(f"{x + step / 2:.1f},{_height_of(value / 100):.1f}")
        elif value:
            high = (FLOOR - TOP) * value / most
            bars.append(Box(round(x + 1, 1), round(FLOOR - high, 1), round(step - 2, 1), round(high, 1),
                            f"Week of {week.monday.day} {week.monday:%B}: {value:.0f}"))  # fmt: skip
    levels = (
        (Tick(_height_of(1.0), "100%"), Tick(FLOOR, f"≤{100 * LOWEST:.0f}%"))
        if share
        else (Tick(TOP, f"{most}"), Tick(FLOOR, "0"))
    )
    terms, edges = _terms(weeks, step)
    upright = tuple(
        Tick(LEFT + step * _place(weeks, on), f"{words} began") for on, words in begun if _shown(weeks, on)
    )
    return Picture(
        f"{title}, this term and last", _summary(story, title), tuple(bars), " ".join(points), upright, levels,
        terms, edges, tuple(rows),
    )  # fmt: skip


def _value(week: Week, column: str, share: bool) -> float | None:
    if share:
        return None if not week.possible else 100 * (1 - week.missed / week.possible)
    return float(getattr(week, column))


def _height_of(share: float) -> float:
    return FLOOR - (FLOOR - TOP) * max(share - LOWEST, 0.0) / (1 - LOWEST)


def _terms(weeks: Sequence[Week], step: float) -> tuple[tuple[Tick, ...], tuple[float, ...]]:
    """(the name of each term under its weeks, the upright lines between terms)."""
    places: dict[str, list[int]] = {}
    for place, week in enumerate(weeks):
        term = calendar.term_of(week.monday) or calendar.term_of(
            date.fromordinal(week.monday.toordinal() + 4)
        )
        if term is not None:
            places.setdefault(term.id, []).append(place)
    ticks = tuple(
        Tick(LEFT + step * (found[0] + found[-1] + 1) / 2, f"{term[5:].capitalize()} {term[:4]}")
        for term, found in places.items()
    )
    return ticks, tuple(LEFT + step * found[0] for found in list(places.values())[1:])


def _summary(story: Story, title: str) -> str:
    return f"{title}. {story.said[0].sentence(date.min)}" if story.said else title


def _place(weeks: Sequence[Week], on: date) -> float:
    return sum(week.monday <= on for week in weeks) - 0.5


def _shown(weeks: Sequence[Week], on: date) -> bool:
    return bool(weeks) and weeks[0].monday <= on <= date.fromordinal(weeks[-1].monday.toordinal() + 6)


STEP_WORDS = {"K": "SEN support", "E": "Plan", "N": "None", "joined": "Joined"}


def _stepped(story: Story) -> Picture:
    """Dated steps on one line, the newest at the right."""
    steps = sorted(set(story.steps))[-4:]
    gap = (WIDTH - LEFT - 40) / max(len(steps) - 1, 1)
    ticks = tuple(
        Tick(LEFT + 20 + gap * place, STEP_WORDS.get(words, words))
        for place, (_on, words) in enumerate(steps)
    )
    dates = tuple(
        Tick(tick.at, f"{on:%b} {on.year}") for tick, (on, _words) in zip(ticks, steps, strict=True)
    )
    rows = tuple((on.isoformat(), STEP_WORDS.get(words, words)) for on, words in steps)
    title = f"{story.label}: dated steps"
    return Picture(title, _summary(story, title), (), "", ticks, (), dates, (), rows)


def strips(
    of: Sequence[tuple[Sequence[Week], Sequence[date]]], start: date | None = None
) -> tuple[Strip, ...]:
    """A strip for each (weeks, days on which support began), all on the same weeks and the same scale."""
    mondays = sorted(
        {week.monday for weeks, _ in of for week in weeks if start is None or week.monday >= start}
    )
    places = {monday: place for place, monday in enumerate(mondays)}
    step = STRIP_WIDTH / max(len(mondays), 1)
    return tuple(_strip(weeks, begun, places, step) for weeks, begun in of)


def _strip(weeks: Sequence[Week], begun: Sequence[date], places: dict[date, int], step: float) -> Strip:
    points, dots, bars = [], [], []
    for week in weeks:
        if week.monday not in places:
            continue
        x = round((places[week.monday] + 0.5) * step, 1)
        if week.possible:
            points.append(f"{x},{2 + 18 * min((week.missed / week.possible) / (1 - LOWEST), 1):.1f}")
        dots += [(x, 26.0 + 4 * row) for row in range(min(week.incidents, 3))]
        if week.suspended:
            bars.append(x)
    upright = [
        round(step * (sum(monday <= on for monday in places) - 0.5), 1)
        for on in begun
        if places and on >= min(places)
    ]
    return Strip(_strip_words(weeks), " ".join(points), tuple(dots), tuple(bars), tuple(upright))


def _strip_words(weeks: Sequence[Week]) -> str:
    incidents, suspended = (sum(getattr(week, name) for week in weeks) for name in ("incidents", "suspended"))
    possible = sum(week.possible or 0 for week in weeks)
    attended = (
        f"attendance {100 * (1 - sum(w.missed for w in weeks) / possible):.0f}%"
        if possible
        else ("attendance not known")
    )
    return (
        f"This school year: {attended}, {incidents} incident{'' if incidents == 1 else 's'}, "
        f"{suspended} session{'' if suspended == 1 else 's'} lost to suspension."
    )
