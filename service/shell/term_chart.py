"""A figure over all terms: a line for each school on one scale, England's beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.shell.charts import Tick, nice_top, spaced

WIDTH, HEIGHT = 340.0, 168.0
LEFT, RIGHT, TOP, FOOT = 44.0, 14.0, 24.0, 30.0


@dataclass(frozen=True)
class TermDot:
    """One term's figure, with what it says."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class TermChart:
    """One school's figure from term to term, the newest at the right; `england` is the published level now."""

    title: str
    summary: str
    unit: str
    pieces: tuple[str, ...]
    dots: tuple[TermDot, ...]
    england: float | None
    ticks: tuple[Tick, ...]
    years: tuple[Tick, ...]
    left: float = LEFT
    top: float = TOP
    floor: float = HEIGHT - FOOT
    width: float = WIDTH
    height: float = HEIGHT


def top_of(figures: Sequence[float | None]) -> float:
    """The scale that all charts beside each other share."""
    return nice_top(max([0.0, *(one for one in figures if one is not None)]))


def term_chart(
    title: str,
    terms: Sequence[str],
    figures: Sequence[float | None],
    *,
    unit: str,
    digits: int,
    top: float,
    england: float | None,
) -> TermChart:
    """Place one school's terms (words, oldest first) on a scale shared with the other schools."""
    last = max(len(terms) - 1, 1)

    def across(place: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / last, 1)

    def down(value: float) -> float:
        return round(TOP + (HEIGHT - FOOT - TOP) * (1 - min(value / top, 1)), 1)

    known = [(place, one) for place, one in enumerate(figures) if one is not None]
    pieces: list[list[str]] = []
    for place, one in enumerate(figures):
        if one is None:
            pieces.append([])
        else:
            pieces = pieces or [[]]
            pieces[-1].append(f"{across(place)},{down(one)}")
    said = f"{terms[known[-1][0]]}: {known[-1][1]:.{digits}f} {unit}." if known else "Not known."
    return TermChart(
        title=title,
        summary=f"{said} The table gives each term.",
        unit=unit,
        pieces=tuple(" ".join(piece) for piece in pieces if len(piece) > 1),
        dots=tuple(
            TermDot(across(place), down(one), f"{terms[place]}: {one:.{digits}f}") for place, one in known
        ),
        england=None if england is None else down(england),
        ticks=tuple(Tick(down(top * share), f"{top * share:g}") for share in (0.0, 0.5, 1.0)),
        years=_years(terms, across),
    )


def _years(terms: Sequence[str], across: Callable[[int], float]) -> tuple[Tick, ...]:
    """The first term of each year there is, without labels that touch: the newest stays."""
    found: dict[str, int] = {}
    for place, words in enumerate(terms):
        found.setdefault(words[-4:], place)
    return spaced([Tick(across(place), year) for year, place in reversed(found.items())], 40)
