"""Loads that look unlike the last one: counted into a profile, compared, and held for a person's yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

FALL = 0.20
RISE = 0.50
MIX_SHIFT = 0.15  # share points between two loads' values
_LEAST_ROWS = 50  # below this, numbers jump by chance
_MIXED = {"attendance": "code", "behaviour": "type", "suspensions": "category", "sen": "provision"}


@dataclass(frozen=True)
class Profile:
    """How one table's load looked: rows, pupils it speaks of, school days it covers, rows per value."""

    rows: int
    pupils: int
    values: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "pupils": self.pupils, "values": self.values}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Profile":
        return cls(
            int(stored["rows"]), int(stored["pupils"]), {k: int(v) for k, v in stored["values"].items()}
        )


@dataclass(frozen=True)
class Jump:
    """One difference that a person has to look at, with its numbers."""

    table: str
    rule: str
    before: float
    now: float
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "rule": self.rule,
            "before": self.before,
            "now": self.now,
            "sentence": self.sentence,
        }


def profile(table: str, frame: pd.DataFrame) -> Profile:
    """The profile of checked rows, to be kept with the load."""
    column = _MIXED.get(table)
    values = frame[column].value_counts() if column else pd.Series(dtype="int64")
    return Profile(len(frame), int(frame["upn"].nunique()), {str(k): int(v) for k, v in values.items()})


def profiles(good: Mapping[str, pd.DataFrame]) -> dict[str, Profile]:
    return {table: profile(table, frame) for table, frame in good.items()}


def _volume(table: str, before: Profile, now: Profile) -> list[Jump]:
    if before.rows < _LEAST_ROWS:
        return []
    name = table.replace("_", " ")
    numbers = f"{before.rows} rows last time, {now.rows} now"
    if now.rows == 0:
        return [Jump(table, "stopped", before.rows, 0, f"There are no {name} rows any more ({numbers}).")]
    change = now.rows / before.rows - 1
    if change <= -FALL:
        return [
            Jump(
                table, "fewer_rows", before.rows, now.rows, f"Far fewer {name} rows than before ({numbers})."
            )
        ]
    if change >= RISE:
        return [
            Jump(table, "more_rows", before.rows, now.rows, f"Far more {name} rows than before ({numbers}).")
        ]
    return []


def _mix(table: str, before: Profile, now: Profile) -> list[Jump]:
    if before.rows < _LEAST_ROWS or now.rows < _LEAST_ROWS:
        return []
    found = []
    for value in sorted(set(before.values) | set(now.values)):
        then, here = before.values.get(value, 0) / before.rows, now.values.get(value, 0) / now.rows
        name = f"'{value}' in {table.replace('_', ' ')}"
        shares = f"{100 * then:.0f} in 100 rows last time, {100 * here:.0f} now"
        if abs(here - then) >= MIX_SHIFT:
            found.append(Jump(table, "mix_shift", then, here, f"{name} has shifted ({shares})."))
        elif value not in before.values and now.values[value] >= max(5, 0.005 * now.rows):
            sentence = f"{name} was never met before ({now.values[value]} rows)."
            found.append(Jump(table, "new_value", 0, now.values[value], sentence))
        elif value not in now.values and before.values[value] >= max(20, 0.02 * before.rows):
            sentence = f"{name} is no longer used ({before.values[value]} rows last time)."
            found.append(Jump(table, "value_stopped", before.values[value], 0, sentence))
    return found


def jumps(good: Mapping[str, pd.DataFrame], previous: Mapping[str, Profile]) -> list[Jump]:
    """Differences that hold a load, against the profiles of the last one; a table not sent counts only
    where it was sent before and others of the same load are here."""
    found: list[Jump] = []
    for table, before in previous.items():
        now = profile(table, good[table]) if table in good else Profile(0, 0, {})
        if table in good or good:
            found += _volume(table, before, now) + _mix(table, before, now)
    return found
