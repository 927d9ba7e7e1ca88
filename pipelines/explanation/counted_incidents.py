"""The behaviour records each value is made of."""

from collections.abc import Callable
from datetime import timedelta
from math import copysign, floor

from pipelines.explanation.counted import (
    INCIDENTS,
    RECORDS,
    Build,
    Counted,
    Row,
    incident_row,
    newest_first,
    number,
    school_days_ago,
    share_of,
    unnamed_types,
)
from pipelines.explanation.rows import Incident, Records

Test = Callable[[Incident], bool]
KINDS, WEEKS = ("kind", "kinds"), ("week", "weeks")


def _own(records: Records, window: str, *, positive: bool = False) -> list[Incident]:
    """The incidents a pupil took part in, but for those that ended in a suspension; or the positive records."""
    return [one for one in records.inside(window).incidents if one.counted and one.positive == positive]


def _any(records: Records, window: str) -> list[Incident]:
    return [one for one in records.inside(window).incidents if one.counted]


def _count(window: str, *, positive: bool = False, action: str = "") -> Build:
    def build(records: Records, _value: float | None = None) -> Counted | None:
        found = _own(records, window, positive=positive)
        rows = [incident_row(one) for one in found if not action or one.action == action]
        return Counted(newest_first(rows), float(len(rows)), RECORDS if positive else INCIDENTS)

    return build


def _followed(window: str, action: str) -> Build:
    """Records, of either sign, that ended with a removal of one sort."""

    def build(records: Records, _value: float | None = None) -> Counted | None:
        rows = [incident_row(one) for one in _any(records, window) if one.action == action]
        return Counted(newest_first(rows), float(len(rows)), INCIDENTS)

    return build


def _change(records: Records, _value: float | None = None) -> Counted:
    now, then = (newest_first(map(incident_row, _own(records, w))) for w in ("half_term", "last_half_term"))
    before = Counted(then, float(len(then)))
    said = f"{number(len(now), INCIDENTS)} now, {number(len(then), INCIDENTS)} before."
    return Counted(now, float(len(now) - len(then)), before=before).sentence(said[:1].upper() + said[1:])


def _severity(records: Records, _value: float | None = None) -> Counted:
    rows = [incident_row(one, amount=_serious(one)) for one in _own(records, "term")]
    total = sum(row["amount"] for row in rows)
    return Counted(newest_first(rows), float(total)).sentence(_together(rows, total, INCIDENTS))


def _points(records: Records, _value: float | None = None) -> Counted:
    """Points of all records, to the hundredth."""
    rows = [incident_row(one, amount=_hundredths(one) / 100) for one in _any(records, "term")]
    total = sum(round(100 * row["amount"]) for row in rows) / 100
    return Counted(newest_first(rows), total, RECORDS).sentence(_together(rows, total, RECORDS))


def _hundredths(one: Incident) -> int:
    points = 100 * (one.points or 0.0)
    return int(copysign(floor(abs(points) + 0.5), points))


def _serious(one: Incident) -> int:
    return 1 if one.severity is None else one.severity


def _together(rows: list[Row], total: float, noun: tuple[str, str]) -> str:
    return f"{number(len(rows), noun)}, together {total:g}." if rows else ""


def _most_serious(records: Records, _value: float | None = None) -> Counted:
    found = _own(records, "year")
    worst = max(map(_serious, found), default=0)
    rows = [incident_row(one, amount=worst) for one in found if _serious(one) == worst]
    return Counted(newest_first(rows), float(worst))


def _last(records: Records, _value: float | None = None) -> Counted:
    found = _own(records, "ever")
    last = max((one.on for one in found), default=None)
    if last is None:
        return Counted((), None)
    ago = school_days_ago(records, last)
    rows = [incident_row(one, school_days_ago=ago) for one in found if one.on == last]
    return Counted(newest_first(rows), float(ago))


def _positive_share(records: Records, _value: float | None = None) -> Counted:
    good, of = _own(records, "term", positive=True), len(_any(records, "term"))
    said = f"{len(good)} of {number(of, RECORDS)}." if of else ""
    rows = newest_first(map(incident_row, good))
    return Counted(rows, share_of(len(rows), of, 3), RECORDS, of, 3).sentence(said)


def _outside_lessons(records: Records, _value: float | None = None) -> Counted:
    found = _own(records, "year")
    rows = newest_first(incident_row(one) for one in found if one.lesson is None)
    said = f"{len(rows)} of {number(len(found), INCIDENTS)}." if found else ""
    return Counted(rows, share_of(len(rows), len(found), 3), INCIDENTS, len(found), 3).sentence(said)


def _one_lesson(records: Records, _value: float | None = None) -> Counted:
    rows = [incident_row(one, group=one.lesson) for one in _own(records, "year") if one.lesson is not None]
    lessons = [row["group"] for row in rows]
    most = max((lessons.count(name) for name in lessons), default=0)
    name = next((name for name in sorted(lessons) if lessons.count(name) == most), "")
    said = f"{most} of {number(len(rows), INCIDENTS)} in lessons, in {name}." if rows else ""
    value = share_of(most, len(rows), 4)
    return Counted(newest_first(rows), value, INCIDENTS, len(rows), 4).sentence(said)


def _kinds(records: Records, _value: float | None = None) -> Counted:
    found = [one for one in _own(records, "term") if one.type is not None]
    unnamed = unnamed_types(found)
    rows = [incident_row(one, group=unnamed.get(str(one.type), one.type)) for one in found]
    return _spread(rows, KINDS)


def _weeks(records: Records, _value: float | None = None) -> Counted:
    found = _own(records, "term")
    rows = [incident_row(o, group=(o.on - timedelta(days=o.on.weekday())).isoformat()) for o in found]
    return _spread(rows, WEEKS)


def _spread(rows: list[Row], noun: tuple[str, str]) -> Counted:
    groups = len({row["group"] for row in rows})
    said = f"{number(len(rows), INCIDENTS)}, {number(groups, noun)}." if rows else ""
    return Counted(newest_first(rows), float(groups)).sentence(said)


def _first(records: Records, _value: float | None = None) -> Counted:
    term = _own(records, "term")
    earlier = [one for one in _own(records, "ever") if one not in term]
    before = Counted(newest_first(map(incident_row, earlier)), float(len(earlier)))
    value = float(bool(term) and not earlier)
    return Counted(newest_first(map(incident_row, term)), value, before=before).sentence(
        f"{len(term)} this term, {len(earlier)} before."
    )


def _above_norm(records: Records, value: float | None) -> Counted | None:
    """The pupil's own, and the year group's average: comparison with other children is for staff only."""
    if value is None:
        return None
    rows = newest_first(map(incident_row, _own(records, "term")))
    mean = len(rows) - value
    said = f"{number(len(rows), INCIDENTS)}; {mean:.1f} on average in the year group."
    return Counted(rows, value, INCIDENTS, mean).sentence(said[:1].upper() + said[1:])


def _rank(records: Records, value: float | None) -> Counted | None:
    """The pupil's own, and the share of the year group with fewer; for staff only too."""
    if value is None:
        return None
    rows = newest_first(map(incident_row, _own(records, "term")))
    said = f"{number(len(rows), INCIDENTS)}; {value:.0f}% of the year group have fewer."
    return Counted(rows, value, INCIDENTS, value).sentence(said[:1].upper() + said[1:])


BUILDS: dict[str, Build] = {
    **{f"incidents_{window}": _count(window) for window in ("half_term", "term", "year", "last_year")},
    "incidents_change_half_term": _change,
    "severity_term": _severity,
    "most_serious_year": _most_serious,
    "positives_term": _count("term", positive=True),
    "positive_share_term": _positive_share,
    "detentions_term": _count("term", action="detention"),
    "out_of_lessons_share_year": _outside_lessons,
    "one_lesson_share_year": _one_lesson,
    "kinds_of_incident_term": _kinds,
    "weeks_with_incidents_term": _weeks,
    "first_incident_this_term": _first,
    "school_days_since_incident": _last,
    "incidents_above_norm_term": _above_norm,
    "incidents_rank_term": _rank,
    "points_term": _points,
    "internal_suspensions_term": _followed("term", "internal_suspension"),
    "internal_suspensions_year": _followed("year", "internal_suspension"),
    "removals_term": _followed("term", "removal"),
}
