"""Small canonical frames for tests: what `check` hands to `merge`, drawn from a seed."""

from datetime import date

import numpy as np
import pandas as pd

from data_contracts import calendar
from data_contracts.schools import School
from pipelines.identity import MemoryAliases
from pipelines.lake import Lake, LakeView
from pipelines.load.plan import plan_load
from pipelines.load.request import LoadRequest, LoadResult

KEY = b"test key of thirty-two bytes ...."
TODAY = date(2026, 11, 24)


def upn(school: str, number: int) -> str:
    return f"A999{school[-4:]}{number:05d}"


def pupils(school: str, term: str, count: int, first_year: int = 7) -> pd.DataFrame:
    numbers = range(count)
    years = [first_year + n % 5 for n in numbers]
    return pd.DataFrame(
        {
            "upn": [upn(school, n) for n in numbers],
            "admission_number": [f"{n:06d}" for n in numbers],
            "surname": [f"Surname{n}" for n in numbers],
            "forename": [f"Forename{n}" for n in numbers],
            "dob": pd.Timestamp("2012-01-05"),
            "sex": ["M" if n % 2 else "F" for n in numbers],
            "nc_year": [str(year) for year in years],
            "registration_group": [f"{year}A" for year in years],
            "entry_date": pd.Timestamp("2022-09-05"),
            "leaving_date": pd.NaT,
            "enrol_status": "C",
            "ethnicity": "WBRI", "fsm": False, "in_care": False, "eal": False,
        }
    )  # fmt: skip


def marks(roll: pd.DataFrame, term: str, rng: np.random.Generator) -> pd.DataFrame:
    span = calendar.term(term)
    open_days = pd.DatetimeIndex(calendar.school_days(span.start, span.end))
    parts = []
    for session, mark in (("AM", "/"), ("PM", "\\")):
        grid = pd.MultiIndex.from_product([roll["upn"], open_days], names=["upn", "date"]).to_frame(
            index=False
        )
        codes = rng.choice(["", "I", "O", "L", "E", "B", "U", "G"], size=len(grid),
                           p=[0.9, 0.04, 0.02, 0.02, 0.005, 0.005, 0.005, 0.005])  # fmt: skip
        parts.append(grid.assign(session=session, code=np.where(codes == "", mark, codes)))
    return pd.concat(parts, ignore_index=True)


def behaviour(
    roll: pd.DataFrame, term: str, rng: np.random.Generator, per_pupil: float = 2.0
) -> pd.DataFrame:
    span = calendar.term(term)
    open_days = pd.DatetimeIndex(calendar.school_days(span.start, span.end))
    n = int(len(roll) * per_pupil)
    dates = rng.choice(open_days, n)
    return pd.DataFrame(
        {
            "upn": rng.choice(roll["upn"].to_numpy(), n),
            "incident_id": [f"{term}-{i}" for i in range(n)],
            "date": dates,
            "time": "10:20",
            "local_type": "Disruption",
            "type": rng.choice(["disruption", "fighting", "uniform"], n),
            "positive": rng.random(n) < 0.3,
            "points": rng.integers(1, 5, n).astype(float),
            "severity": pd.array(rng.integers(1, 5, n), dtype="Int64"),
            "location": "classroom",
            "lesson": rng.choice(["Maths", "English", None], n),
            "action": rng.choice(["none", "detention", "removal", "internal_suspension"], n),
            "role": rng.choice(["involved", "aggressor", "target"], n, p=[0.8, 0.1, 0.1]),
            "recorded_on": dates,
        }
    )


def suspensions(roll: pd.DataFrame, term: str, rng: np.random.Generator, share: float = 0.08) -> pd.DataFrame:
    span = calendar.term(term)
    open_days = pd.DatetimeIndex(calendar.school_days(span.start, span.end))
    n = max(int(len(roll) * share), 1)
    starts = rng.choice(open_days, n)
    return pd.DataFrame(
        {
            "upn": rng.choice(roll["upn"].to_numpy(), n),
            "category": "SUSP", "reason1": "DB", "reason2": None, "reason3": None,
            "start_date": starts, "start_session": "AM", "end_date": starts,
            "sessions": rng.integers(1, 10, n),
            "status": rng.choice(["issued", "cancelled"], n, p=[0.9, 0.1]),
            "status_on": starts, "sen_provision": "N", "recorded_on": starts,
        }
    )  # fmt: skip


def sen(roll: pd.DataFrame) -> pd.DataFrame:
    some = roll.iloc[::6]
    return pd.DataFrame(
        {
            "upn": some["upn"].to_numpy(), "provision": "K", "need_type": "SLCN", "need_rank": 1,
            "start_date": pd.Timestamp("2023-02-06"), "end_date": pd.NaT,
            "review_date": pd.Timestamp("2024-02-05"), "recorded_on": pd.NaT,
        }
    )  # fmt: skip


def frames(school: str, term: str, count: int = 60, seed: int = 1) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng([seed, int(school), int(term[:4]), len(term)])
    roll = pupils(school, term, count)
    return {
        "pupils": roll,
        "attendance": marks(roll, term, rng),
        "behaviour": behaviour(roll, term, rng),
        "suspensions": suspensions(roll, term, rng),
        "sen": sen(roll),
    }


class Trust:
    """A lake under test: loads frames and keeps what a service would commit."""

    def __init__(self, root: object, buckets: int = 4) -> None:
        self.lake = Lake.create(str(root), buckets)
        self.view: LakeView = self.lake.view()
        self.aliases = MemoryAliases()
        self.loads = 0

    def load(
        self, school: str, term: str, good: dict[str, pd.DataFrame], *, today: date = TODAY,
        approved: bool = True, phase: str = "secondary",
    ) -> LoadResult:  # fmt: skip
        self.loads += 1
        place = School(school, "A school", phase, "sims", True)
        request = LoadRequest(f"load-{self.loads}", place, [], term, "test", approved)
        result = plan_load(good, request, self.lake, self.view, self.aliases, KEY, today)
        if result.status == "loaded":
            self.view = self.view.replacing(result.files)
            self.aliases.add(result.aliases)
        return result

    def pupil(self, school: str, number: int) -> str:
        from pipelines.identity import alias_hash

        return self.aliases.known[alias_hash(KEY, "upn", "", upn(school, number))]
