"""The practice report of one check: how schools write things down. It is never a reason to refuse.

Counts only; nothing here speaks of a pupil, and who recorded an event is known as a number of people alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from data_contracts.calendar import term
from data_contracts.practice import Shift, beside_peers, recording, shifts, stopped_early, used_by_one_school

_WORDS_SHOWN = 6
_INTRO = "Recording practice (counts only: a difference in recording is not a difference in behaviour)"


@dataclass(frozen=True)
class Recorded:
    """One school's events and marks of one set of files. `recorders`: how many people recorded them."""

    school: str
    term: str
    behaviour: pd.DataFrame
    attendance: pd.DataFrame
    recorders: int | None


@dataclass(frozen=True)
class Practice:
    """`rates`: as `beside_peers` gives them, with `recorders`; `alone`: words that one school alone uses."""

    rates: pd.DataFrame
    shifts: list[Shift] = field(default_factory=list)
    alone: pd.DataFrame = field(default_factory=pd.DataFrame)

    def as_dict(self) -> dict[str, Any]:
        rates = self.rates.astype(object).where(self.rates.notna(), None)
        return {
            "rates": rates.to_dict("records"),
            "shifts": [vars(shift) for shift in self.shifts],
            "words_of_one_school": self.alone.to_dict("records"),
        }

    def lines(self) -> list[str]:
        """The report for a person."""
        if self.rates.empty:
            return [f"{_INTRO}: these files hold no behaviour events beside marks."]
        said = [f"{_INTRO}:"]
        for _, row in self.rates[self.rates["type"] == "all"].iterrows():
            said.append(f"  {_rate(row)}")
        said += [f"  {shift.school} {shift.term}: {shift.sentence}" for shift in self.shifts]
        for school, words in self.alone.groupby("school"):
            shown = [f"'{w}' ({n})" for w, n in zip(words["local_type"], words["events"], strict=True)]
            more = f" and {len(shown) - _WORDS_SHOWN} more" if len(shown) > _WORDS_SHOWN else ""
            said.append(
                f"  {school}: words no other school here uses: {', '.join(shown[:_WORDS_SHOWN])}{more}."
            )
        return said


def _rate(row: pd.Series) -> str:
    people = "" if pd.isna(row["recorders"]) else f", by {int(row['recorders'])} people"
    if pd.isna(row["per_100"]):
        return f"{row['school']} {row['term']}: {row['events']} events{people}; no marks to set them against."
    peers = (
        "" if pd.isna(row["times"]) or row["schools"] < 2 else f"; {row['times']:.1f} times the middle school"
    )
    return (
        f"{row['school']} {row['term']}: {row['events']} events in {row['pupil_days']:,.0f} pupil-days, "
        f"{row['per_100']:.1f} per 100{people}{peers}."
    )


def _place(part: Recorded) -> tuple[str, Any]:
    return part.school, term(part.term).start if part.term else part.term


def practice_of(parts: Sequence[Recorded]) -> Practice:
    """The report over all sets of a check; sets without marks or without events have no rate."""
    told = sorted((part for part in parts if len(part.behaviour) and part.term), key=_place)
    if not told:
        return Practice(pd.DataFrame({"type": pd.Series(dtype="str")}))
    frames = [
        recording(p.school, p.term, p.behaviour, p.attendance).assign(recorders=p.recorders) for p in told
    ]
    rates = beside_peers(pd.concat(frames, ignore_index=True))
    rates["schools"] = rates.groupby(["term", "type"])["school"].transform("nunique")
    found: list[Shift] = []
    for before, now, part in zip(frames[:-1], frames[1:], told[1:], strict=True):
        if before["school"].iloc[0] == part.school:
            found += shifts(before, now)
    for part in told:
        early = stopped_early(part.school, part.term, part.behaviour, part.attendance)
        found += [early] if early else []
    words: dict[str, list[pd.Series]] = {}
    for part in told:
        words.setdefault(part.school, []).append(part.behaviour["local_type"].dropna())
    several = len(words) > 1
    alone = used_by_one_school({s: pd.concat(w) for s, w in words.items()}) if several else pd.DataFrame(
        columns=["school", "local_type", "events"]
    )  # fmt: skip
    return Practice(rates, found, alone.sort_values(["school", "events"], ascending=[True, False]))
