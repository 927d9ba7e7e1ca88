"""The school year week by week, over last year's; and when in the week behaviour is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from data_contracts import calendar
from service.setting.compared import rate
from service.setting.facts import WEEKDAYS
from service.setting.measures import WEEKLY, Measure
from service.setting.sessions import monday_of
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import CELLS, Key, Sight, hidden

ByTerm = Mapping[str, Mapping[Key, SettingFactRow]]
SCHOOL_DAYS = WEEKDAYS[:5]
FEWEST_CELLS, FEWEST_RECORDS = 5, 5
"""With fewer hours to compare, or fewer records in one, nothing is said to stand out."""


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """One school week, and the same week of the school year before. None where not known, or kept back."""

    monday: date
    place: int
    now: float | None
    last_year: float | None
    kept_back: bool = False


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One measure by week: absence as a rate, the others as counts."""

    measure: str
    words: str
    unit: str
    digits: int
    points: tuple[WeekPoint, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Behaviour records by weekday and hour; None in a cell that is kept back."""

    days: tuple[str, ...]
    hours: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]


def school_year_terms(term_id: str) -> tuple[list[str], list[str]]:
    """The terms of a school year up to this one, and those of the year before, as far as the calendar goes."""
    term = calendar.term(term_id)
    this = [one for one in calendar.TERMS if one.year == term.year and one.start <= term.start]
    ids = [one.id for one in calendar.TERMS]
    earlier = [f"{one.start.year - 1}-{one.season}" for one in this]
    return [one.id for one in this], [one for one in earlier if one in ids]


def week_lines(term_id: str, own: ByTerm, sight: Sight) -> tuple[WeekLine, ...]:
    """Each measure's weeks; empty where no week of this school year is known."""
    this, earlier = school_year_terms(term_id)
    lines = []
    for measure in WEEKLY:
        now = _weeks(measure, this, own, sight)
        before = {place: value for place, (_, value, _) in _weeks(measure, earlier, own, sight).items()}
        points = tuple(
            WeekPoint(monday, place, value, before.get(place), kept)
            for place, (monday, value, kept) in sorted(now.items())
        )
        unit = measure.unit if measure.name == "absence" else "how many"
        digits = measure.digits if measure.name == "absence" else 0
        lines.append(WeekLine(measure.name, measure.words, unit, digits, points))
    return tuple(line for line in lines if line.points)


def _weeks(
    measure: Measure, terms: Sequence[str], own: ByTerm, sight: Sight
) -> dict[int, tuple[date, float | None, bool]]:
    """(Monday, figure, kept back) of each week of some terms of one school year, by its place in the year."""
    if not terms:
        return {}
    first = monday_of(calendar.term(terms[0]).start)
    found = {}
    for term in terms:
        facts = {key: fact for key, fact in own.get(term, {}).items() if key[:2] == (measure.name, "week")}
        kept_back = hidden(facts.values(), sight)
        for key, fact in facts.items():
            monday = date.fromisoformat(key[2])
            value = None if key in kept_back else _value(measure, fact)
            found[(monday - first).days // 7] = (monday, value, key in kept_back)
    return found


def _value(measure: Measure, fact: SettingFactRow) -> float | None:
    return rate(measure, fact) if measure.name == "absence" else fact.amount


def grid(facts: Mapping[Key, SettingFactRow], sight: Sight) -> Grid | None:
    """Weekday by hour; None where no record says its time. Hours with records alone are shown."""
    cells = {key: fact for key, fact in facts.items() if key[:2] == ("incidents", CELLS)}
    if not cells:
        return None
    kept_back = hidden(cells.values(), sight)
    hours = sorted({key[2].split(" ", 1)[1] for key in cells})
    days = [day for day in WEEKDAYS if day in SCHOOL_DAYS or any(key[2].startswith(day) for key in cells)]
    return Grid(
        tuple(days),
        tuple(hours),
        tuple(tuple(_cell(("incidents", CELLS, f"{day} {hour}"), cells, kept_back, sight) for day in days)
              for hour in hours),
    )  # fmt: skip


def _cell(key: Key, cells: Mapping[Key, SettingFactRow], kept_back: set[Key], sight: Sight) -> int | None:
    """A count; an empty cell is as small as any and shown to those alone who may see counts."""
    if key in kept_back or (key not in cells and not sight.everybody):
        return None
    return round(cells[key].amount) if key in cells else 0


def most_often(found: Grid | None) -> list[tuple[str, tuple[str, ...]]]:
    """(hour, days) with clearly more records than the rest, at most two hours, those with most records first."""
    if found is None:
        return []
    shown = [count for row in found.cells for count in row if count is not None]
    if len(shown) < FEWEST_CELLS:
        return []
    mean = sum(shown) / len(shown)
    least = max(FEWEST_RECORDS, mean + 2 * mean**0.5)
    clear = [
        (hour, [(day, count) for day, count in zip(found.days, row, strict=True) if (count or 0) > least])
        for hour, row in zip(found.hours, found.cells, strict=True)
    ]
    most = sorted((one for one in clear if one[1]), key=lambda one: -sum(count or 0 for _, count in one[1]))
    return [(hour, tuple(day for day, _ in days)) for hour, days in most[:2]]
