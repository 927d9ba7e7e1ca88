"""This term at a school, beside its own past terms, the trust and published figures; small numbers hidden."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from data_contracts import calendar
from data_contracts.codes import code_set
from service.audit import Event
from service.callers import Caller
from service.db import setting_store
from service.db.engine import Transaction
from service.db.setting_rows import SettingFactRow
from service.permissions import check
from service.reads.schools import known_school
from service.setting.published import Published, published
from service.setting.small_numbers import Key, hidden

MOST_ROWS = 8


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
BY_NAME = {measure.name: measure for measure in MEASURES}
BY_YEAR = tuple(measure for measure in MEASURES if measure.name != "late")
GROUPINGS = (
    ("incidents", "lesson", "In which lessons behaviour was recorded"),
    ("incidents", "weekday", "On which days"),
    ("incidents", "hour", "At what time"),
    ("incidents", "type", "What was recorded"),
    ("suspensions", "reason", "Why pupils were suspended: the first reason given"),
)
PRACTICE = (
    ("no_records", "School weeks without any behaviour record"),
    ("with_place", "Records that name the lesson or the time, of 100"),
    ("positive_share", "Positive records, of 100"),
    ("kinds", "Kinds of record in use"),
)
"""How a school writes things down. A change here can look like a change in behaviour."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: this term, the term before, the same term last year, the trust, and what is published."""

    name: str
    words: str
    unit: str
    digits: int
    now: float | None
    before: float | None
    last_year: float | None
    trust: float | None
    published: Published | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group's figure this term, the term before and a year ago; None where too few pupils stand behind
    it or nothing is known."""

    name: str
    now: float | None
    before: float | None
    last_year: float | None
    published: Published | None = None


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One way to cut the term."""

    measure: str
    grouping: str
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
    practice: tuple[GroupLine, ...]


@dataclass(frozen=True)
class Compared:
    """The facts of a term, of the one before and of the same season a year before, with what is hidden."""

    terms: tuple[dict[Key, SettingFactRow], ...]
    hidden: tuple[set[Key], ...]

    def line(self, measure: Measure, grouping: str, name: str) -> GroupLine:
        """One group's figures in the three terms; None where hidden or not known."""
        key = (measure.name, grouping, name)
        now, before, last_year = (
            None if key in kept_back else _rate(measure, facts.get(key))
            for facts, kept_back in zip(self.terms, self.hidden, strict=True)
        )
        return GroupLine(group_words(grouping, name), now, before, last_year)


def setting_view(caller: Caller, tx: Transaction, school: str, term: str) -> SettingView:
    """The setting of a school and term. NotAllowed outside the reader's scope."""
    check(caller.reader, "setting.read", school)
    row = known_school(tx, school)
    before, last_year = calendar.previous_term(term).id, _a_year_before(term)
    wanted = [each for each in (term, before, last_year) if each]
    facts = setting_store.facts_beside(tx, school, wanted, caller.reader.schools, term)
    own = _indexed(fact for fact in facts if fact.school == school)
    trust = _trust(fact for fact in facts if fact.school != school)
    caller.record(tx, Event.SETTING_READ, school=school, term=term)
    three = tuple(own[each] for each in (term, before, last_year or ""))
    compared = Compared(three, tuple(hidden(each.values()) for each in three))
    place = (row.phase, calendar.term(term).season)
    return SettingView(
        school,
        row.name,
        term,
        before if own[before] else None,
        tuple(_line(measure, place, compared, trust) for measure in MEASURES),
        tuple(_by_year(measure, place, compared) for measure in BY_YEAR),
        tuple(_table(BY_NAME[name], grouping, caption, compared) for name, grouping, caption in GROUPINGS),
        _practice(compared),
    )


def _line(measure: Measure, place: tuple[str, str], compared: Compared, trust: Mapping[str, float]) -> Line:
    """A measure of the whole school: it needs ten pupils on roll, not ten pupils who did something."""
    key = (measure.name, "all", "Everyone")
    now, before, last_year = (_rate(measure, facts.get(key)) for facts in compared.terms)
    phase, season = place
    return Line(
        name=measure.name,
        words=measure.words,
        unit=measure.unit,
        digits=measure.digits,
        now=now,
        before=before,
        last_year=last_year,
        trust=trust.get(measure.name),
        published=published(phase, measure.name, season),
    )


def _by_year(measure: Measure, place: tuple[str, str], compared: Compared) -> GroupTable:
    """A measure by year group, each beside what was published for the same phase and year group."""
    table = _table(measure, "year", f"{measure.words}, by year group", compared)
    phase, season = place
    lines = tuple(
        GroupLine(
            line.name,
            line.now,
            line.before,
            line.last_year,
            published(phase, measure.name, season, line.name.removeprefix("Year ")),
        )
        for line in table.lines
    )
    return GroupTable(measure.name, "year", table.caption, table.unit, table.digits, lines)


def _table(measure: Measure, grouping: str, caption: str, compared: Compared) -> GroupTable:
    """The groups of one grouping; year groups, days and hours in order, others by how much they hold."""
    rows = [
        fact for (name, cut, _), fact in compared.terms[0].items() if (name, cut) == (measure.name, grouping)
    ]
    if grouping in ("lesson", "type", "reason"):
        rows = sorted(rows, key=lambda fact: (-fact.amount, fact.name))[:MOST_ROWS]
    else:
        rows.sort(key=lambda fact: (_place(fact.name), fact.name))
    lines = tuple(compared.line(measure, grouping, fact.name) for fact in rows)
    return GroupTable(measure.name, grouping, caption, measure.unit, measure.digits, lines)


def _practice(compared: Compared) -> tuple[GroupLine, ...]:
    """How the school recorded, in the three terms."""
    lines = []
    for name, words in PRACTICE:
        facts = [terms.get(("practice", "practice", name)) for terms in compared.terms]
        now, before, last_year = (None if fact is None else fact.amount for fact in facts)
        if now is not None:
            lines.append(GroupLine(words, now, before, last_year))
    return tuple(lines)


def _rate(measure: Measure, fact: SettingFactRow | None) -> float | None:
    """A fact as a rate; None where nothing is known."""
    if fact is None or not fact.base:
        return None
    return measure.per * fact.amount / fact.base


def _trust(facts: Iterable[SettingFactRow]) -> dict[str, float]:
    """The rates of the reader's other schools together; nothing where there is no other."""
    amounts: defaultdict[str, float] = defaultdict(float)
    bases: defaultdict[str, float] = defaultdict(float)
    for fact in facts:
        amounts[fact.measure] += fact.amount
        bases[fact.measure] += fact.base
    return {
        name: BY_NAME[name].per * amounts[name] / base
        for name, base in bases.items()
        if base and name in BY_NAME
    }


def _indexed(facts: Iterable[SettingFactRow]) -> defaultdict[str, dict[Key, SettingFactRow]]:
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


CODES = {"type": "behaviour_types", "reason": "exclusion_reasons"}
LONG_NAMES = ("Persistent or general disruptive", "Persistent disruptive")


def group_words(grouping: str, name: str) -> str:
    """A group's name as a person says it; codes become their labels."""
    codes = code_set(CODES[grouping]) if grouping in CODES else None
    if codes is None or name not in codes:
        return name.replace("_", " ").capitalize() if grouping in CODES else name
    label = codes[name].label
    for long in LONG_NAMES:
        label = label.replace(long, "Disruptive")
    return label
