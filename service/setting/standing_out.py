"""What stands out in a term, in two or three sentences: where help may do most, and what got better."""

from dataclasses import dataclass

from service.setting.view import GroupLine, GroupTable, SettingView

MOST = 3
LEAST_RATIO = 1.25
"""A group stands out when its figure moved by a quarter or more …"""
LEAST_MOVE = {"absence": 1.0, "incidents": 20.0, "suspensions": 1.0}
"""… and by at least this much in its own unit."""
SAID = {
    "absence": "sessions missed in every 100",
    "incidents": "behaviour records for every 100 pupils",
    "suspensions": "suspensions for every 100 pupils",
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
    """What moved most since the term before: the largest rises first, then the largest fall."""
    tables = [*view.years, *(table for table in view.groups if table.grouping in WHERE)]
    found = [
        said
        for table in tables
        if table.measure in SAID
        for line in table.lines
        if (said := _moved(table, line)) is not None
    ]
    rises = sorted((one for one in found if not one.better), key=lambda one: -one.ratio)[: MOST - 1]
    falls = sorted((one for one in found if one.better), key=lambda one: -one.ratio)[: MOST - len(rises)]
    return tuple(rises + falls)


def _moved(table: GroupTable, line: GroupLine) -> Standing | None:
    if line.now is None or line.before is None or not line.before or not line.now:
        return None
    ratio = max(line.now / line.before, line.before / line.now)
    if ratio < LEAST_RATIO or abs(line.now - line.before) < LEAST_MOVE[table.measure]:
        return None
    better = line.now < line.before
    where = WHERE[table.grouping].format(name=line.name)
    words = (
        f"{where[0].upper()}{where[1:]}, {SAID[table.measure]} {'fell' if better else 'rose'} from "
        f"{line.before:.{table.digits}f} to {line.now:.{table.digits}f} since the term before."
    )
    return Standing(words, better, ratio)
