"""School records in a family's copy, in whole sentences: registers, praise, incidents, suspensions, SEN."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from data_contracts import calendar
from data_contracts.codes import code_set, crime_types
from pipelines.events import for_people, sentence
from pipelines.explanation import records_of
from pipelines.explanation.rows import Mark
from pipelines.explanation.weeks import missed, monday
from pipelines.explanation.words import count, on, percent, times
from service.rights.copy_shape import Line, Lines, Part, Weeks
from service.shell.frames import term_words

Event = Mapping[str, Any]
Marks = Sequence[Mark]

ALL_DAYS = date(2999, 12, 31)
MOST_INCIDENTS = 750
"""So many are told one by one, the newest terms first; of older terms their kinds are counted."""
MOST_PRAISE = 120
FEW = 12
"""Longer lists stand in two columns."""
HALVES = ("first half", "second half")
BY_ID = ("behaviour", "suspension")


def attendance(events: Sequence[Event]) -> Part:
    """A line for each half-term, and the weeks in which anything was missed."""
    registers = [one for one in events if one["kind"] in ("register", "attendance_week")]
    if not registers:
        return Part("Attendance", ("No attendance records are held.",))
    marks = records_of(registers, ALL_DAYS, calendar.TERMS[-1].id).marks
    if marks is None:
        kept = "The marks of single sessions are not held. These are the weeks in which something was marked."
        weeks = [one for one in registers if one["kind"] == "attendance_week"]
        return Part("Attendance", (kept,), (Lines("", tuple(_week_line(one) for one in weeks), dense=True),))
    halves = tuple(Line(_half_words(half), _half_said(found)) for half, found in _by_half_term(marks))
    weeks_missed = tuple(_weeks(marks))
    about = (
        "A school day has two sessions, morning and afternoon. Attendance is the share of sessions at school."
    )
    none = "No session was missed and none was late." if not weeks_missed else ""
    return Part("Attendance", (about, *((none,) if none else ())), (Lines("", halves),), Weeks(weeks_missed))


def _week_line(event: Event) -> Line:
    began = monday(_day(event))
    return Line(f"Week of {on(began)}", sentence(event["text_key"], event["detail"]))


def _by_half_term(marks: Marks) -> Iterator[tuple[tuple[str, int], list[Mark]]]:
    found: dict[tuple[str, int], list[Mark]] = {}
    for mark in marks:
        found.setdefault(_half_term(mark.on), []).append(mark)
    yield from sorted(found.items(), key=lambda one: (calendar.term(one[0][0]).start, one[0][1]))


def _half_term(day: date) -> tuple[str, int]:
    """The term, and 0 or 1 for its half; a day in the holidays counts to the half before it."""
    begun = [one for one in calendar.TERMS if one.start <= day]
    term = begun[-1] if begun else calendar.TERMS[0]
    return term.id, int(day >= term.half_terms[-1][0] and len(term.half_terms) > 1)


def _half_words(half: tuple[str, int]) -> str:
    return f"{_capital(term_words(half[0]))}, {HALVES[half[1]]}"


def _half_said(marks: Marks) -> str:
    possible = [mark for mark in marks if mark.possible]
    if not possible:
        return "No sessions were possible."
    lost = sum(map(missed, possible))
    said = f"Attended {percent(1 - lost / len(possible))} of {count(len(possible), 'session')}"
    return ", ".join((said, *_missed_words(possible))) + "."


def _missed_words(marks: Marks) -> Iterator[str]:
    kinds = Counter(mark.category for mark in marks if mark.possible)
    if away := kinds["authorised"] + kinds["unauthorised"]:
        without = kinds["unauthorised"]
        leave = f" ({without} without leave)" if without and without < away else ""
        leave = " (all without leave)" if without == away > 1 else leave
        leave = " (without leave)" if without == away == 1 else leave
        yield f"absent for {away}{leave}"
    if kinds["suspended"]:
        yield f"suspended for {kinds['suspended']}"
    if kinds["part_time"]:
        yield f"on a part-time timetable for {kinds['part_time']}"
    if late := _late(marks):
        yield f"late {times(late)}"


def _late(marks: Marks) -> int:
    return sum(mark.category == "late" for mark in marks)


def _weeks(marks: Marks) -> Iterator[tuple[str, str, str, str, str]]:
    """(Monday, missed, of them without leave, of them suspended, late) of weeks with anything of it."""
    found: dict[date, list[Mark]] = {}
    for mark in marks:
        found.setdefault(monday(mark.on), []).append(mark)
    for begun, own in sorted(found.items()):
        kinds = Counter(mark.category for mark in own if mark.possible)
        numbers = (sum(map(missed, own)), kinds["unauthorised"], kinds["suspended"], _late(own))
        if any(numbers):
            yield (on(begun), *map(str, numbers))  # type: ignore[misc]


def praise(events: Sequence[Event]) -> Part:
    """What staff praised, a line each; where there is very much, the newest."""
    found = [one for one in _once(events) if one["text_key"] == "positive"]
    title = "Praise and other positive records"
    if not found:
        return Part(title, ("No positive record is held.",))
    shown = found[-MOST_PRAISE:]
    more = len(found) - len(shown)
    said = (
        f"There are {len(found)} positive records. These are the newest {len(shown)}; all are in the files.",
    )
    lines = tuple(Line(on(_day(one)), sentence(one["text_key"], one["detail"])) for one in shown)
    return Part(title, said if more else (), (Lines("", lines, dense=len(lines) > FEW),))


def incidents(events: Sequence[Event]) -> Part:
    """Incidents, a line each, by term; of the oldest terms, where there are very many, the kinds."""
    behaviour = [one for one in _once(events) if one["kind"] == "behaviour"]
    found = [one for one in behaviour if one["text_key"] != "positive"]
    if not found:
        return Part("Incidents", ("No incident is recorded.",))
    by_term: dict[str, list[Event]] = {}
    for one in found:
        by_term.setdefault(_half_term(_day(one))[0], []).append(one)
    newest = sorted(by_term, key=lambda term: calendar.term(term).start, reverse=True)
    whole, told = set[str](), 0
    for term in newest:
        told += len(by_term[term])
        if told <= MOST_INCIDENTS or not whole:
            whole.add(term)
        else:
            break
    about = "What staff recorded, as it was recorded. The place and the time of each record are in the files."
    return Part(
        "Incidents",
        (about,),
        tuple(_term_of_incidents(term, by_term[term], term in whole) for term in reversed(newest)),
    )


def _term_of_incidents(term: str, found: Sequence[Event], whole: bool) -> Lines:
    heading = f"{_capital(term_words(term))}: {count(len(found), 'record')}"
    if whole:
        lines = tuple(
            Line(_short_day(_day(one), term), sentence(one["text_key"], one["detail"])) for one in found
        )
        return Lines(heading, lines, dense=True)
    kinds = Counter(map(_kind_words, found)).most_common()
    said = ", ".join(f"{n} {words}" for words, n in kinds)
    where = "It is in the files" if len(found) == 1 else "Each of them is in the files"
    return Lines(heading, (Line("", f"{where}. By kind: {said}."),))


def _kind_words(event: Event) -> str:
    """A record's type without the rest of its sentence; a type that alleges a crime is not named."""
    detail, known = event["detail"], code_set("behaviour_types")
    kind = str(detail.get("type") or "")
    if detail.get("alleges_crime") or kind in crime_types() or kind not in known:
        return "other"
    label = known[kind].label
    return label[:1].lower() + label[1:]


def suspensions(events: Sequence[Event]) -> Part:
    """Each suspension once, as the newest word on it has it."""
    found = [one for one in _once(events) if one["kind"] == "suspension"]
    if not found:
        return Part("Suspensions", ("No suspension or exclusion is recorded.",))
    lines = tuple(Line(_span(one), sentence(one["text_key"], one["detail"])) for one in found)
    about = "What the school gave as reasons is in its letters and in the files."
    return Part("Suspensions", (about,), (Lines("", lines, dense=len(lines) > FEW),))


def _span(event: Event) -> str:
    first, last = _day(event), str(event["detail"].get("end_date") or "")[:10]
    if not last or last <= first.isoformat():
        return on(first)
    return f"{on(first)} to {on(last)}"


def sen(events: Sequence[Event]) -> Part:
    """Special educational needs: what was provided since when."""
    found = [one for one in for_people(events) if one["kind"] == "sen"]
    title = "Special educational needs (SEN)"
    if not found:
        return Part(title, ("No special educational needs are recorded.",))
    return Part(title, (), (Lines("", tuple(map(_sen_line, found))),))


def _sen_line(event: Event) -> Line:
    detail = event["detail"]
    said = sentence(event["text_key"], detail)
    if detail.get("end_date"):
        said += f" It ended on {on(str(detail['end_date']))}."
    if detail.get("review_date"):
        said += f" Review date: {on(str(detail['review_date']))}."
    return Line(on(_day(event)), said)


def _once(events: Iterable[Event]) -> list[Event]:
    """Each incident as it was first recorded, each suspension as the newest file has it; day by day."""
    found: dict[str, Event] = {}
    rest = list[Event]()
    for one in for_people(events):
        name = one.get("id") if one["kind"] in BY_ID else None
        if name is None:
            rest.append(one)
        elif one["kind"] == "behaviour":
            found.setdefault(name, one)
        elif name not in found or _word_on(found[name]) <= _word_on(one):
            found[name] = one
    return sorted([*rest, *found.values()], key=lambda one: str(one["date"]))


def _word_on(event: Event) -> tuple[str, date]:
    """How new the word on a suspension is: since when its status holds, then the newest file it stands in."""
    filed = [calendar.term(term).start for term in event.get("filed") or ()]
    return str(event["detail"].get("status_on") or ""), max(filed, default=date.min)


def _day(event: Event) -> date:
    return date.fromisoformat(str(event["date"])[:10])


def _short_day(day: date, term: str) -> str:
    """A day without its year, which its term's heading says."""
    return f"{day.day} {day:%B}" if day.year == calendar.term(term).start.year else on(day)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
