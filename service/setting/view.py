"""This term at a school, beside its own past terms, the trust and published figures; small numbers suppressed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data_contracts import calendar
from service.audit import Event
from service.callers import Caller
from service.db import setting_store
from service.db.engine import Transaction
from service.db.setting_rows import SettingFactRow
from service.permissions import check
from service.reads import terms_of
from service.reads.schools import known_school

FEWEST = 10
"""Fewer pupils than this are never shown as a group."""
MOST_ROWS = 8

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """How one measure is said: its words, its unit, and how many of the base its figure is out of."""

    name: str
    words: str
    unit: str
    per: float
    digits: int


MEASURES = (
    Measure("absence", "Sessions missed", "in every 100", 100, 1),
    Measure("late", "Sessions pupils came late to", "in every 100", 100, 1),
    Measure("incidents", "Behaviour records", "for every 100 pupils", 100, 0),
    Measure("positive", "Positive records", "for every 100 pupils", 100, 0),
    Measure("suspensions", "Suspensions and permanent exclusions", "for every 100 pupils", 100, 1),
    Measure("sessions_lost", "Sessions lost to suspension", "for every 100 pupils", 100, 0),
)
GROUPINGS = (
    ("lesson", "In which lessons behaviour was recorded"),
    ("weekday", "On which days"),
    ("hour", "At what time"),
    ("type", "What was recorded"),
)
ANY = "any"
PUBLISHED: dict[tuple[str, str, str], tuple[float, str]] = {
    ("secondary", "absence", ANY): (8.9, "England, secondary schools, 2023/24"),
    ("primary", "absence", ANY): (5.5, "England, primary schools, 2023/24"),
    ("secondary", "suspensions", "autumn"): (8.2, "England, secondary schools, autumn term 2023/24"),
    ("primary", "suspensions", "autumn"): (0.8, "England, primary schools, autumn term 2023/24"),
}
"""By (phase, measure, season): what the Department for Education published, and for when.

The same phase is compared, and nothing is adjusted for poverty, ethnicity or SEN: that would make it normal.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: this term, the term before, the same term last year, the trust, and what is published."""

    words: str
    unit: str
    digits: int
    now: float | None
    before: float | None
    last_year: float | None
    trust: float | None
    published: float | None
    source: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group's figure this term and the term before; None where too few pupils stand behind it."""

    name: str
    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One way to cut the term."""

    caption: str
    unit: str
    digits: int
    lines: tuple[GroupLine, ...]


@dataclass(frozen=True, slots=True)
class SettingView:
    """What changed in our school."""

    school: str
    school_name: str
    term: str
    before: str | None
    lines: tuple[Line, ...]
    years: tuple[GroupTable, ...]
    groups: tuple[GroupTable, ...]


def setting_view(caller: Caller, tx: Transaction, school: str, term: str) -> SettingView:
    """The setting of a school and term. NotAllowed outside the reader's scope."""
    check(caller.reader, "setting.read", school)
    row = known_school(tx, school)
    loaded = terms_of(caller, tx, school, published=False)
    before = calendar.previous_term(term).id
    last_year = _a_year_before(term)
    wanted = [each for each in (term, before, last_year) if each]
    own = _indexed(setting_store.facts(tx, {school}, wanted))
    trust = _trust(setting_store.facts(tx, caller.reader.schools, [term]), school)
    caller.record(tx, Event.SETTING_READ, school=school, term=term)
    now, then, season = own[term], own[before], calendar.term(term).season
    return SettingView(
        school,
        row.name,
        term,
        before if before in loaded else None,
        tuple(_line(m, (row.phase, season), (now, then, own[last_year or ""]), trust) for m in MEASURES),
        tuple(
            _table(m, "year", f"{m.words}, by year group", now, then) for m in MEASURES if m.name != "late"
        ),
        tuple(_table(MEASURES[2], grouping, caption, now, then) for grouping, caption in GROUPINGS),
    )


def _line(
    measure: Measure,
    phase_and_season: tuple[str, str],
    terms: Sequence[dict[Key, SettingFactRow]],
    trust: dict[str, float],
) -> Line:
    """A measure's line; `terms` are this term, the one before, and the same season a year before."""
    key = (measure.name, "all", "Everyone")
    phase, season = phase_and_season
    known = PUBLISHED.get((phase, measure.name, ANY)) or PUBLISHED.get((phase, measure.name, season))
    now, before, last_year = (_rate(measure, facts.get(key), whole=True) for facts in terms)
    return Line(
        words=measure.words,
        unit=measure.unit,
        digits=measure.digits,
        now=now,
        before=before,
        last_year=last_year,
        trust=trust.get(measure.name),
        published=known[0] if known else None,
        source=known[1] if known else "",
    )


def _table(
    measure: Measure,
    grouping: str,
    caption: str,
    now: dict[Key, SettingFactRow],
    before: dict[Key, SettingFactRow],
) -> GroupTable:
    """The groups of one grouping; year groups in order, others by how much they hold, the rest left out."""
    rows = [fact for (name, group, _), fact in now.items() if name == measure.name and group == grouping]
    in_order = sorted(rows, key=lambda fact: (_place(fact.name), fact.name))
    if grouping in ("lesson", "type"):
        in_order = sorted(rows, key=lambda fact: -fact.amount)[:MOST_ROWS]
    too_few = _too_few(rows, before)
    lines = tuple(
        GroupLine(
            _said(grouping, fact.name),
            None if fact.name in too_few else _rate(measure, fact),
            None if fact.name in too_few else _rate(measure, before.get((measure.name, grouping, fact.name))),
        )
        for fact in in_order
    )
    return GroupTable(caption, measure.unit, measure.digits, lines)


def _too_few(rows: Sequence[SettingFactRow], before: dict[Key, SettingFactRow]) -> set[str]:
    """The groups to suppress: those with too few pupils in either term, and, where that is only one, the
    next smallest as well, or the one could be had by subtraction from the whole."""

    def fewest(fact: SettingFactRow) -> int:
        earlier = before.get((fact.measure, fact.grouping, fact.name))
        return min(fact.pupils, earlier.pupils if earlier else fact.pupils)

    smallest_first = sorted(rows, key=fewest)
    few = {fact.name for fact in smallest_first if fewest(fact) < FEWEST}
    if len(few) == 1:
        few |= {fact.name for fact in smallest_first[:2]}
    return few


def _rate(measure: Measure, fact: SettingFactRow | None, *, whole: bool = False) -> float | None:
    """A fact as a rate; None where nothing is known, or where fewer than ten pupils stand behind it.

    The whole school's figure needs ten pupils on roll, not ten pupils who did something.
    """
    if fact is None or not fact.base or (not whole and fact.pupils < FEWEST):
        return None
    return measure.per * fact.amount / fact.base


def _trust(facts: Iterable[SettingFactRow], school: str) -> dict[str, float]:
    """The rates of the reader's other schools together; nothing where there is no other."""
    amounts: defaultdict[str, float] = defaultdict(float)
    bases: defaultdict[str, float] = defaultdict(float)
    for fact in facts:
        if fact.grouping == "all" and fact.school != school:
            amounts[fact.measure] += fact.amount
            bases[fact.measure] += fact.base
    per = {measure.name: measure.per for measure in MEASURES}
    return {name: per[name] * amounts[name] / base for name, base in bases.items() if base and name in per}


def _indexed(facts: Sequence[SettingFactRow]) -> defaultdict[str, dict[Key, SettingFactRow]]:
    found: defaultdict[str, dict[Key, SettingFactRow]] = defaultdict(dict)
    for fact in facts:
        found[fact.term][fact.measure, fact.grouping, fact.name] = fact
    return found


def _a_year_before(term_id: str) -> str | None:
    year, season = term_id.split("-")
    earlier = f"{int(year) - 1}-{season}"
    return earlier if any(term.id == earlier for term in calendar.TERMS) else None


ORDER = {name: place for place, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))}


def _place(name: str) -> float:
    digits = "".join(each for each in name if each.isdigit())
    return float(ORDER[name]) if name in ORDER else float(digits or 0)


def _said(grouping: str, name: str) -> str:
    return name.replace("_", " ").capitalize() if grouping == "type" else name
