"""Themes: what a person is told about. Each indicator belongs to one, and a theme's contribution is their sum.

In an additive model the sum over a group of inputs is the Shapley value of the group, so a theme is as exact
as an indicator. An indicator's declaration says which theme it belongs to (`Indicator.theme`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.additive import SCHOOL
from model.indicator import Indicator
from pipelines.indicators.catalogue import catalogue


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme's name and heading. `reason`: whether it may stand as a reason about a child."""

    name: str
    label: str
    reason: bool


THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        Theme("attendance", "Attendance", True),
        Theme("lateness", "Lateness", True),
        Theme("behaviour", "Behaviour", True),
        Theme("time_out", "Time out of lessons", True),
        Theme("suspensions", "Suspensions", True),
        Theme("sen", "Special educational needs", True),
        Theme("moves", "Joining and moving school", True),
        Theme("praise", "Praise", False),
        Theme("year_group", "Year group", False),
        Theme(SCHOOL, "The school as a whole", False),
    )
}
"""Praise is told under "going well" alone; year group and school are where a child is, not a reason about one."""

_OF_FAMILY = {
    "attendance": "attendance",
    "behaviour": "behaviour",
    "lost_learning": "suspensions",
    "sen": "sen",
}


def declared(data: Mapping[str, Any]) -> Indicator:
    """An indicator of a manifest as this release declares it; one that it no longer knows as the manifest does.

    A model of an earlier release is so told in today's words, and its contributions stand under today's themes.
    """
    known = _by_name().get(str(data["name"]))
    return known if known is not None else Indicator.from_dict(dict(data))


def theme_of(indicator: Indicator) -> str:
    """The theme an indicator belongs to."""
    return indicator.theme or _OF_FAMILY[indicator.family]


def theme_sums(indicators: Sequence[Indicator], contributions: Sequence[float]) -> dict[str, float]:
    """Contributions (log-odds; the school's last) summed by theme, largest first."""
    sums: dict[str, float] = {}
    for theme, part in zip([*map(theme_of, indicators), SCHOOL], contributions, strict=True):
        sums[theme] = sums.get(theme, 0.0) + part
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def families(manifest: Mapping[str, Any], contributions: Sequence[float]) -> dict[str, float]:
    """Contributions summed by family of indicators (and the school), largest first: calibration has one slope
    for each family."""
    sums: dict[str, float] = {}
    kinds = [one["family"] for one in manifest["indicators"]]
    for family, part in zip([*kinds, SCHOOL], contributions, strict=True):
        sums[family] = sums.get(family, 0.0) + part
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _by_name() -> Mapping[str, Indicator]:
    return {one.name: one for one in catalogue()}
