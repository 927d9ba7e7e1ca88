"""How a school writes things down: since a difference in recording, read as behaviour, is the commonest lie.

Counts only; nothing here speaks of a pupil.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

FALL, RISE = 1 / 3, 3.0
_LEAST_EVENTS = 20
_SILENT_DAYS = 10


@dataclass(frozen=True)
class Shift:
    """A change in a school's own recording between two terms."""

    school: str
    term: str
    type: str
    before: float
    now: float
    sentence: str


def pupil_days(attendance: pd.DataFrame) -> float:
    """Days pupils were due in school: half the marks that are neither closed nor missing."""
    return float((~attendance["code"].isin(("#", "-", "Z"))).sum()) / 2


def recording(school: str, term: str, behaviour: pd.DataFrame, attendance: pd.DataFrame) -> pd.DataFrame:
    """columns: school, term, type ('all' first), events, pupil_days, per_100 (events per 100 pupil-days;
    missing where there are no pupil-days)."""
    days = pupil_days(attendance)
    counts = behaviour["type"].value_counts()
    events = pd.concat([pd.Series({"all": len(behaviour)}), counts])
    frame = pd.DataFrame({"type": events.index, "events": events.to_numpy()})
    frame["pupil_days"] = days
    frame["per_100"] = frame["events"] / days * 100 if days else float("nan")
    return frame.assign(school=school, term=term)[
        ["school", "term", "type", "events", "pupil_days", "per_100"]
    ]


def _shift(school: str, before: pd.Series, now: pd.Series | None, term: str) -> Shift | None:
    then, here = float(before["per_100"]), 0.0 if now is None else float(now["per_100"])
    name = "behaviour events" if before["type"] == "all" else f"'{before['type']}'"
    rates = f"{then:.1f} per 100 pupil-days before, {here:.1f} now"
    if here == 0:
        return Shift(school, term, before["type"], then, 0.0, f"Recording of {name} has stopped ({rates}).")
    if here <= then * FALL:
        return Shift(
            school, term, before["type"], then, here, f"Recording of {name} has fallen steeply ({rates})."
        )
    if here >= then * RISE:
        return Shift(
            school, term, before["type"], then, here, f"Recording of {name} has risen steeply ({rates})."
        )
    return None


def shifts(before: pd.DataFrame, now: pd.DataFrame) -> list[Shift]:
    """Steep changes and sudden stops of a school against its own last term (frames as `recording` gives)."""
    found = []
    term = str(now["term"].iloc[0]) if len(now) else ""
    current = now.set_index("type")
    for _, row in before[before["events"] >= _LEAST_EVENTS].iterrows():
        here = current.loc[row["type"]] if row["type"] in current.index else None
        shift = _shift(str(row["school"]), row, here, term)
        if shift:
            found.append(shift)
    return found


def stopped_early(school: str, term: str, behaviour: pd.DataFrame, attendance: pd.DataFrame) -> Shift | None:
    """Nothing recorded any more although school went on: events end `_SILENT_DAYS` or more days of marks
    before the marks do."""
    here = attendance.loc[~attendance["code"].isin(("#", "-", "Z")), "date"]
    days = pd.Series(here.unique()).sort_values()
    last = behaviour["date"].max()
    silent = int((days > last).sum())
    before = int((days <= last).sum())
    if len(behaviour) < _LEAST_EVENTS or silent < _SILENT_DAYS or not before:
        return None
    rate = len(behaviour) / before
    sentence = (
        f"No event was recorded after {last:%d %B %Y}, on {silent} school days on which marks were taken "
        f"({rate:.1f} a school day until then)."
    )
    return Shift(school, term, "all", rate, 0.0, sentence)


def beside_peers(recordings: pd.DataFrame) -> pd.DataFrame:
    """Each school's rate beside the middle of all schools of the same term and type.

    columns of `recording` and `middle` (median per_100), `times` (per_100 over the middle).
    """
    middle = recordings.groupby(["term", "type"])["per_100"].transform("median")
    return recordings.assign(middle=middle, times=recordings["per_100"] / middle.where(middle > 0))


def used_by_one_school(local_types: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Words for incidents that one school alone uses. columns: school, local_type, events."""
    rows = [
        {"school": school, "local_type": word, "events": int(count)}
        for school, words in local_types.items()
        for word, count in words.value_counts().items()
    ]
    frame = pd.DataFrame(rows, columns=["school", "local_type", "events"])
    schools = frame.groupby("local_type")["school"].transform("nunique")
    return frame[schools == 1].reset_index(drop=True)
