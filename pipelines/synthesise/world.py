"""The parameters of the made world: every mechanism behind a name, and worlds in which one is turned over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from data_contracts.errors import Refused
from pipelines.synthesise.calibration import PRIMARY, SECONDARY, Groups, Rates, groups

CHARACTERISTICS = ("sex", "ethnicity", "fsm", "in_care", "eal", "sen")
CHANCES = frozenset(
    {
        "sen_recorded_at_entry", "sen_never_recorded", "shock_rate", "recording", "support_rate", "support_works",
        "fight_partners",
    }
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """One made world. Frozen: another is ``replace(world, parameter=...)``; ``presets`` has those with names.

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
    sen_recording_gap: Groups = field(default_factory=lambda: groups(sex__F=1.5, eal__T=1.4))
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
    recording_bias: Groups = field(default_factory=groups)
    """Factor on the chance that a subjective incident is written down."""
    severity_bias: Groups = field(default_factory=groups)
    """Chance that an incident is written down one step more severe than it was."""
    sanction_bias: Groups = field(default_factory=groups)
    """Factor on the chance that an incident ends in a suspension."""

    # 5. A behaviour policy, a head, or the MIS changes in mid-history.
    mis_change: bool = False
    """True: the schools whose way of logging changes go over to the next MIS on that day."""
    last_year_factor: float = 1.0
    """Factor on the chance of suspension everywhere in the last school year (1 off)."""
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
    """How much each recently recorded incident adds to the chance of suspension after the next (0 off)."""

    # 7. Support given to those worst off, working for some.
    support_rate: float = 0.01
    """Chance a day that support begins for a pupil with several recently recorded incidents (0 off)."""
    support_works: float = 0.5
    """Share of pupils for whom support works."""
    support_effect: float = 1.2
    """Standard deviations of need that 60 days of support take away where it works (0 off)."""

    # 8. Informative leaving.
    leaving_share: float = 0.006
    """Share of pupils a year who leave by managed move or for home education; need raises it (0 off)."""
    off_site_share: float = 0.004
    """Share of pupils a year directed off site for some weeks; need raises it."""

    # 9. Internal suspension in place of suspension.
    internal_share: float = 0.15
    """Share of removals that stay inside; schools lie between none and twice this (0 off)."""

    # 10. Fights: one incident, several suspensions.
    fight_partners: float = 0.4
    """Chance that a second pupil is suspended for the same fight (0 off)."""

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

    dual_share: float = 0.002
    """Share of pupils a year who become dual registered; need raises it."""

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
    overturned_share: float = 0.005
    """Share of suspensions overturned 30 to 60 school days later, when the MIS overwrites the record."""
    overwritten: bool = False
    """True: also write ``overwritten/``, each term's suspensions as the MIS gives them at the very end."""

    # 15. A planted leak.
    leak: bool = False
    """True: the pupils extract has a column that knows who is suspended in the next term."""

    # Files.
    clerical_slips: int = 4
    """Typing mistakes planted in each school's files each term, all listed in ``truth/slips.csv`` (0 off)."""
    movements: bool = False
    """True: also write a movements extract."""

    # The counter-world in which a points rule is all there is.
    points_rule: bool = False
    """True: points for absence, incidents and suspensions alone decide who is suspended next term."""

    def __post_init__(self) -> None:
        """Refused for parameters with which no world can be made."""
        for name, value in vars(self).items():
            if isinstance(value, Mapping):
                _check_groups(name, value, most=1.0 if name == "severity_bias" else float("inf"))
            elif name == "need_memory" and not value > 0:
                raise Refused("A world's need_memory is a number of school days above 0.")
            elif isinstance(value, int | float) and not isinstance(value, bool):
                most = 1.0 if name.endswith("_share") or name in CHANCES else float("inf")
                if not 0 <= value <= most or value == float("inf"):
                    raise Refused(
                        f"A world's {name} can't be {value}.",
                        hint=f"Use a number from 0{' to 1' if most == 1 else ' on'}.",
                    )

    @staticmethod
    def pure_noise() -> World:
        """Nothing recorded says anything about who is suspended next: gates must refuse."""
        calm = World(
            policy_change=1.0, recording_change=1.0, suspension_to_absence=1.0, suspension_to_need=0.0
        )
        return replace(
            calm,
            secondary=_without_differences(calm.secondary, 12.5),
            primary=_without_differences(calm.primary, 1.6),
            need_to_attendance=0.0,
            need_to_behaviour=0.0,
            unmet_need=0.0,
            escalation=0.0,
            strictness_spread=0.0,
            culture_spread=0.0,
            recording_spread=0.0,
            support_rate=0.0,
            leaving_share=0.0,
            internal_share=0.0,
            fight_partners=0.0,
            term_factor=(1.0, 1.0, 1.0),
        )

    @staticmethod
    def abc_is_truth() -> World:
        """A points rule is the whole truth: the model must not claim more."""
        return World(points_rule=True)

    @staticmethod
    def base_rate_halves() -> World:
        """Half as many suspensions in the last school year: scoring must pause."""
        return World(last_year_factor=0.5)

    @staticmethod
    def no_bias() -> World:
        """No group is treated differently at equal behaviour: audits must stay silent at their stated rate."""
        return World(sen_recording_gap=groups())

    @staticmethod
    def recording_bias_only() -> World:
        """One group's subjective incidents are written down more often: must not be called fair."""
        return replace(World.no_bias(), recording=0.45, recording_bias=groups(ethnicity__Black=1.8))

    @staticmethod
    def severity_bias_only() -> World:
        """One group's incidents are written down as more severe."""
        return replace(World.no_bias(), severity_bias=groups(ethnicity__Black=0.35))

    @staticmethod
    def sanction_bias_only() -> World:
        """One group is suspended more readily for the same incident."""
        return replace(World.no_bias(), sanction_bias=groups(ethnicity__Black=1.8))

    @staticmethod
    def planted_leak() -> World:
        """The pupils extract has a column that knows the future."""
        return World(leak=True)

    def rates(self, phase: str) -> Rates:
        """The calibration of ``phase`` ('secondary' or 'primary')."""
        return self.primary if phase == "primary" else self.secondary

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``world.json``."""
        return {name: _plain(value) for name, value in asdict(_unproxied(self)).items()}


def _check_groups(name: str, factors: Mapping[str, float], most: float) -> None:
    for key, factor in factors.items():
        if key.partition(":")[0] not in CHARACTERISTICS or ":" not in key:
            raise Refused(
                f"A world's {name} names '{key}', which is no group.",
                hint=f"Write characteristic:value with one of {', '.join(CHARACTERISTICS)}.",
            )
        if not 0 <= factor <= most or factor == float("inf"):
            raise Refused(f"A world's {name} for {key} can't be {factor}.")


def _without_differences(rates: Rates, suspensions_per_100: float) -> Rates:
    flat = MappingProxyType(dict.fromkeys(rates.years, 1.0))
    return replace(
        rates,
        trait_spread=0.0,
        year_factor=flat,
        group_factor=groups(),
        suspensions_per_100=suspensions_per_100,
    )


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
