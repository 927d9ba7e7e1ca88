"""This term beside the same term a year before, row by row: a filled dot and a ring on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.shell.charts import Tick, nice_top

PAIR_WIDTH, PAIR_LEFT = 360.0, 78.0


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
    unit: str = ""
    width: float = PAIR_WIDTH
    left: float = PAIR_LEFT


def then_and_now(
    title: str,
    rows: Sequence[tuple[str, float | None, float | None]],
    unit: str,
    digits: int = 1,
    before: str = "a year before",
) -> PairChart:
    """Rows of (label, then, now) on an axis in `unit`. Rows whose present figure is withheld are left to the table."""
    shown = [(label, then, now) for label, then, now in rows if now is not None]
    most = max([now for _, _, now in shown] + [then for _, then, _ in shown if then is not None] + [0.0])
    top = nice_top(most)

    def across(value: float) -> float:
        return round(PAIR_LEFT + (PAIR_WIDTH - PAIR_LEFT - 24) * value / top, 1)

    def said(value: float) -> str:
        return f"{value:.{digits}f}"

    pairs = tuple(
        Pair(
            label,
            22 + place * 30.0,
            None if then is None else across(then),
            across(now),
            said(now) if then is None else f"{said(now)}, {before} {said(then)}",
        )
        for place, (label, then, now) in enumerate(shown)
    )
    ticks = tuple(Tick(across(top * share), f"{top * share:g}") for share in (0.0, 0.5, 1.0))
    rising = sum(1 for _, then, now in shown if then is not None and now > then)
    summary = f"{rising} of {len(shown)} are higher than {before}."
    return PairChart(title, summary, pairs, ticks, 22 + len(pairs) * 30.0 + 44, unit)
