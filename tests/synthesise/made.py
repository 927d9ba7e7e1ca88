"""Small made histories for the tests, each made once for the same arguments."""

from functools import cache

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days, history_days
from pipelines.synthesise.history import History
from pipelines.synthesise.journey import make_history
from pipelines.synthesise.setting import Setting, draw_settings
from pipelines.synthesise.vocabulary import NEGATIVE
from pipelines.synthesise.world import World

YEARS, PUPILS, SCHOOLS = 2, 500, 2
_HISTORIES: dict[str, tuple[History, ...]] = {}


@cache
def days() -> Days:
    return history_days(YEARS, "2024/25")


def settings(
    world: World, phase: str = "secondary", schools: int = SCHOOLS, seed: int = 7
) -> tuple[Setting, ...]:
    return draw_settings(
        world, days(), schools=schools, pupils=PUPILS, phase=phase, mis=("sims", "arbor"), seed=seed
    )


def histories(
    world: World, *, phase: str = "secondary", schools: int = SCHOOLS, seed: int = 7
) -> tuple[History, ...]:
    """The histories of a small trust: by default 2 schools of 500 pupils over 2023/24 and 2024/25."""
    key = repr((world, phase, schools, seed))
    if key not in _HISTORIES:
        trust = settings(world, phase, schools, seed)
        _HISTORIES[key] = tuple(make_history(trust, n, days(), world, seed) for n in range(schools))
    return _HISTORIES[key]


def events(world: World) -> pd.DataFrame:
    """Negative events of all pupils involved, with the pupil's characteristics beside."""
    parts = []
    for history in histories(world):
        rows = history.events
        rows = rows[(rows["kind"] < len(NEGATIVE)) & (rows["role"] == 1)]
        parts.append(rows.join(history.people, on="pupil").assign(urn=history.setting.urn))
    return pd.concat(parts, ignore_index=True)


def suspensions(world: World) -> pd.DataFrame:
    parts = [
        h.suspensions.assign(urn=h.setting.urn, day=h.suspensions["start"] // 2) for h in histories(world)
    ]
    return pd.concat(parts, ignore_index=True)


def count_suspensions(world: World) -> int:
    return len(suspensions(world))


def risk_ratio(hit: np.ndarray, group: np.ndarray) -> float:
    """How much more often ``hit`` holds inside the group than outside."""
    return float(hit[group].mean() / max(hit[~group].mean(), 1e-9))
