"""The oracle: each pupil's true chance of the outcome next term, given the latent state at the as-of date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.synthesise.conduct import RECENT_DAYS, Conduct, mean_chance
from pipelines.synthesise.days import Days
from pipelines.synthesise.need import Need, day_constants
from pipelines.synthesise.world import World

PATHS = 24
"""Futures drawn for each pupil, half of them mirror images of the others."""
STRIDE = 5
"""School days in one step of a future."""


@dataclass(frozen=True)
class State:
    """Latent state of one school's pupils on the evening of ``day``; arrays have one entry per pupil."""

    day: int
    need: np.ndarray
    lagged: np.ndarray
    recent: np.ndarray
    on_roll: np.ndarray
    unmet: np.ndarray
    ruled: np.ndarray | None = None
    """Chance of suspension a day next term where the points rule is the whole truth."""


@dataclass(frozen=True)
class Oracle:
    """The parts that stay fixed while one school's futures are drawn."""

    days: Days
    world: World
    conduct: Conduct
    presence: np.ndarray
    """Usual share of days in school, per pupil."""
    year_level: Callable[[int], np.ndarray]
    """Incident factor by NC year on a day index, per pupil."""
    leave: np.ndarray
    """Planned last day on roll, per pupil."""

    def risk(self, state: State, window: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """Chance of at least one suspension started in ``window`` (day indices); NaN if not on roll.

        Averages 1 - exp(-hazard) over drawn futures of need in which nothing has happened yet.
        """
        if state.ruled is not None:
            hazard = state.ruled * self.presence * (window[1] - window[0]) * (1 - self.world.cancelled_share)
            return np.where(state.on_roll & (self.leave >= window[0]), 1 - np.exp(-hazard), np.nan)
        half = rng.standard_normal((-(-(window[1] - state.day) // STRIDE), PATHS // 2, len(state.need)))
        noise = np.concatenate([half, -half], axis=1)
        need, lagged = (np.tile(part, (PATHS, 1)) for part in (state.need, state.lagged))
        recent = np.tile(state.recent, (PATHS, 1))
        hazard = np.zeros_like(need)
        stays_out = 1 - self.conduct.setting.internal
        for step in range(noise.shape[0]):
            day = min(state.day + STRIDE * step, window[1] - 1)
            need, lagged = self._drift(need, lagged, noise[step])
            rate = self._rate(day, need, lagged, state)
            chance = self.conduct.strictness(day) * mean_chance() * self.conduct.sanction * stays_out
            inside = min(day + STRIDE, window[1]) - max(day, window[0])
            still_here = self.leave >= day
            hazard += max(inside, 0) * rate * chance * self.conduct.escalated(recent) * still_here
            fade = np.exp(-STRIDE / RECENT_DAYS)
            recent = fade * recent + (1 - fade) * RECENT_DAYS * rate * self.conduct.recorded_share(day)
        risk = (1 - np.exp(-hazard * (1 - self.world.cancelled_share))).mean(axis=0)
        return np.where(state.on_roll & (self.leave >= window[0]), risk, np.nan)

    def _drift(
        self, need: np.ndarray, lagged: np.ndarray, noise: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        keep, _, _ = day_constants(self.world)
        kept = keep**STRIDE
        need = kept * need + np.sqrt(1 - kept**2) * noise
        follow = 1 - (1 - 1 / max(self.world.behaviour_lag, 1.0)) ** STRIDE
        return need, lagged + follow * (need - lagged)

    def _rate(self, day: int, need: np.ndarray, lagged: np.ndarray, state: State) -> np.ndarray:
        year = self.year_level(day)
        rate = self.conduct.rate(day, self.days, Need(need, lagged), state.unmet, year)
        return rate * self.presence


def truth_frame(
    people: pd.DataFrame,
    urn: str,
    days: Days,
    states: tuple[State, ...],
    oracle: Oracle,
    suspensions: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per pupil on roll at each as-of date but the last, whose future isn't made.

    Columns: upn, urn, term, as_of, risk, outcome (0/1, what then happened), need, trait, latent_sen, unmet.
    """
    parts = []
    for index, state in enumerate(states):
        if index + 1 == len(days.terms):
            break
        window = days.span(index + 1)
        risk = oracle.risk(state, window, rng)
        keep = state.on_roll
        part = pd.DataFrame(
            {
                "upn": people["upn"][keep],
                "urn": urn,
                "term": days.terms[index].id,
                "as_of": days.datetimes[state.day],
                "risk": risk[keep],
                "outcome": _outcome(suspensions, window, len(people))[keep],
                "need": state.need[keep],
                "trait": people["trait"][keep],
                "latent_sen": people["latent_sen"][keep],
                "unmet": state.unmet[keep],
            }
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _outcome(suspensions: pd.DataFrame, window: tuple[int, int], pupils: int) -> np.ndarray:
    """1 where a suspension or permanent exclusion that stood began inside the window."""
    counts = suspensions["category"].isin(["SUSP", "PERM"]) & ~suspensions["status"].isin(
        ["cancelled", "overturned"]
    )
    started = suspensions["start"] // 2
    inside = suspensions[counts & (started >= window[0]) & (started < window[1])]
    outcome = np.zeros(pupils)
    outcome[inside["pupil"].to_numpy(dtype=int)] = 1
    return outcome
