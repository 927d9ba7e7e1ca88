"""The schools of a trust side by side, in name order: for asking what differs, never a league table."""

from collections import defaultdict
from dataclasses import dataclass

from data_contracts import calendar
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.records import lake_store
from service.schools import SchoolLine, in_order
from service.setting import setting_store
from service.setting.compared import rate
from service.setting.measures import MEASURES, Measure
from service.setting.setting_rows import SettingFactRow
from service.setting.view import a_year_before

NO_RECORDS = "no_records"


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """One school: its figure this term and the same term last year, and in each term there is, the oldest
    first; None where not known."""

    urn: str
    name: str
    now: float | None
    last_year: float | None
    terms: tuple[float | None, ...]
    from_totals: bool


@dataclass(frozen=True, slots=True)
class MeasureBeside:
    """One measure at every school."""

    name: str
    words: str
    unit: str
    digits: int
    schools: tuple[SchoolFigures, ...]


@dataclass(frozen=True, slots=True)
class TrustView:
    """The reader's schools in one term and in all. `without_records` names schools with weeks in which nothing
    at all was recorded: there, fewer records may only mean less recording."""

    term: str
    last_year: str | None
    terms: tuple[str, ...]
    measures: tuple[MeasureBeside, ...]
    without_records: tuple[tuple[str, int], ...]


Whole = dict[tuple[str, str, str], SettingFactRow]


def side_by_side(caller: Caller, tx: Transaction, schools: list[SchoolLine], term: str) -> TrustView:
    """The reader's schools beside each other; an audited read of each school's setting."""
    check(caller.reader, "trust.read")
    last_year = a_year_before(term)
    terms = in_order(lake_store.loaded_terms(tx, *caller.reader.schools))
    facts: Whole = {}
    weeks: dict[str, int] = defaultdict(int)
    for fact in setting_store.whole_schools(tx, caller.reader.schools, {term, last_year or term, *terms}):
        if fact.grouping == "all":
            facts[fact.school, fact.term, fact.measure] = fact
        elif fact.term == term and fact.name == NO_RECORDS:
            weeks[fact.school] = int(fact.amount)
    for school in schools:
        caller.record(tx, Event.SETTING_READ, school=school.urn, term=term)
    return TrustView(
        calendar.term(term).id,
        last_year,
        tuple(terms),
        tuple(_beside(measure, schools, facts, term, last_year, terms) for measure in MEASURES),
        tuple((school.name, weeks[school.urn]) for school in schools if weeks[school.urn]),
    )


def _beside(
    measure: Measure,
    schools: list[SchoolLine],
    facts: Whole,
    term: str,
    last_year: str | None,
    terms: list[str],
) -> MeasureBeside:
    def figure(urn: str, when: str | None) -> float | None:
        return rate(measure, facts.get((urn, when or "", measure.name)))

    figures = tuple(
        SchoolFigures(
            school.urn,
            school.name,
            figure(school.urn, term),
            figure(school.urn, last_year),
            tuple(figure(school.urn, each) for each in terms),
            _totals(facts.get((school.urn, term, measure.name))),
        )
        for school in schools
    )
    return MeasureBeside(measure.name, measure.words, measure.unit, measure.digits, figures)


def _totals(fact: SettingFactRow | None) -> bool:
    return fact is not None and fact.source == "totals"
