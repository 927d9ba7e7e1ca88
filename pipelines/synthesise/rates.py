"""Rates of a made history, counted as the national statistics count them, to set beside published figures."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days, last_friday_in_june
from pipelines.synthesise.history import History
from pipelines.synthesise.marks import ABSENT, POSSIBLE
from pipelines.synthesise.people import nc_year
from pipelines.synthesise.world import World

PERSISTENT = 0.10
"""Share of sessions missed from which absence is called persistent in the statistics."""


@dataclass(frozen=True)
class Target:
    """One published figure the default world is held to."""

    phase: str
    measure: str
    group: str
    value: float
    tolerance: float
    kind: str
    """``percent``: the tolerance is per cent of the value; ``points``: in the value's own unit."""
    source: str

    def met(self, measured: float) -> bool:
        allowed = self.tolerance * (self.value / 100 if self.kind == "percent" else 1.0)
        return abs(measured - self.value) <= allowed


def targets(phase: str) -> tuple[Target, ...]:
    """The committed table of published figures, ``targets.csv``, for one phase."""
    text = resources.files("pipelines.synthesise").joinpath("targets.csv").read_text(encoding="utf-8")
    return tuple(
        Target(
            row["phase"],
            row["measure"],
            row["group"],
            float(row["value"]),
            float(row["tolerance"]),
            row["kind"],
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
        if row["phase"] == phase
    )


def pupil_years(history: History, days: Days, world: World) -> pd.DataFrame:
    """One row per pupil and school year with a possible session.

    Columns: urn, school_year, sex, fsm, sen (on record in January), nc_year, ethnicity_group, roll (on roll in
    January), absent and possible sessions (Year 11 without its second summer half-term), suspensions, permanent,
    t0-t2 (1 if suspended in autumn, spring, summer).
    """
    return pd.concat(
        [_one_year(history, days, world, int(year)) for year in np.unique(days.year)], ignore_index=True
    )


def _one_year(history: History, days: Days, world: World, year: int) -> pd.DataFrame:
    people = history.people
    inside = np.flatnonzero(days.year == year)
    census = int(inside[(days.season[inside] == 1)][9])
    grade = nc_year(people, world.rates(history.setting.phase), year)
    marks = history.marks[:, inside]
    counted = np.ones(len(inside), bool)
    late = inside >= days.at(last_friday_in_june(year + 1)) - 20
    possible, absent = POSSIBLE[marks], ABSENT[marks]
    leavers = grade == 11
    possible[np.ix_(leavers, late & counted)] = False
    frame = pd.DataFrame(
        {
            "urn": history.setting.urn,
            "school_year": year,
            "sex": people["sex"],
            "fsm": people["fsm"],
            "sen": _sen_on(people, census),
            "nc_year": grade,
            "ethnicity_group": people["ethnicity_group"],
            "roll": (people["entry"] <= census) & (people["leave"] >= census),
            "possible": possible.sum(axis=(1, 2)),
            "absent": (absent & possible).sum(axis=(1, 2)),
            "absent_all": ABSENT[marks].sum(axis=(1, 2)),
            "possible_all": POSSIBLE[marks].sum(axis=(1, 2)),
        }
    )
    return _with_suspensions(frame, history, days, inside)[frame["possible_all"] > 0]


def _sen_on(people: pd.DataFrame, day: int) -> np.ndarray:
    planned = people["plan_day"].to_numpy() <= day
    return np.where(people["sen_day"].to_numpy() > day, "N", np.where(planned, "E", "K"))


def _with_suspensions(frame: pd.DataFrame, history: History, days: Days, inside: np.ndarray) -> pd.DataFrame:
    rows = history.suspensions
    rows = rows[~rows["status"].isin(["cancelled", "overturned"])]
    day = rows["start"].to_numpy(dtype=int) // 2
    here = (day >= inside[0]) & (day <= inside[-1])
    rows, day = rows[here], day[here]
    pupil = rows["pupil"].to_numpy(dtype=int)
    fixed = (rows["category"] == "SUSP").to_numpy()
    frame["suspensions"] = np.bincount(pupil[fixed], minlength=len(frame))
    frame["permanent"] = np.bincount(pupil[(rows["category"] == "PERM").to_numpy()], minlength=len(frame))
    for season in range(3):
        which = pupil[fixed & (days.season[day] == season)]
        frame[f"t{season}"] = np.bincount(which, minlength=len(frame))
    return frame


def measured(frames: Iterable[pd.DataFrame]) -> dict[tuple[str, str], float]:
    """(measure, group) -> figure, from ``pupil_years`` of many schools."""
    rows = pd.concat(frames, ignore_index=True)
    roll = rows["roll"].sum()
    total = rows["suspensions"].sum()
    any_year = rows["suspensions"] > 0
    share = rows["absent"] / rows["possible"].clip(lower=1)
    figures = {
        ("suspensions per 100", "all"): 100 * total / roll,
        ("suspended in a year, %", "all"): 100 * any_year.sum() / roll,
        ("suspensions per suspended pupil", "all"): total / max(any_year.sum(), 1),
        ("permanent exclusions per 100", "all"): 100 * rows["permanent"].sum() / roll,
        ("absence, %", "all"): 100 * rows["absent"].sum() / rows["possible"].sum(),
        ("absence with study leave, %", "all"): 100 * rows["absent_all"].sum() / rows["possible_all"].sum(),
        ("persistent absence, %", "all"): 100 * (share[rows["possible"] > 0] >= PERSISTENT).mean(),
    }
    for season, name in enumerate(("autumn", "spring", "summer")):
        figures["suspended in a term, %", name] = 100 * (rows[f"t{season}"] > 0).sum() / roll
        figures["share of suspensions, %", name] = 100 * rows[f"t{season}"].sum() / max(total, 1)
    for column in ("sex", "sen", "nc_year", "fsm", "ethnicity_group"):
        grouped = rows.groupby(column)
        rate = 100 * grouped["suspensions"].sum() / grouped["roll"].sum()
        figures |= {("suspensions per 100", f"{column}:{key}"): float(value) for key, value in rate.items()}
    return {key: float(value) for key, value in figures.items()}
