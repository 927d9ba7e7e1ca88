"""Latent need: what moves under the records, seen in attendance at once and in behaviour some weeks later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.synthesise.world import World

MOVE_STRESS = 0.5
"""Standard deviations of need with which a pupil who changes school begins."""

SUPPORT_DAYS = 60
"""School days for which support is given."""


@dataclass
class Need:
    """Need per pupil, in standard deviations round each pupil's own usual level."""

    now: np.ndarray
    lagged: np.ndarray
    """Need as behaviour follows it."""

    @classmethod
    def begin(cls, people: pd.DataFrame, rng: np.random.Generator) -> Need:
        now = rng.standard_normal(len(people)) + MOVE_STRESS * people["joined_late"].to_numpy()
        return cls(now=now, lagged=0.9 * now)

    def step(self, world: World, rng: np.random.Generator) -> None:
        """One school day."""
        keep, spread, drift = day_constants(world)
        shock = (rng.random(self.now.shape) < world.shock_rate) * world.shock_size
        self.now = keep * self.now + spread * rng.standard_normal(self.now.shape) + shock - drift
        self.lagged = self.lagged + (self.now - self.lagged) / max(world.behaviour_lag, 1.0)

    def support(self, active: np.ndarray, world: World) -> None:
        """A day of support that works, for the pupils it reaches (booleans)."""
        self.now[active] -= world.support_effect / SUPPORT_DAYS

    def add(self, pupils: np.ndarray, size: float) -> None:
        """Something happened to these pupils (indices)."""
        self.now[pupils] += size


def day_constants(world: World) -> tuple[float, float, float]:
    """(share kept, spread of the daily noise, mean of the shocks) that give need variance 1 and mean 0."""
    keep = float(np.exp(-1.0 / world.need_memory))
    shock_variance = world.shock_rate * world.shock_size**2 / (1 - keep**2)
    spread = float(np.sqrt(max(1.0 - shock_variance, 0.05) * (1 - keep**2)))
    return keep, spread, world.shock_rate * world.shock_size
