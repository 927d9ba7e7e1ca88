"""Worlds by name: the default one, and counter-worlds in which one thing is turned over."""

from __future__ import annotations

from collections.abc import Callable

from data_contracts.errors import Refused
from pipelines.synthesise.world import World

PRESETS: dict[str, Callable[[], World]] = {
    "default": World,
    "pure_noise": World.pure_noise,
    "abc_is_truth": World.abc_is_truth,
    "base_rate_halves": World.base_rate_halves,
    "no_bias": World.no_bias,
    "recording_bias_only": World.recording_bias_only,
    "severity_bias_only": World.severity_bias_only,
    "sanction_bias_only": World.sanction_bias_only,
    "planted_leak": World.planted_leak,
}


def named_world(name: str) -> World:
    """The preset of that name; Refused with the list of names when there is none."""
    if name not in PRESETS:
        raise Refused(f"There is no world called '{name}'.", hint=f"Use one of {', '.join(PRESETS)}.")
    return PRESETS[name]()
