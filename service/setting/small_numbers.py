"""Small numbers are not shown, nor what would give them away by subtraction; who may open the cards sees them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from service.core.permissions import CARD_READERS, Reader
from service.setting.setting_rows import SettingFactRow

FEWEST = 10
"""Fewer pupils than this are never shown as a group."""

Key = tuple[str, str, str]
WHOLE = ("all", "practice")
CELLS = "weekday_hour"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose counts a reader sees: those of everybody at the school, or of some year groups."""

    everybody: bool = False
    years: frozenset[str] = frozenset()


NOBODY = Sight()


def sight_of(reader: Reader, school: str) -> Sight:
    """Who may open every card of a school sees its counts; who may open a year group's sees that year's."""
    if reader.role not in CARD_READERS or school not in reader.schools:
        return NOBODY
    if reader.year_groups is None:
        return Sight(everybody=True)
    return Sight(years=frozenset(f"Year {year}" if year.isdigit() else year for year in reader.year_groups))


def hidden(facts: Iterable[SettingFactRow], sight: Sight = NOBODY) -> set[Key]:
    """The groups of one term that are not shown, as (measure, grouping, name).

    It depends on that term's facts alone, so that a group hidden on one page can't be read on another that
    shows the same term beside the next.
    """
    if sight.everybody:
        return set()
    groups: dict[tuple[str, str], list[SettingFactRow]] = {}
    for fact in facts:
        if fact.grouping not in WHOLE and not (fact.grouping == "year" and fact.name in sight.years):
            groups.setdefault((fact.measure, fact.grouping), []).append(fact)
    return {
        (measure, grouping, name)
        for (measure, grouping), rows in groups.items()
        for name in (few_cells(rows) if grouping == CELLS else too_few(rows))
    }


def too_few(rows: Sequence[SettingFactRow]) -> set[str]:
    """The groups with too few pupils; where that is only one, the next smallest goes with it, or the one
    could be had by subtraction from the whole."""
    smallest_first = sorted(rows, key=lambda fact: (fact.pupils, fact.name))
    few = {fact.name for fact in smallest_first if fact.pupils < FEWEST}
    if len(few) == 1:
        few |= {fact.name for fact in smallest_first[:2]}
    return few


def few_cells(rows: Sequence[SettingFactRow]) -> set[str]:
    """The cells of a grid (`Monday 11:00`) that are not shown. Sums of its rows and columns are known, so of
    each row and column none is hidden or at least two are, and no hidden cell is the only bridge between two
    parts of the others: from what is left no cell follows."""
    smallest_first = [fact.name for fact in sorted(rows, key=lambda fact: (fact.pupils, fact.name))]
    few = {fact.name for fact in rows if fact.pupils < FEWEST}
    while alone := next((name for name in sorted(few) if _follows(name, few)), None):
        row, column = alone.split(" ", 1)
        rest = [name for name in smallest_first if name not in few]
        beside = [name for name in rest if name.startswith(f"{row} ") or name.endswith(f" {column}")]
        if not rest:
            break
        few.add((beside or rest)[0])
    return few


def _follows(cell: str, few: Collection[str]) -> bool:
    """Whether a hidden cell could be worked out: without it, its row and column hang together no more."""
    row, column = cell.split(" ", 1)
    edges = [tuple(name.split(" ", 1)) for name in few if name != cell]
    reached, grew = {row}, True
    while grew:
        more = {place for edge in edges if reached & set(edge) for place in edge}
        grew = not more <= reached
        reached |= more
    return column not in reached
