"""A school's facts in three terms beside each other, each figure shown, kept back or not known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from service.setting.measures import OF_SESSIONS, Measure, group_words
from service.setting.published import Published
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import NOBODY, Key, Sight, hidden

When = Literal["now", "before", "last_year"]
WHEN: tuple[When, ...] = ("now", "before", "last_year")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group's figure this term, the term before and a year ago. None where nothing is known, and in the
    terms of `kept_back` where too few pupils stand behind it. Counts are told to those who may see them."""

    name: str
    now: float | None
    before: float | None
    last_year: float | None
    published: Published | None = None
    count: int | None = None
    count_last_year: int | None = None
    kept_back: frozenset[str] = frozenset()

    def of(self, when: When) -> float | None:
        """The figure of one of the three terms."""
        figures: Mapping[str, float | None] = {
            "now": self.now, "before": self.before, "last_year": self.last_year,
        }  # fmt: skip
        return figures[when]


class Compared:
    """The facts of a term, of the one before and of the same season a year before, as one reader sees them."""

    def __init__(self, terms: Iterable[dict[Key, SettingFactRow]], sight: Sight = NOBODY) -> None:
        self.terms = tuple(terms)
        self.sight = sight
        self.hidden = tuple(hidden(facts.values(), sight) for facts in self.terms)

    def line(
        self, measure: Measure, grouping: str, name: str, published: Published | None = None
    ) -> GroupLine:
        """One group's figures in the three terms."""
        key = (measure.name, grouping, name)
        kept_back = frozenset(
            when for place, when in enumerate(WHEN) if self._known(place, measure) and self._kept(place, key)
        )
        now, before, last_year = (
            None if when in kept_back else self._figure(place, measure, key)
            for place, when in enumerate(WHEN)
        )
        counts = self.sight.everybody or (grouping == "year" and name in self.sight.years)
        return GroupLine(
            group_words(grouping, name), now, before, last_year, published,
            self._count(0, measure, key) if counts else None,
            self._count(2, measure, key) if counts else None,
            kept_back,
        )  # fmt: skip

    def source(self, measure: Measure) -> str:
        """What this term's sessions were counted from."""
        fact = self.terms[0].get((measure.name, "all", "Everyone"))
        return fact.source if fact is not None else ""

    def _known(self, place: int, measure: Measure) -> bool:
        return (measure.name, "all", "Everyone") in self.terms[place]

    def _kept(self, place: int, key: Key) -> bool:
        """A group without any record is a small one too; year groups stand with all that are on roll."""
        missing = key not in self.terms[place] and _none_is_zero(key)
        return key in self.hidden[place] or (missing and not self.sight.everybody)

    def _figure(self, place: int, measure: Measure, key: Key) -> float | None:
        facts = self.terms[place]
        if key not in facts and _none_is_zero(key) and self._known(place, measure):
            return 0.0
        return rate(measure, facts.get(key))

    def _count(self, place: int, measure: Measure, key: Key) -> int | None:
        if not self._known(place, measure):
            return None
        fact = self.terms[place].get(key)
        if fact is None:
            return 0 if _none_is_zero(key) else None
        return round(fact.amount)


def _none_is_zero(key: Key) -> bool:
    """Whether a group that is not there has nothing: a lesson without a record, but no year group that was not
    on roll and no session that was not marked."""
    return key[1] not in ("all", "year") and key[0] not in OF_SESSIONS


def rate(measure: Measure, fact: SettingFactRow | None) -> float | None:
    """A fact as a rate; None where nothing is known."""
    if fact is None or not fact.base:
        return None
    return measure.per * fact.amount / fact.base


def indexed(facts: Iterable[SettingFactRow]) -> dict[str, dict[Key, SettingFactRow]]:
    """Facts by term, then by measure, grouping and name."""
    found: dict[str, dict[Key, SettingFactRow]] = {}
    for fact in facts:
        found.setdefault(fact.term, {})[fact.measure, fact.grouping, fact.name] = fact
    return found
