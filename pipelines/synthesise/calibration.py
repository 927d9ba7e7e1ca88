"""Calibration targets of each phase of the made world; ``targets.csv`` names the published figure behind
each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Groups = Mapping[str, float]
"""Factor by group: keys are ``characteristic:value``, such as ``sex:M``, ``ethnicity:Black``, ``fsm:T``."""


def groups(**factors: float) -> Groups:
    return MappingProxyType({key.replace("__", ":"): value for key, value in factors.items()})


@dataclass(frozen=True)
class Rates:
    """One phase's calibration targets; ``docs/synthetic-world.md`` names the published figure behind each."""

    years: tuple[int, ...]
    """National Curriculum years taught, 0 is Reception."""
    suspensions_per_100: float
    """Suspensions per 100 pupils a year, all schools together."""
    incidents_per_pupil: float
    """Negative incidents per pupil a year, before recorders leave some out."""
    praise_per_pupil: float
    """Positive events per pupil a year."""
    absence: float
    """Share of sessions missed through absence spells (part days and study leave come on top)."""
    absence_spread: float
    """Standard deviation of the log of a pupil's own absence level: makes persistent absence."""
    trait_spread: float
    """Standard deviation of the log of a pupil's own incident level: makes the heavy tail."""
    permanent_share: float
    """Permanent exclusions for each suspension."""
    year_factor: Mapping[int, float]
    """Incident level by NC year."""
    group_factor: Groups
    """Incident level by group: true need, not bias (``sen`` here is latent need, recorded or not)."""
    absence_factor: Groups
    """Absence level by group."""
    year_absence: Mapping[int, float]
    """Absence level by NC year."""
    sen_support_need: float
    """Share of pupils whose true need is of SEN-support size."""
    plan_need: float
    """Share of pupils whose true need is of plan (EHCP) size."""
    free_meals: float
    """Mean share of pupils eligible for free school meals; schools differ round it."""
    study_leave_days: int = 0
    """School days of study leave before Year 11 leaves on the last Friday in June."""


SECONDARY = Rates(
    years=(7, 8, 9, 10, 11),
    suspensions_per_100=19.8,
    incidents_per_pupil=8.5,
    praise_per_pupil=8.0,
    absence=0.065,
    absence_spread=1.0,
    trait_spread=1.75,
    permanent_share=0.0055,
    year_factor=MappingProxyType({7: 0.72, 8: 1.03, 9: 1.22, 10: 1.36, 11: 0.94}),
    group_factor=groups(sex__M=1.22, sex__F=0.78, sen__K=4.1, sen__E=3.6, fsm__T=2.2),
    absence_factor=groups(fsm__T=1.6, sen__K=1.3, sen__E=1.4),
    year_absence=MappingProxyType({7: 0.80, 8: 0.96, 9: 1.05, 10: 1.12, 11: 1.10}),
    sen_support_need=0.175,
    plan_need=0.028,
    free_meals=0.25,
    study_leave_days=10,
)

PRIMARY = Rates(
    years=(0, 1, 2, 3, 4, 5, 6),
    suspensions_per_100=1.8,
    incidents_per_pupil=1.6,
    praise_per_pupil=5.0,
    absence=0.042,
    absence_spread=0.8,
    trait_spread=1.75,
    permanent_share=0.012,
    year_factor=MappingProxyType({0: 0.3, 1: 0.65, 2: 0.8, 3: 1.0, 4: 1.15, 5: 1.35, 6: 1.5}),
    group_factor=groups(sex__M=1.6, sex__F=0.4, sen__K=10.0, sen__E=15.0, fsm__T=1.9),
    absence_factor=groups(fsm__T=1.6, sen__K=1.25, sen__E=1.5),
    year_absence=MappingProxyType({0: 1.1, 1: 1.0, 2: 0.97, 3: 0.96, 4: 0.97, 5: 1.0, 6: 1.0}),
    sen_support_need=0.155,
    plan_need=0.025,
    free_meals=0.24,
)
