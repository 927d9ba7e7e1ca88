"""The suspensions, SEN rows and roll rows each value is made of."""

from data_contracts import calendar
from pipelines.explanation.counted import (
    SUSPENSIONS,
    Build,
    Counted,
    day_words,
    newest_first,
    number,
    place_row,
    school_days_ago,
    sen_row,
    suspension_row,
)
from pipelines.explanation.rows import Place, Records, SenRow, Suspension
from pipelines.indicators import days
from pipelines.indicators.roll import SETTLED_AFTER

RANKS = {"E": 2, "K": 1}
ROWS, SCHOOLS = ("SEN record", "SEN records"), ("earlier school", "earlier schools")
PLACES = ("place on a roll", "places on a roll")


def _stood(records: Records, window: str, *, lunch: bool = False) -> list[Suspension]:
    here = records.inside(window).suspensions
    return [one for one in here if one.counted and (one.category == "LNCH") == lunch]


def _suspensions(window: str, *, lunch: bool = False) -> Build:
    def build(records: Records, _value: float | None = None) -> Counted | None:
        rows = newest_first(map(suspension_row, _stood(records, window, lunch=lunch)))
        return Counted(rows, float(len(rows)), SUSPENSIONS)

    return build


def _sessions(records: Records, _value: float | None = None) -> Counted:
    rows = newest_first(suspension_row(one, amount=one.sessions or 0) for one in _stood(records, "year"))
    total = sum(row["amount"] for row in rows)
    said = f"{number(len(rows), SUSPENSIONS)}, {number(total, ('session', 'sessions'))}." if rows else ""
    return Counted(rows, float(total), SUSPENSIONS).sentence(said)


def _last(records: Records, _value: float | None = None) -> Counted:
    found = _stood(records, "ever")
    last = max((one.on for one in found), default=None)
    if last is None:
        return Counted((), None, SUSPENSIONS)
    ago = school_days_ago(records, last)
    rows = [suspension_row(one, school_days_ago=ago) for one in found if one.on == last]
    return Counted(newest_first(rows), float(ago), SUSPENSIONS)


def _rank(rows: list[SenRow]) -> int:
    return max((RANKS.get(one.provision, 0) for one in rows), default=0)


def _standing(records: Records) -> list[SenRow]:
    return [one for one in records.sen if one.standing]


def _provision(rank: int) -> Build:
    """1 where the highest provision that stands is this one; the rows are all that stand."""

    def build(records: Records, _value: float | None = None) -> Counted | None:
        rows = _standing(records)
        return Counted(newest_first(map(sen_row, rows)), float(_rank(rows) == rank), ROWS)

    return build


def _begun(records: Records, _value: float | None = None) -> Counted:
    rows = [sen_row(one) for one in records.inside("year").sen if RANKS.get(one.provision)]
    return Counted(newest_first(rows), float(bool(rows)), ROWS)


def _overdue(records: Records, _value: float | None = None) -> Counted:
    due = [(one.review, one) for one in _standing(records) if one.review and one.review < records.as_of]
    if not due:
        return Counted((), 0.0, ROWS)
    oldest = min(day for day, _ in due)
    ago = school_days_ago(records, oldest)
    rows = newest_first(sen_row(one, school_days_ago=ago) for day, one in due if day == oldest)
    return Counted(rows, float(ago), ROWS).sentence(f"A review was due on {day_words(oldest)}.")


def _not_assessed(records: Records, _value: float | None = None) -> Counted | None:
    rows = [one for one in _standing(records) if RANKS.get(one.provision)]
    if any(one.assessed is None for one in rows):
        return None
    waits = any(one.provision == "K" for one in rows) and not any(one.assessed for one in rows)
    return Counted(newest_first(map(sen_row, rows)), float(waits), ROWS)


def _place(records: Records) -> tuple[Place, Counted] | None:
    place = records.place()
    if place is None:
        return None
    row = place_row(place, calendar.term(place.term).start)
    return place, Counted((row,), None, PLACES)


def _year_group(records: Records, _value: float | None = None) -> Counted | None:
    if (found := _place(records)) is None:
        return None
    place, counted = found
    text = place.nc_year or ""
    return Counted(counted.rows, 0.0 if text == "R" else float(text) if text.isdigit() else None, PLACES)


def _since_joining(records: Records, _value: float | None = None) -> Counted | None:
    if (found := _place(records)) is None or found[0].entry is None:
        return None
    return Counted(found[1].rows, float(school_days_ago(records, found[0].entry)), PLACES)


def _joined_in_year(records: Records, _value: float | None = None) -> Counted | None:
    if (found := _place(records)) is None or found[0].entry is None:
        return None
    entry, year = found[0].entry, days.half_term(records.as_of)[2]
    late = days.school_day(entry) > days.first_school_days()[year] + SETTLED_AFTER
    return Counted(found[1].rows, float(days.half_term(entry)[2] == year and late), PLACES)


def _earlier_schools(records: Records, _value: float | None = None) -> Counted | None:
    if (place := records.place()) is None:
        return None
    now, first = calendar.term(records.term), dict[str, Place]()
    for one in sorted(records.roll, key=lambda one: calendar.term(one.term).start):
        if one.school != place.school and calendar.term(one.term) < now:
            first.setdefault(one.school, one)
    rows = newest_first(place_row(one, calendar.term(one.term).start) for one in first.values())
    return Counted(rows, float(len(rows)), SCHOOLS)


BUILDS: dict[str, Build] = {
    **{f"suspensions_{window}": _suspensions(window) for window in ("term", "year", "last_year", "ever")},
    "suspended_sessions_year": _sessions,
    "school_days_since_suspension": _last,
    "lunchtime_suspensions_year": _suspensions("year", lunch=True),
    "sen_support": _provision(1),
    "sen_plan": _provision(2),
    "sen_changed_year": _begun,
    "sen_review_overdue": _overdue,
    "sen_need_not_assessed": _not_assessed,
    "year_group": _year_group,
    "school_days_since_joining": _since_joining,
    "joined_in_year": _joined_in_year,
    "earlier_schools": _earlier_schools,
}
