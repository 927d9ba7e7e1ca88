"""A pupil's records at an as-of date, typed, as the engine counts them: the rows that values are made of.

They are read from the timeline's events and cut by what was known. Each has an id that stays the same from one
load to the next and says which record it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from data_contracts import calendar
from data_contracts.known_on import school_days_after, usually_known
from pipelines.events import NO_MARK, PRESENT, Event, half_named, took_part
from pipelines.explanation.rows import (
    Half,
    Incident,
    Mark,
    OnRoll,
    Place,
    Records,
    SenRow,
    Suspension,
    in_window,
)
from pipelines.indicators import days
from pipelines.indicators.marks import CodeFact, code_facts

__all__ = [
    "Incident", "Mark", "Place", "Records", "SenRow", "Suspension", "event_id", "in_window", "incident_id",
    "records_of", "sen_id", "suspension_id",
]  # fmt: skip

UNDONE = ("cancelled", "overturned")
CATEGORY_OF = {"suspension": "SUSP", "permanent_exclusion": "PERM", "lunchtime_suspension": "LNCH"}


def records_of(
    events: Iterable[Event],
    as_of: date,
    term: str,
    *,
    school: str = "",
    roll: Iterable[OnRoll] = (),
) -> Records:
    """The records that events tell of, as far as they were known at the as-of date of a term.

    `events` as `pipelines.events.merged` gives them; those of an older release lack what was not kept then.
    """
    of: dict[str, list[Event]] = {}
    for event in events:
        of.setdefault(str(event["kind"]), []).append(event)
    places = [one for one in roll if not calendar.term(term) < calendar.term(str(one.term))]
    return Records(
        as_of=as_of,
        term=term,
        marks=_marks(of.get("register", []), of.get("attendance_week", []), as_of),
        incidents=tuple(_incidents(of.get("behaviour", []), as_of)),
        suspensions=tuple(_suspensions(of.get("suspension", []), as_of)),
        sen=tuple(_sen(of.get("sen", []), as_of, term)),
        roll=tuple(_place(one) for one in places),
        school=school,
    )


def _marks(registers: Sequence[Event], weeks: Sequence[Event], as_of: date) -> tuple[Mark, ...] | None:
    """All marks known, oldest first; None where weeks were told without their register."""
    held = {(event["school"], monday) for event in registers for monday in event["detail"]["weeks"]}
    if any((event["school"], _monday(_day(event["date"])).isoformat()) not in held for event in weeks):
        return None
    found = [mark for event in registers for mark in _marks_of(event)]
    return tuple(
        sorted(
            (one for one in found if max(one.known_on, one.on) <= as_of), key=lambda one: (one.on, one.half)
        )
    )


def _marks_of(event: Event) -> Iterator[Mark]:
    detail, school = event["detail"], str(event["school"])
    legend, known, lag = detail.get("codes", {}), detail.get("known", {}), detail.get("known_after")
    for monday, line in detail["weeks"].items():
        first = date.fromisoformat(monday)
        for place, letter in enumerate(line):
            if letter == NO_MARK:
                continue
            day, afternoon = first + timedelta(days=place // 2), place % 2 == 1
            code = legend.get(letter, "\\" if letter == PRESENT and afternoon else letter)
            fact, when = _meaning(code, day), known.get(half_named(day, afternoon))
            usual = usually_known("attendance", day) if lag is None else school_days_after(day, lag)
            half: Half = "PM" if afternoon else "AM"
            for term in _filed(event, day):
                yield Mark(
                    f"mark:{school}:{day.isoformat()}:{half}", day, half, code, fact.category, fact.possible,
                    fact.counted, fact.absent, date.fromisoformat(when) if when else usual, school, term,
                )  # fmt: skip


_FACTS: dict[str, list[CodeFact]] = {}
for _fact in code_facts():
    _FACTS.setdefault(_fact.code, []).append(_fact)


def _meaning(code: str, day: date) -> CodeFact:
    for fact in _FACTS.get(code, ()):
        if fact.valid_from <= day <= fact.valid_to:
            return fact
    return CodeFact(code, "", False, False, False, day, day)


def _incidents(events: Sequence[Event], as_of: date) -> Iterator[Incident]:
    """The first record of each incident, if it was known: whatever later files repeat does not count."""
    first: dict[tuple[str, str], tuple[tuple[Any, ...], Event]] = {}
    for event in events:
        key = (str(event["school"]), _key(event))
        order = _order(event)
        if key not in first or order < first[key][0]:
            first[key] = (order, event)
    found = [_incident(key, event) for (_, key), (_, event) in first.items()]
    known = [one for one in found if max(one.known_on, one.on) <= as_of]
    return iter(sorted(known, key=lambda one: (one.on, one.time or "", one.id)))


def _key(event: Event) -> str:
    detail = event["detail"]
    if detail.get("key") is not None:
        return str(detail["key"])
    told = (str(event["date"])[:10], *(detail.get(name) for name in ("time", "type", "lesson", "points")))
    return "|".join(str(one) for one in told if one is not None)


def event_id(event: Event) -> str | None:
    """The id of the incident, suspension or SEN row that an event tells of; None for marks, which are many."""
    school, day, detail = str(event["school"]), _day(event["date"]), event["detail"]
    if event["kind"] == "behaviour":
        return incident_id(school, _key(event))
    if event["kind"] == "suspension":
        return suspension_id(school, day, str(detail.get("start_session") or "AM"), _category(event))
    return sen_id(school, day, detail) if event["kind"] == "sen" else None


def incident_id(school: str, key: str) -> str:
    """The id of an incident by its key, as `pipelines.indicators.incidents.incident_keys` makes it."""
    return f"incident:{school}:{_named(key)}"


def suspension_id(school: str, day: date, session: str, category: str) -> str:
    """The id of a suspension: where, when, and whether it was over lunch."""
    return f"suspension:{school}:{day.isoformat()}:{session}:{'lunch' if category == 'LNCH' else 'day'}"


def sen_id(school: str, day: date, detail: Mapping[str, Any]) -> str:
    """The id of a SEN row: all that is said in it."""
    ends = (str(_maybe(detail.get(name)) or "") for name in ("end_date", "review_date"))
    provision, assessed = str(detail.get("provision") or ""), str(detail.get("assessed", ""))
    return ":".join(("sen", school, provision, day.isoformat(), *ends, assessed))


def _named(key: str) -> str:
    """An incident's number, or a digest of what was written down in its place: that may name a crime."""
    return sha256(key.encode()).hexdigest()[:16] if "|" in key else key


def _order(event: Event) -> tuple[Any, ...]:
    """Sort key of the records of one incident, as the engine orders them; what is missing comes last."""
    detail, day = event["detail"], _day(event["date"])
    filed = min(calendar.term(term).start for term in _filed(event, day))
    told = (detail.get(name) for name in ("role", "type", "action", "points", "severity", "lesson"))
    return (
        _known(event, "behaviour"),
        filed,
        *((one is None, one if one is not None else 0) for one in told),
    )


def _incident(key: str, event: Event) -> Incident:
    detail, day, school = event["detail"], _day(event["date"]), str(event["school"])
    positive = event["text_key"] == "positive"
    role = str(detail.get("role") or _old_role(event["text_key"]))
    own = role in ("involved", "aggressor")
    return Incident(
        id=incident_id(school, key), on=day, time=detail.get("time"), type=detail.get("type"),
        lesson=detail.get("lesson"), location=detail.get("location"), action=detail.get("action"),
        severity=detail.get("severity"), points=detail.get("points"), role=role, positive=positive,
        took_part=own, counted=own and detail.get("action") != "suspension",
        known_on=_known(event, "behaviour"), school=school,
    )  # fmt: skip


def _old_role(text_key: str) -> str:
    if text_key == "positive" or took_part(text_key):
        return "involved"
    return "target" if text_key.endswith(("target", "hurt")) else "witness"


def _suspensions(events: Sequence[Event], as_of: date) -> Iterator[Suspension]:
    """Each suspension as the newest word on it has it: one may stand in two files, or in two schools' files."""
    groups: dict[tuple[date, str, bool], list[Event]] = {}
    for event in events:
        day, category = _day(event["date"]), _category(event)
        if max(_known(event, "suspensions"), day) <= as_of:
            session = str(event["detail"].get("start_session") or "AM")
            groups.setdefault((day, session, category == "LNCH"), []).append(event)
    found = [_suspension(min(own, key=lambda one: _standing(one, as_of)), as_of) for own in groups.values()]
    return iter(sorted(found, key=lambda one: (one.on, one.start_session)))


def _category(event: Event) -> str:
    return str(event["detail"].get("category") or CATEGORY_OF[event["text_key"]])


def _status_on(event: Event, as_of: date) -> date | None:
    """Since when the status holds, if it did at the as-of date."""
    text = event["detail"].get("status_on")
    since = date.fromisoformat(str(text)[:10]) if text else None
    return since if since is not None and since <= as_of else None


def _standing(event: Event, as_of: date) -> tuple[Any, ...]:
    """Sort key of the rows of one suspension, as the engine orders them: the newest word on it comes first."""
    detail, day = event["detail"], _day(event["date"])
    since = _status_on(event, as_of)
    filed = max(calendar.term(term).start for term in _filed(event, day))
    sessions, status = detail.get("sessions"), detail.get("status")
    return (
        -(since or date.min).toordinal(), -filed.toordinal(), _category(event), -(sessions or 0),
        status is None, status or "", str(event["school"]),
    )  # fmt: skip


def _suspension(event: Event, as_of: date) -> Suspension:
    detail, day, school = event["detail"], _day(event["date"]), str(event["school"])
    since, category = _status_on(event, as_of), _category(event)
    session = str(detail.get("start_session") or "AM")
    return Suspension(
        id=suspension_id(school, day, session, category),
        on=day, start_session=session, category=category, sessions=_whole(detail.get("sessions")),
        status=detail.get("status"), status_on=since, known_on=_known(event, "suspensions"),
        reasons=tuple(detail.get("reasons") or ()),
        counted=not (since is not None and detail.get("status") in UNDONE), school=school,
    )  # fmt: skip


def _sen(events: Sequence[Event], as_of: date, term: str) -> Iterator[SenRow]:
    """The rows of each school's extract in force in the term, as far as they were known."""
    now, found = calendar.term(term), list[SenRow]()
    for event in events:
        day, detail, school = _day(event["date"]), event["detail"], str(event["school"])
        known, filed = _known(event, "sen"), event.get("filed")
        in_force = [
            each
            for each, until in (filed if filed is not None else {term: None}).items()
            if not now < calendar.term(each) and (until is None or now < calendar.term(until))
        ]
        if not in_force or max(known, day) > as_of:
            continue
        end, review = (_maybe(detail.get(name)) for name in ("end_date", "review_date"))
        provision = str(detail.get("provision") or "")
        found.append(
            SenRow(
                id=sen_id(school, day, detail),
                provision=provision,
                start=day,
                end=end,
                review=review,
                assessed=detail.get("assessed"),
                known_on=known,
                term=max(in_force, key=lambda each: calendar.term(each).start),
                standing=end is None or end > as_of,
                school=school,
            )
        )
    return iter(sorted(found, key=lambda one: (one.start, calendar.term(one.term).start, one.id)))


def _place(row: OnRoll) -> Place:
    return Place(
        f"roll:{row.school}:{row.term}", str(row.school), str(row.term), row.nc_year, row.entry_date,
        row.leaving_date,
    )  # fmt: skip


def _filed(event: Event, day: date) -> tuple[str, ...]:
    """The terms of the files an event stands in; the term it fell in where nobody says."""
    return tuple(event.get("filed") or (days.term_at(day),))


def _known(event: Event, table: str) -> date:
    text = event["detail"].get("known_on")
    return date.fromisoformat(str(text)[:10]) if text else usually_known(table, _day(event["date"]))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _maybe(value: Any) -> date | None:
    return _day(value) if value else None


def _whole(value: Any) -> int | None:
    """A count as a whole number: a column with a gap in it gives `4.0`."""
    return None if value is None else int(value)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
