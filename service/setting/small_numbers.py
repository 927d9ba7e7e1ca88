"""Small numbers are not shown, nor what would give them away by subtraction."""

from collections.abc import Iterable, Sequence

from service.db.setting_rows import SettingFactRow

FEWEST = 10
"""Fewer pupils than this are never shown as a group."""

Key = tuple[str, str, str]


def hidden(facts: Iterable[SettingFactRow]) -> set[Key]:
    """The groups of one term that are not shown, as (measure, grouping, name).

    It depends on that term's facts alone, so that a group hidden on one page can't be read on another that
    shows the same term beside the next.
    """
    groups: dict[tuple[str, str], list[SettingFactRow]] = {}
    for fact in facts:
        if fact.grouping not in ("all", "practice"):
            groups.setdefault((fact.measure, fact.grouping), []).append(fact)
    return {
        (measure, grouping, name) for (measure, grouping), rows in groups.items() for name in too_few(rows)
    }


def too_few(rows: Sequence[SettingFactRow]) -> set[str]:
    """The groups with too few pupils; where that is only one, the next smallest goes with it, or the one
    could be had by subtraction from the whole."""
    smallest_first = sorted(rows, key=lambda fact: (fact.pupils, fact.name))
    few = {fact.name for fact in smallest_first if fact.pupils < FEWEST}
    if len(few) == 1:
        few |= {fact.name for fact in smallest_first[:2]}
    return few
