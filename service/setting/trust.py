"""The schools of a trust side by side, in name order: for asking what differs, never a league table."""

from collections import defaultdict
from dataclasses import dataclass

from data_contracts import calendar
from service.audit import Event
from service.callers import Caller
from service.db import setting_store
from service.db.engine import Transaction
from service.db.setting_rows import SettingFactRow
from service.permissions import check
from service.reads import SchoolLine
from service.setting.view import MEASURES, Measure

NO_RECORDS = "no_records"


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """One school: its figure this term and the term before; None where nothing is loaded."""

    urn: str
    name: str
    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class MeasureBeside:
    """One measure at every school."""

    words: str
    unit: str
    digits: int
    schools: tuple[SchoolFigures, ...]


@dataclass(frozen=True, slots=True)
class TrustView:
    """The reader's schools in one term. `without_records` names schools with weeks in which nothing at all
    was written down: there, fewer records may only mean less recording."""

    term: str
    before: str
    measures: tuple[MeasureBeside, ...]
    without_records: tuple[tuple[str, int], ...]


Whole = dict[tuple[str, str, str], SettingFactRow]


def side_by_side(caller: Caller, tx: Transaction, schools: list[SchoolLine], term: str) -> TrustView:
    """The reader's schools beside each other; an audited read of each school's setting."""
    check(caller.reader, "trust.read")
    before = calendar.previous_term(term).id
    facts: Whole = {}
    weeks: dict[str, int] = defaultdict(int)
    for fact in setting_store.whole_schools(tx, caller.reader.schools, (term, before)):
        if fact.grouping == "all":
            facts[fact.school, fact.term, fact.measure] = fact
        elif fact.term == term and fact.name == NO_RECORDS:
            weeks[fact.school] = int(fact.amount)
    for school in schools:
        caller.record(tx, Event.SETTING_READ, school=school.urn, term=term)
    return TrustView(
        term,
        before,
        tuple(_beside(measure, schools, facts, (term, before)) for measure in MEASURES),
        tuple((school.name, weeks[school.urn]) for school in schools if weeks[school.urn]),
    )


def _beside(
    measure: Measure, schools: list[SchoolLine], facts: Whole, terms: tuple[str, str]
) -> MeasureBeside:
    now, before = terms
    figures = tuple(
        SchoolFigures(
            school.urn,
            school.name,
            _rate(measure, facts.get((school.urn, now, measure.name))),
            _rate(measure, facts.get((school.urn, before, measure.name))),
        )
        for school in schools
    )
    return MeasureBeside(measure.words, measure.unit, measure.digits, figures)


def _rate(measure: Measure, fact: SettingFactRow | None) -> float | None:
    return measure.per * fact.amount / fact.base if fact is not None and fact.base else None
