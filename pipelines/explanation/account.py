"""The account of one pupil: at most three themes as reasons, the largest first, and what is going well.

It is put together once, when a list is published, and kept as codes with their arguments; sentences are made
when it is shown, for whoever reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from model.additive import SCHOOL
from model.indicator import Indicator
from pipelines.explanation.rows import Records
from pipelines.explanation.stories import Pupil, Said, Story, Values, stories, within
from pipelines.explanation.themes import THEMES, declared, theme_of, theme_sums
from pipelines.explanation.told import Kind
from pipelines.explanation.weeks import (
    Week,
    counted_incidents,
    missed,
    monday,
    took_out,
    weeks_of,
    whole_suspensions,
)
from pipelines.explanation.well import going_well

MOST_REASONS = 3
"""However many a configuration asks for: nobody takes in more, and each costs the child another sentence."""

OTHER_WINDOWS = ("half_term", "year", "last_year", "ever")


@dataclass(frozen=True, slots=True)
class Reason:
    """A theme that raised the figure. `contribution` (log-odds) is the exact sum of its indicators'."""

    story: Story
    contribution: float
    leading: str

    @property
    def theme(self) -> str:
        """Its theme's name."""
        return self.story.theme


@dataclass(frozen=True, slots=True)
class Account:
    """The statements about a pupil. `reasons` the largest first, each theme once; `others` the further
    themes."""

    reasons: tuple[Reason, ...]
    well: tuple[Said, ...]
    others: tuple[Story, ...] = ()
    weeks: tuple[Week, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The account as stored with a score: codes and arguments, no sentence and no figure."""
        return {
            "reasons": [_kept(one.story) | {"leading": one.leading} for one in self.reasons],
            "well": [_kept_said(one) for one in self.well],
            "weeks": [[week.monday.isoformat(), week.possible, week.missed, week.incidents, week.suspended]
                      for week in self.weeks],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], contributions: Mapping[str, float]) -> "Account":
        """The account from its stored form, with each theme's contribution taken from the score again."""
        reasons = tuple(
            Reason(_story(one), contributions.get(one["theme"], 0.0), one["leading"])
            for one in kept["reasons"]
        )
        weeks = tuple(
            Week(date.fromisoformat(day), possible, lost, 0, incidents, 0, suspended)
            for day, possible, lost, incidents, suspended in kept["weeks"]
        )
        return cls(reasons, tuple(_said(one) for one in kept["well"]), weeks=weeks)


def account_of(
    manifest: Mapping[str, Any], score: Mapping[str, Any], records: Records, pupil: Pupil
) -> Account:
    """The account of one scored pupil (a row of `ScoreResult.frame` or of the table of scores)."""
    told = stories(records, pupil)
    weeks = weeks_of(records, _year_start(records), records.as_of)
    if score.get("abstained") or score.get("contributions") is None:
        return Account((), going_well(records, told), tuple(told.values()), weeks)
    reasons = _reasons(manifest, score, told, records)
    themes = {one.theme for one in reasons}
    well = going_well(records, told, themes, score.get("flag_list"))
    others = tuple(story for theme, story in told.items() if theme not in themes)
    return Account(tuple(reasons), well, others, weeks)


def contributions_by_theme(manifest: Mapping[str, Any], contributions: Sequence[float]) -> dict[str, float]:
    """A score's contributions summed by theme, the school's among them, largest first."""
    return theme_sums([declared(one) for one in manifest["indicators"]], contributions)


def _reasons(
    manifest: Mapping[str, Any], score: Mapping[str, Any], told: Mapping[str, Story], records: Records
) -> list[Reason]:
    """The themes that raise by at least `least_contribution`, largest first, at most `reasons` of them."""
    limits = manifest["config"]["explanation"]
    indicators = [declared(one) for one in manifest["indicators"]]
    *parts, _school = score["contributions"]
    found: list[Reason] = []
    for theme, whole in theme_sums(indicators, score["contributions"]).items():
        if whole < limits["least_contribution"] or not THEMES[theme].reason or theme == SCHOOL:
            continue
        leading = _leading(theme, indicators, score["values"], parts)
        if leading is None:
            continue
        indicator, value = leading
        story = told.get(theme)
        if story is None and theme == "moves" and records.roll:
            continue  # the roll says that nothing moved: that is no reason to name
        story = story or _from_value(theme, indicator, value)
        found.append(Reason(_with_window(story, indicator, records), whole, indicator.name))
    return found[: min(limits["reasons"], MOST_REASONS)]


def _leading(
    theme: str, indicators: Sequence[Indicator], values: Sequence[float | None], parts: Sequence[float]
) -> tuple[Indicator, float] | None:
    """The theme's indicator that raised most among those that are known and may be told."""
    inside = [
        (part, one, value)
        for one, value, part in zip(indicators, values, parts, strict=True)
        if theme_of(one) == theme and value is not None and not one.retired
    ]
    if not inside:
        return None
    _part, indicator, value = max(inside, key=lambda each: each[0])
    return indicator, value


def _from_value(theme: str, indicator: Indicator, value: float) -> Story:
    """A theme whose records are not kept: the sentence of its leading indicator stands alone."""
    said = Said(Kind.headline, "indicator", {"sentence": indicator.said(value)})
    return Story(theme, Values(None, None, None), (said,))


def _with_window(story: Story, indicator: Indicator, records: Records) -> Story:
    """The story, and where its leading indicator looks at another window than the term, that window too."""
    window = indicator.window
    if window not in OTHER_WINDOWS:
        return story
    value = _over(story.theme, records, window)
    if value is None:
        return story
    said = Said(Kind.headline, "over", {"theme": story.theme, "window": window, "value": value})
    return replace(story, said=(story.said[0], said, *story.said[1:]))


def _over(theme: str, records: Records, window: str) -> float | None:
    """A theme's own figure over a window; None where it has none."""
    inside = within(records, window)
    if theme in ("attendance", "lateness"):
        marks = [mark for mark in records.marks or () if mark.possible and inside(mark.on)]
        if not marks or window == "ever":
            return None
        if theme == "attendance":
            return 1 - sum(map(missed, marks)) / len(marks)
        return sum(mark.category == "late" or mark.code == "U" for mark in marks)
    rows_of: dict[str, Sequence[Any]] = {
        "behaviour": counted_incidents(records),
        "time_out": [one for one in records.incidents if took_out(one)],
        "suspensions": whole_suspensions(records),
    }
    n = sum(inside(row.on) for row in rows_of.get(theme, ()))
    return n or None


def _year_start(records: Records) -> date:
    inside = within(records, "year")
    days = [mark.on for mark in records.marks or () if inside(mark.on)]
    days += [one.on for one in records.incidents if inside(one.on)]
    return monday(min(days, default=records.as_of))


def _kept(story: Story) -> dict[str, Any]:
    values = story.values
    return {
        "theme": story.theme,
        "values": [values.now, values.last_term, values.last_year, values.share],
        "said": [_kept_said(one) for one in story.said],
    }


def _kept_said(one: Said) -> dict[str, Any]:
    plain = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in one.arguments.items()
    }
    return {"kind": str(one.kind), "code": one.code, "arguments": plain}


def _story(kept: Mapping[str, Any]) -> Story:
    now, last_term, last_year, share = kept["values"]
    return Story(kept["theme"], Values(now, last_term, last_year, share), tuple(map(_said, kept["said"])))


def _said(kept: Mapping[str, Any]) -> Said:
    return Said(Kind(kept["kind"]), kept["code"], kept["arguments"])
