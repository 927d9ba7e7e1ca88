"""The parameters of the made world: every mechanism behind a name, and worlds in which one is turned over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from data_contracts.errors import Refused

Groups = Mapping[str, float]
"""Factor by group: keys are ``characteristic:value``, such as ``sex:M``, ``ethnicity:Black``, ``fsm:T``."""


def _groups(**factors: float) -> Groups:
    return MappingProxyType({key.replace("__", ":"): value for key, value in factors.items()})


@dataclass(frozen=True)
class Rates:
    """What one phase is calibrated to; ``docs/synthetic-world.md`` names the published figure behind each."""

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
    absence=0.063,
    absence_spread=1.0,
    trait_spread=1.75,
    permanent_share=0.0055,
    year_factor=MappingProxyType({7: 0.72, 8: 1.03, 9: 1.22, 10: 1.36, 11: 0.90}),
    group_factor=_groups(sex__M=1.22, sex__F=0.78, sen__K=3.9, sen__E=3.6, fsm__T=2.2),
    absence_factor=_groups(fsm__T=1.6, sen__K=1.3, sen__E=1.4),
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
    group_factor=_groups(sex__M=1.6, sex__F=0.4, sen__K=10.0, sen__E=15.0, fsm__T=1.9),
    absence_factor=_groups(fsm__T=1.6, sen__K=1.25, sen__E=1.5),
    year_absence=MappingProxyType({0: 1.1, 1: 1.0, 2: 0.97, 3: 0.96, 4: 0.97, 5: 1.0, 6: 1.0}),
    sen_support_need=0.155,
    plan_need=0.025,
    free_meals=0.24,
)


@dataclass(frozen=True)
class World:
    """One made world. Frozen: a different world is ``replace(world, parameter=...)``; the name says the mechanism.

    Times are in school days. Factors multiply a rate, 1 (or 0 where said) turns the mechanism off.
    """

    secondary: Rates = SECONDARY
    primary: Rates = PRIMARY

    # 1. Latent need is not recorded SEN: recording comes late, and unequally by group.
    sen_recorded_at_entry: float = 0.62
    """Share of pupils in need whose SEN is on record when they join."""
    sen_never_recorded: float = 0.14
    """Share of pupils with support-sized need that no record will ever show."""
    sen_recording_days: float = 150.0
    """Mean school days until the others' need is recorded."""
    sen_recording_gap: Groups = field(default_factory=lambda: _groups(sex__F=1.5, eal__T=1.4))
    """Factor on those days by group: unequal recording of equal need."""
    unmet_need: float = 0.35
    """How much steeper behaviour follows need while a SEN-sized need is unrecorded (interaction; 0 off)."""

    # 2. Attendance slips, then behaviour, with a lag.
    need_memory: float = 150.0
    """Days over which a pupil's need returns to their own usual level (mean reversion)."""
    need_to_attendance: float = 0.5
    """Log absence level per standard deviation of today's need."""
    need_to_behaviour: float = 0.7
    """Log incident level per standard deviation of need as it was ``behaviour_lag`` days ago."""
    behaviour_lag: float = 20.0
    """Days by which behaviour follows need; attendance follows at once."""
    shock_rate: float = 0.0025
    """Chance a day of something happening in a pupil's life."""
    shock_size: float = 1.6
    """Standard deviations of need such an event adds; it fades with ``need_memory``."""

    # 3. Recorders and schools differ in what they write down.
    recording: float = 0.7
    """Share of incidents without a suspension that are written down, in a school like most."""
    recording_spread: float = 0.35
    """Standard deviation of the log of that share between schools (0 off)."""

    # 4. Bias, each kind with its own switch; empty is off.
    recording_bias: Groups = field(default_factory=_groups)
    """Factor on the chance that a subjective incident is written down."""
    severity_bias: Groups = field(default_factory=_groups)
    """Chance that an incident is written down one step more severe than it was."""
    sanction_bias: Groups = field(default_factory=_groups)
    """Factor on the chance that an incident ends in a suspension."""

    # 5. A behaviour policy, a head, or the MIS changes in mid-history.
    policy_change: float = 1.5
    """Factor on strictness from the policy's day on, in schools that change (1 off)."""
    policy_change_share: float = 0.34
    """Share of schools whose policy changes (rounded, from 2 schools on at least one)."""
    recording_change: float = 0.65
    """Factor on recording in the schools whose way of logging changes (1 off)."""

    # 6. A suspension causes later absence and incidents.
    suspension_to_need: float = 0.25
    """Standard deviations of need a suspension adds (0 off)."""
    suspension_to_absence: float = 1.5
    """Factor on absence in the 20 school days after a suspension (1 off)."""
    escalation: float = 0.3
    """How much each recently recorded incident adds to the chance that the next ends in suspension (0 off)."""

    # 11. A hot lesson, weekdays, terms.
    hot_lesson: float = 1.8
    """Factor on incidents in each school's hot lesson (1 off)."""
    friday: float = 1.15
    """Factor on incidents and absence on Fridays (1 off)."""
    term_factor: tuple[float, float, float] = (0.77, 1.11, 1.12)
    """Incident level in the autumn, spring and summer term."""

    # 12. Joiners with unknown past, moves within the trust, part-time timetables.
    joiner_share: float = 0.03
    """Share of a year group replaced by in-year joiners each year (as many leave)."""
    move_share: float = 0.003
    """Share of pupils a year who move to another school of the trust."""
    part_time_share: float = 0.004
    """Share of pupils a year who are put on a part-time timetable for some weeks."""

    # 13. A heavy tail between schools.
    strictness_spread: float = 0.75
    """Standard deviation of the log of schools' readiness to suspend (0 off)."""
    culture_spread: float = 0.2
    """Standard deviation of the log of schools' incident level (0 off)."""

    lunchtime_share: float = 0.01
    """Share of suspensions that are for the lunch break only."""

    # 14. Late-entered and cancelled suspensions.
    late_entered_share: float = 0.06
    """Share of suspensions entered 5 to 40 school days after they began."""
    cancelled_share: float = 0.02
    """Share of suspensions cancelled within days, and three times that of permanent exclusions reinstated."""

    def rates(self, phase: str) -> Rates:
        """The calibration of ``phase`` ('secondary' or 'primary')."""
        return self.primary if phase == "primary" else self.secondary

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``world.json``."""
        return {name: _plain(value) for name, value in asdict(_unproxied(self)).items()}


PRESETS: dict[str, World] = {"default": World()}
"""Worlds by name."""


def named_world(name: str) -> World:
    """The preset of that name; Refused with the list of names when there is none."""
    if name not in PRESETS:
        raise Refused(f"There is no world called '{name}'.", hint=f"Use one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _unproxied(item: Any) -> Any:
    """The same dataclass with plain dicts, which ``asdict`` can copy."""
    changes: dict[str, Any] = {}
    for name, value in vars(item).items():
        if isinstance(value, Rates):
            changes[name] = _unproxied(value)
        elif isinstance(value, MappingProxyType):
            changes[name] = dict(value)
    return replace(item, **changes)
