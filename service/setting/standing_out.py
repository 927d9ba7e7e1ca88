"""What stands out in a term, in two or three sentences: where help may do most, and what got better.

The same season last year is the measure: what every summer brings is not news.
"""

from dataclasses import dataclass

from service.setting.compared import GroupLine
from service.setting.summary import season_words
from service.setting.view import GroupTable, SettingView

MOST = 3
LEAST_RATIO = 1.25
"""A group stands out when its figure moved by a quarter or more …"""
LEAST_MOVE = {"absence": 1.0, "incidents": 20.0, "suspensions": 1.0}
"""… and by at least this much in its own unit …"""
BEYOND = 2.0
"""… and, where counts may be told, by more than twice the usual spread of two counts."""
SAID = {
    "absence": ("absence", " %"),
    "incidents": ("behaviour records", " per 100 pupils"),
    "suspensions": ("suspensions", " per 100 pupils"),
}
WHERE = {
    "lesson": "in {name}",
    "weekday": "on {name}s",
    "hour": "in the hour from {name}",
    "year": "in {name}",
}


@dataclass(frozen=True)
class Standing:
    """A sentence about one group, and by how much it moved; `better` where it fell."""

    words: str
    better: bool
    ratio: float


def standing_out(view: SettingView) -> tuple[Standing, ...]:
    """What moved most since the same term last year: the largest rises first, then the largest fall."""
    tables = [*view.years, *(table for table in view.groups if table.grouping in WHERE)]
    found = [
        said
        for table in tables
        if table.measure in SAID
        for line in table.lines
        if (said := _moved(view, table, line)) is not None
    ]
    rises = sorted((one for one in found if not one.better), key=lambda one: -one.ratio)[: MOST - 1]
    falls = sorted((one for one in found if one.better), key=lambda one: -one.ratio)[: MOST - len(rises)]
    return tuple(rises + falls)


def _moved(view: SettingView, table: GroupTable, line: GroupLine) -> Standing | None:
    now, then = line.now, line.last_year
    if now is None or then is None or not then or not now:
        return None
    ratio = max(now / then, then / now)
    if ratio < LEAST_RATIO or abs(now - then) < LEAST_MOVE[table.measure] or _within_spread(line):
        return None
    better = now < then
    where = WHERE[table.grouping].format(name=line.name)
    what, unit = SAID[table.measure]
    words = (
        f"{where[0].upper()}{where[1:]}, {what} {'fell' if better else 'rose'} from "
        f"{then:.{table.digits}f} to {now:.{table.digits}f}{unit} since {season_words(view)}."
    )
    return Standing(words, better, ratio)


def _within_spread(line: GroupLine) -> bool:
    """Whether two counts differ by no more than chance alone often brings."""
    if line.count is None or line.count_last_year is None:
        return False
    return abs(line.count - line.count_last_year) <= BEYOND * (line.count + line.count_last_year) ** 0.5
