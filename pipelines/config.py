"""Settings of training and judging a model: `defaults.toml` here, overlaid by the home's `belong.toml`."""

import copy
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from data_contracts.errors import Refused

OPEN_TABLES = ("support_places.schools", "baselines")  # whose keys are names, not settings
Unclear = Literal["allow", "block", "point"]
RULES = get_args(Unclear)


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    if not pair[0] <= pair[1]:
        raise ValueError
    return pair


Bounds = Annotated[tuple[float, float], AfterValidator(_in_order)]


@dataclass(frozen=True)
class Outcome:
    """The outcome to predict, one of `names`; `lost_sessions` is the number of lost sessions from which it
    counts."""

    name: str
    column: str
    lost_sessions: int
    names: Mapping[str, str]


@dataclass(frozen=True)
class Population:
    phase: str
    leave_out: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    candidates: tuple[str, ...]
    max_cells: int
    least_cell_rows: int
    terms: int
    offset_terms: int
    selection_margin: float


@dataclass(frozen=True)
class Events:
    train: int
    calibrate: int
    test: int
    primary: int


@dataclass(frozen=True)
class SupportPlaces:
    share: float
    least: int
    not_suspended_share: float
    schools: Mapping[str, int]


@dataclass(frozen=True)
class Explaining:
    reasons: int
    strengths: int
    least_contribution: float


@dataclass(frozen=True)
class Bootstrap:
    repeats: int


@dataclass(frozen=True)
class Validation:
    pupils_apart: bool
    schools_apart: bool
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Gates:
    """Bounds for promotion; `unclear` says what "not enough to tell" does, by kind of gate."""

    group_observed_over_expected: Bounds
    precision_over_abc: float
    ap_over_baselines: float
    ap_over_serving: float
    auc: float
    not_suspended_auc: float
    calibration_slope: Bounds
    calibration_slope_not_suspended: Bounds
    observed_over_expected: Bounds
    quarantined_share: float
    one_indicator_auc: float
    later_share: float
    unclear: Mapping[str, Unclear]


@dataclass(frozen=True)
class Drift:
    psi_warn: float
    psi_stop: float
    rate_ratio_stop: float


class Points(NamedTuple):
    """The points that an indicator of at least so much is worth."""

    indicator: str
    at_least: float
    points: float


@dataclass(frozen=True)
class Baseline:
    """A plain points rule."""

    label: str
    rules: tuple[Points, ...]


@dataclass(frozen=True)
class Config:
    """The settings, section by section; `as_dict` is what a manifest keeps."""

    outcome: Outcome
    population: Population
    training: Training
    events: Events
    support_places: SupportPlaces
    explanation: Explaining
    bootstrap: Bootstrap
    validation: Validation
    gates: Gates
    drift: Drift
    baselines: Mapping[str, Baseline]
    source: Mapping[str, Any] = field(repr=False)

    @classmethod
    def load(cls, home_toml: Path | None = None, overrides: Mapping[str, Any] | None = None) -> "Config":
        """Defaults, overlaid by `home_toml` (if it exists) and by `overrides` (nested dict).

        Raises Refused for unreadable TOML, an unknown key or a value of the wrong type.
        """
        settings = _defaults()
        if home_toml is not None and home_toml.exists():
            _overlay(settings, _read(home_toml), home_toml.name)
        _overlay(settings, overrides or {}, "the settings given")
        return cls.from_dict(settings)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "Config":
        """A config from the nested dict, as a manifest keeps it; what an older one lacks is the default.

        Raises Refused for bounds the wrong way round and for rules of gates that do not exist.
        """
        settings = _named(_completed(settings))
        baselines = {
            name: {"label": name} | rule if isinstance(rule, dict) else rule
            for name, rule in settings["baselines"].items()
        }
        try:
            return TypeAdapter(cls).validate_python({**settings, "baselines": baselines, "source": settings})
        except ValidationError as error:
            raise _refused(error.errors()[0]) from None

    def as_dict(self) -> dict[str, Any]:
        return copy.deepcopy(dict(self.source))

    def places(self, scored_roll: int) -> int:
        """Support places a school has for that many scored pupils, unless it has set its own number."""
        chosen = max(self.support_places.least, math.ceil(self.support_places.share * scored_roll))
        return min(chosen, scored_roll)

    def places_for(self, scored_rolls: Mapping[str, int]) -> dict[str, int]:
        """Support places by school, from the number of scored pupils by school."""
        own = self.support_places.schools
        return {
            school: min(int(own[school]), n) if school in own else self.places(n)
            for school, n in scored_rolls.items()
        }


def _defaults() -> dict[str, Any]:
    return tomllib.loads(resources.files("pipelines").joinpath("defaults.toml").read_text("utf-8"))


def _completed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with defaults for keys they lack; rules and schools named are only their own."""
    whole = _defaults()
    for name, values in whole.items():
        if name in settings:
            whole[name] = settings[name] if name in OPEN_TABLES else {**values, **settings[name]}
    return copy.deepcopy(whole)


def _named(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with the chosen outcome's own name where none was given."""
    outcome = settings["outcome"]
    if outcome["column"] not in outcome["names"]:
        raise Refused(
            f"There is no outcome '{outcome['column']}'.", hint=f"Use one of {', '.join(outcome['names'])}."
        )
    outcome["name"] = outcome["name"] or outcome["names"][outcome["column"]]
    return settings


def _refused(wrong: ErrorDetails) -> Refused:
    """One thing wrong, as a person says it."""
    path, value = ".".join(str(part) for part in wrong["loc"]), wrong["input"]
    if path.startswith("baselines."):
        return Refused(
            f"The baseline '{wrong['loc'][1]}' is not written as a points rule.",
            hint="Give label and rules = [{ indicator = …, at_least = …, points = … }].",
        )
    if path.startswith("gates.unclear."):
        return Refused(f"{path} is '{value}', which is no rule.", hint=f"Use one of {', '.join(RULES)}.")
    if path.startswith("gates."):
        return Refused(f"gates.{wrong['loc'][1]} must be two numbers, the lower one first.")
    return Refused(f"'{path}' is {value!r}.", hint=f"{wrong['msg']}.")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(
            f"{path.name} can't be read as TOML: {error}.", hint="Correct the line named and try again."
        ) from None


def _overlay(settings: dict[str, Any], changes: Mapping[str, Any], source: str, at: str = "") -> None:
    for key, value in changes.items():
        path = f"{at}.{key}" if at else key
        if at in OPEN_TABLES:
            settings[key] = value
        elif key not in settings:
            known = ", ".join(sorted(settings))
            raise Refused(
                f"{source} sets '{path}', which does not exist.", hint=f"Here one may set: {known}."
            )
        elif isinstance(settings[key], dict):
            if not isinstance(value, Mapping):
                raise Refused(f"{source}: '{path}' must be a table.", hint=f"Write it as [{path}].")
            _overlay(settings[key], value, source, path)
        elif not _same_type(settings[key], value):
            wanted = type(settings[key]).__name__
            raise Refused(f"{source}: '{path}' is {value!r}, which is not a {wanted}.")
        else:
            settings[key] = value


def _same_type(old: Any, new: Any) -> bool:
    numbers = (int, float)
    if isinstance(old, bool) or isinstance(new, bool):
        return isinstance(old, bool) and isinstance(new, bool)
    if isinstance(old, float):
        return isinstance(new, numbers)
    return isinstance(new, type(old))
