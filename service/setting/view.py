"""This term at a school, beside its own past terms, the trust and published figures; small numbers hidden."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from data_contracts import calendar
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.schools import known_school
from service.setting import setting_store
from service.setting.compared import Compared, GroupLine, indexed
from service.setting.facts import STUDY_LEAVE
from service.setting.measures import BY_NAME, BY_YEAR, GROUPINGS, MEASURES, PRACTICE, Measure
from service.setting.published import Figures, Published, figures_of, oldest
from service.setting.sessions import study_leave_from
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import Key, Sight, sight_of
from service.setting.weeks import Grid, WeekLine, grid, school_year_terms, week_lines

MOST_ROWS = 8
ORDER = {name: place for place, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))}


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: this term, the term before, the same term last year, the trust, and what is published.

    `source` says what sessions were counted from; counts are told to those who may see them.
    """

    name: str
    words: str
    unit: str
    digits: int
    now: float | None
    before: float | None
    last_year: float | None
    trust: float | None
    published: Published | None
    source: str = ""
    count: int | None = None
    count_last_year: int | None = None


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
    last_year: str | None
    lines: tuple[Line, ...]
    years: tuple[GroupTable, ...]
    groups: tuple[GroupTable, ...]
    practice: tuple[GroupLine, ...]
    study_leave: tuple[GroupLine, ...]
    study_leave_from: date | None
    weeks: tuple[WeekLine, ...]
    grid: Grid | None
    oldest: Published | None
    sees_counts: bool


def setting_view(caller: Caller, tx: Transaction, school: str, term: str) -> SettingView:
    """The setting of a school and term. NotAllowed outside the reader's scope."""
    check(caller.reader, "setting.read", school)
    row = known_school(tx, school)
    before, last_year = calendar.previous_term(term).id, a_year_before(term)
    wanted = [each for each in (term, before, last_year) if each]
    by_week = [each for part in school_year_terms(term) for each in part]
    facts = setting_store.facts_beside(tx, school, wanted, caller.reader.schools, term, by_week)
    own = indexed(fact for fact in facts if fact.school == school)
    caller.record(tx, Event.SETTING_READ, school=school, term=term)
    place = _Place(school, row.name, term, row.phase, figures_of(caller.deployment.home.path))
    trust = _trust(fact for fact in facts if fact.school != school)
    return _view(place, own, trust, sight_of(caller.reader, school))


@dataclass(frozen=True, slots=True)
class _Place:
    """A school and term, and the published figures that belong beside it."""

    school: str
    name: str
    term: str
    phase: str
    figures: Figures

    def published(self, measure: Measure, year: str = "") -> Published | None:
        """The figure for England; none of all pupils for a year group."""
        season = calendar.term(self.term).season
        return self.figures.of(self.phase, measure.name, season, year.removeprefix("Year "))


def _view(
    place: _Place,
    own: Mapping[str, dict[Key, SettingFactRow]],
    trust: Mapping[str, float],
    sight: Sight,
) -> SettingView:
    term = place.term
    before, last_year = calendar.previous_term(term).id, a_year_before(term)
    compared = Compared([own.get(each or "", {}) for each in (term, before, last_year)], sight)
    lines = tuple(_line(measure, place, compared, trust) for measure in MEASURES)
    years = tuple(_by_year(measure, place, compared) for measure in BY_YEAR)
    shown = [line.published for line in lines] + [line.published for table in years for line in table.lines]
    return SettingView(
        school=place.school,
        school_name=place.name,
        term=term,
        before=before if compared.terms[1] else None,
        last_year=last_year if compared.terms[2] else None,
        lines=lines,
        years=years,
        groups=tuple(
            _table(BY_NAME[name], grouping, caption, compared) for name, grouping, caption in GROUPINGS
        ),
        practice=_practice(compared),
        study_leave=_study_leave(compared),
        study_leave_from=study_leave_from(term),
        weeks=week_lines(term, own, sight),
        grid=grid(compared.terms[0], sight),
        oldest=oldest(shown, now().date()),
        sees_counts=sight.everybody,
    )


def _line(measure: Measure, place: _Place, compared: Compared, trust: Mapping[str, float]) -> Line:
    """A measure of the whole school: it needs ten pupils on roll, not ten pupils who did something."""
    whole = compared.line(measure, "all", "Everyone")
    return Line(
        name=measure.name,
        words=measure.words,
        unit=measure.unit,
        digits=measure.digits,
        now=whole.now,
        before=whole.before,
        last_year=whole.last_year,
        trust=trust.get(measure.name),
        published=place.published(measure),
        source=compared.source(measure),
        count=whole.count,
        count_last_year=whole.count_last_year,
    )


def _by_year(measure: Measure, place: _Place, compared: Compared) -> GroupTable:
    """A measure by year group, each beside what was published for the same phase and year group."""
    lines = tuple(
        compared.line(measure, "year", name, place.published(measure, name))
        for name in _names(measure, "year", compared)
    )
    caption = f"{measure.words} by year group"
    return GroupTable(measure.name, "year", caption, measure.unit, measure.digits, lines)


def _table(measure: Measure, grouping: str, caption: str, compared: Compared) -> GroupTable:
    """The groups of one grouping; year groups, days and hours in order, others by how much they hold."""
    lines = tuple(compared.line(measure, grouping, name) for name in _names(measure, grouping, compared))
    return GroupTable(measure.name, grouping, caption, measure.unit, measure.digits, lines)


def _names(measure: Measure, grouping: str, compared: Compared) -> list[str]:
    rows = [
        fact for (name, cut, _), fact in compared.terms[0].items() if (name, cut) == (measure.name, grouping)
    ]
    if grouping in ("lesson", "type", "reason"):
        rows = sorted(rows, key=lambda fact: (-fact.amount, fact.name))[:MOST_ROWS]
    else:
        rows.sort(key=lambda fact: (_order(fact.name), fact.name))
    return [fact.name for fact in rows]


def _study_leave(compared: Compared) -> tuple[GroupLine, ...]:
    """Absence of the exam years after their timetable ends, told apart from the school's."""
    measure = BY_NAME["absence"]
    return tuple(compared.line(measure, STUDY_LEAVE, name) for name in _names(measure, STUDY_LEAVE, compared))


def _practice(compared: Compared) -> tuple[GroupLine, ...]:
    """How the school recorded, in the three terms."""
    lines = []
    for name, words in PRACTICE:
        facts = [terms.get(("practice", "practice", name)) for terms in compared.terms]
        now_, before, last_year = (None if fact is None else fact.amount for fact in facts)
        if now_ is not None:
            lines.append(GroupLine(words, now_, before, last_year))
    return tuple(lines)


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


def a_year_before(term_id: str) -> str | None:
    """The same season's term a year before, if the calendar holds it."""
    year, season = term_id.split("-")
    earlier = f"{int(year) - 1}-{season}"
    return earlier if any(term.id == earlier for term in calendar.TERMS) else None


def _order(name: str) -> float:
    digits = "".join(each for each in name if each.isdigit())
    return float(ORDER[name]) if name in ORDER else float(digits or 0)
