"""A pupil’s own weeks before and after a support began, as points and bars of a chart."""

from dataclasses import dataclass

from pipelines.explanation.weeks import Week
from service.shell.charts import LEFT, RIGHT, WIDTH, Tick
from service.support.response import Response


@dataclass(frozen=True)
class WeekBar:
    """One week's behaviour records as a bar."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class BeforeAfter:
    """One pupil's own weeks on both sides of the day a support began: sessions missed as two lines with
    their averages, behaviour records as bars."""

    title: str
    summary: str
    lines: tuple[str, ...]
    averages: tuple[tuple[float, float, float], ...]
    bars: tuple[WeekBar, ...]
    start: float
    ticks: tuple[Tick, ...]
    weeks: tuple[Tick, ...]
    floor: float
    height: float = 226.0
    width: float = WIDTH


MISSED_TOP, MISSED_DEEP, BARS_TOP, BARS_DEEP = 12.0, 78.0, 112.0, 70.0


def before_after(found: Response) -> BeforeAfter:
    """Place the weeks before and after the start of a support on one axis."""
    weeks = [*found.before, *found.after]
    step = (WIDTH - LEFT - RIGHT) / max(len(weeks), 1)
    most = max((week.incidents for week in weeks), default=0) or 1

    def across(place: float) -> float:
        return round(LEFT + step * place, 1)

    def down(week: Week) -> float:
        share = week.missed / week.possible if week.possible else 0.0
        return round(MISSED_TOP + MISSED_DEEP * (1 - min(share, 1.0)), 1)

    parts = ((0, found.before), (len(found.before), found.after))
    points = [[(across(first + i + 0.5), down(week)) for i, week in enumerate(part)] for first, part in parts]
    bars = tuple(
        WeekBar(
            across(place + 0.2),
            round(BARS_TOP + BARS_DEEP * (1 - week.incidents / most), 1),
            round(step * 0.6, 1),
            round(BARS_DEEP * week.incidents / most, 1),
            f"Week of {week.monday:%d %B}: {week.incidents}",
        )
        for place, week in enumerate(weeks)
    )
    return BeforeAfter(
        title=f"The weeks before and after {found.name} began",
        summary=" ".join(f"{one.words}: {one.before:.1f} before, {one.after:.1f} after." for one in found.lines),
        lines=tuple(" ".join(f"{x},{y}" for x, y in part) for part in points),
        averages=tuple(
            (part[0][0], part[-1][0], round(sum(y for _, y in part) / len(part), 1)) for part in points if part
        ),
        bars=bars,
        start=across(len(found.before)),
        ticks=(
            Tick(MISSED_TOP, "all"), Tick(MISSED_TOP + MISSED_DEEP, "none"),
            Tick(BARS_TOP, str(most)), Tick(BARS_TOP + BARS_DEEP, "0"),
        ),
        weeks=tuple(
            Tick(across(i + 0.5), f"{weeks[i].monday.day} {weeks[i].monday:%b}") for i in range(0, len(weeks), 3)
        ),
        floor=BARS_TOP + BARS_DEEP,
    )  # fmt: skip
