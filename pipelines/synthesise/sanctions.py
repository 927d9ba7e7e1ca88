"""Suspensions and permanent exclusions: their length, their marks, late entries, cancellations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days
from pipelines.synthesise.marks import CODE, NONE
from pipelines.synthesise.people import NEVER
from pipelines.synthesise.setting import Setting
from pipelines.synthesise.vocabulary import NEGATIVE
from pipelines.synthesise.world import World

LENGTHS = (1, 2, 3, 4, 6, 8, 10, 12, 20)
LENGTH_SHARE = (0.09, 0.36, 0.05, 0.20, 0.13, 0.05, 0.10, 0.01, 0.01)
"""Lengths in sessions; 2 days each on average."""
AP_FROM = 10
"""Sessions after which the school must provide teaching elsewhere, so that E is no longer marked."""
YEARLY_MOST = 90
"""Sessions a pupil may be suspended for in one school year."""
SECOND_REASON = 0.17
LATE_ENTRY_DAYS = (5, 41)
REVIEW_DAYS = (12, 16)
"""School days until governors decide on a permanent exclusion."""
OVERTURNED_AFTER = (30, 61)
"""School days until a suspension that is overturned is taken back, long after it was served."""
LEAVES_AFTER = (16, 26)


@dataclass
class Sanctions:
    """Suspensions under way; session numbers are twice the day index, plus 1 for the afternoon."""

    world: World
    setting: Setting
    away_from: np.ndarray
    away_until: np.ndarray
    last: np.ndarray
    """Day index of the latest suspension."""
    leave: np.ndarray
    """Last day on roll, brought forward by a permanent exclusion."""
    permanent: np.ndarray
    this_year: np.ndarray
    earlier: np.ndarray
    rows: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls, people: pd.DataFrame, setting: Setting, world: World) -> Sanctions:
        count = len(people)

        def zeros() -> np.ndarray:
            return np.zeros(count, dtype=int)

        return cls(
            world=world,
            setting=setting,
            away_from=zeros(),
            away_until=zeros(),
            last=zeros() - NEVER,
            leave=people["leave"].to_numpy().copy(),
            permanent=np.zeros(count, bool),
            this_year=zeros(),
            earlier=zeros(),
        )

    def away(self, day: int) -> np.ndarray:
        """Pupils who are suspended all day."""
        return np.asarray((self.away_from <= 2 * day) & (self.away_until > 2 * day))

    def mark(self, day: int, days: Days, marks: np.ndarray) -> None:
        """Write E (then alternative provision) over a day's marks."""
        elsewhere = CODE["K"] if days.new_codes[day] else CODE["B"]
        for half in (0, 1):
            session = 2 * day + half
            out = (self.away_from <= session) & (self.away_until > session) & (marks[:, half] != NONE)
            taught = session - self.away_from >= AP_FROM
            marks[out & ~taught, half] = CODE["E"]
            marks[out & taught, half] = np.where(self.permanent[out & taught], elsewhere, CODE["B"])

    def issue(
        self,
        day: int,
        days: Days,
        pupil: np.ndarray,
        kind: np.ndarray,
        minute: np.ndarray,
        sen: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Suspend these pupils for the day's incidents. ``sen`` is the provision on record per pupil."""
        for who, what, when in zip(pupil, kind, minute, strict=True):
            self._issue_one(day, days, int(who), int(what), int(when), str(sen[who]), rng)

    def _issue_one(
        self, day: int, days: Days, who: int, what: int, when: int, sen: str, rng: np.random.Generator
    ) -> None:
        world, rates = self.world, self.world.rates(self.setting.phase)
        draw = rng.random(6)
        grave = min(0.6 + 0.25 * self.earlier[who], 3.0)
        category = "PERM" if draw[0] < rates.permanent_share * grave else "SUSP"
        if category == "SUSP" and draw[1] < world.lunchtime_share:
            category = "LNCH"
        start = self._start(day, days, who, when, draw[2])
        last = 2 * min(days.span(int(days.term[day]))[1], int(self.leave[who]) + 1)
        wanted = int(rng.choice(LENGTHS, p=LENGTH_SHARE))
        sessions = max(1, min(wanted, last - start, YEARLY_MOST - int(self.this_year[who])))
        row = self._row(who, what, category, start, 1 if category == "LNCH" else sessions, sen, draw[3:], rng)
        self._status(row, days, draw[5], rng)
        self.rows.append(row)
        if category != "LNCH":
            self._send_home(who, row, days, rng)

    def _start(self, day: int, days: Days, who: int, when: int, draw: float) -> int:
        """The session it starts in: this afternoon, or the next morning if that is still this term."""
        next_day_is_open = day + 1 < days.span(int(days.term[day]))[1] and day + 1 <= self.leave[who]
        if not next_day_is_open or (when < 720 and draw < 0.3):
            return 2 * day + 1
        return 2 * day + 2

    def _row(
        self,
        who: int,
        what: int,
        category: str,
        start: int,
        sessions: int,
        sen: str,
        draw: np.ndarray,
        rng: np.random.Generator,
    ) -> dict[str, Any]:
        reasons = [NEGATIVE[what].reason]
        if draw[0] < SECOND_REASON:
            other = str(rng.choice(["DB", "VA", "VP", "DM"]))
            reasons += [other] if other not in reasons else []
        late = draw[1] < self.world.late_entered_share
        delay = int(rng.integers(*LATE_ENTRY_DAYS)) if late else int(rng.choice([0, 1, 2], p=[0.7, 0.2, 0.1]))
        return {
            "pupil": who,
            "category": category,
            "reasons": tuple(reasons),
            "start": start,
            "sessions": 0 if category == "PERM" else sessions,
            "status": "issued",
            "status_day": -1,
            "sen": sen,
            "recorded_day": start // 2 + delay,
            "number": len(self.rows) + 1,
        }

    def _status(self, row: dict[str, Any], days: Days, draw: float, rng: np.random.Generator) -> None:
        start_day = row["start"] // 2
        if row["category"] == "PERM" and draw < 3 * self.world.cancelled_share:
            row["status"] = "reinstated"
            row["status_day"] = min(start_day + int(rng.integers(*REVIEW_DAYS)), days.count - 1)
        elif row["category"] == "SUSP" and draw < self.world.cancelled_share:
            row["status"] = "cancelled"
            row["status_day"] = min(start_day + int(rng.integers(0, 3)), days.count - 1)
            row["recorded_day"] = min(row["recorded_day"], row["status_day"])
        elif row["category"] == "SUSP" and draw < self.world.cancelled_share + self.world.overturned_share:
            row["status"] = "overturned"
            row["status_day"] = min(start_day + int(rng.integers(*OVERTURNED_AFTER)), days.count - 1)

    def _send_home(self, who: int, row: dict[str, Any], days: Days, rng: np.random.Generator) -> None:
        start = row["start"]
        self.away_from[who], self.last[who] = start, start // 2
        self.earlier[who] += 1
        if row["category"] == "PERM":
            self.permanent[who] = True
            if row["status"] == "reinstated":
                self.away_until[who] = 2 * row["status_day"]
            else:
                self.leave[who] = min(self.leave[who], start // 2 + int(rng.integers(*LEAVES_AFTER)))
                self.away_until[who] = 2 * days.count
            return
        until = start + row["sessions"]
        if row["status"] == "cancelled":
            until = min(until, 2 * row["status_day"])
        self.away_until[who] = until
        self.this_year[who] += row["sessions"]

    def frame(self) -> pd.DataFrame:
        """All rows: pupil, category, reasons, start session, sessions, status and its day, sen, recorded_day."""
        columns = [
            "pupil",
            "category",
            "reasons",
            "start",
            "sessions",
            "status",
            "status_day",
            "sen",
            "recorded_day",
            "number",
        ]
        return pd.DataFrame(self.rows, columns=columns)


def provision_on(
    recorded: int, plan: int, latent: str, entry: date, days: Days, before: int
) -> list[tuple[str, date, date | None]]:
    """SEN periods on record before a day index: (provision, first day, last day or None).

    ``recorded`` and ``plan`` are the day indices from which SEN and a plan are on record.
    """
    if recorded >= before:
        return []
    start = entry if recorded < 0 else max(days.dates[recorded], entry)
    if latent == "K" or plan >= before:
        return [("K", start, None)]
    if plan <= recorded or days.dates[plan] <= start:
        return [("E", start, None)]
    change = days.dates[plan]
    return [("K", start, change - timedelta(days=1)), ("E", change, None)]
