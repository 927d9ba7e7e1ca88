"""The marks each attendance value is made of."""

from collections.abc import Callable, Iterable

from data_contracts import calendar
from pipelines.explanation.counted import (
    SESSIONS,
    Build,
    Counted,
    mark_row,
    newest_first,
    number,
    share_of,
)
from pipelines.explanation.rows import Mark, Records
from pipelines.indicators import days

Test = Callable[[Mark], bool]
SPELLS, HALF_TERMS = ("separate absence", "separate absences"), ("half-term", "half-terms")


def _absent(mark: Mark) -> bool:
    return mark.absent


def _counted(mark: Mark) -> bool:
    return mark.counted


def _is(category: str) -> Test:
    return lambda mark: mark.category == category


def _coded(*codes: str) -> Test:
    return lambda mark: bool(mark.category) and mark.code in codes


def _edge(mark: Mark) -> bool:
    return mark.absent and mark.on.isoweekday() in days.EDGES


def _share(part: Test, window: str, whole: Test = _counted, least: int = 1) -> Build:
    """Marks of one sort out of all that count in a window."""

    def build(records: Records, _value: float | None = None) -> Counted | None:
        marks = records.inside(window).marks
        if marks is None:
            return None
        rows, of = [mark_row(mark) for mark in marks if part(mark)], sum(map(whole, marks))
        value = share_of(len(rows), of, least)
        return Counted(newest_first(rows), value, SESSIONS, of, least).sentence(
            f"{len(rows)} of {number(of, SESSIONS)}." if of else ""
        )

    return build


def _count(part: Test, window: str) -> Build:
    """Marks of one sort in a window."""

    def build(records: Records, _value: float | None = None) -> Counted | None:
        marks = records.inside(window).marks
        if marks is None:
            return None
        rows = [mark_row(mark) for mark in marks if part(mark)]
        return Counted(newest_first(rows), float(len(rows)), SESSIONS)

    return build


def _change(window: str, before: str) -> Build:
    """Absence now and in the window before."""
    now_of, then_of = _share(_absent, window), _share(_absent, before)

    def build(records: Records, _value: float | None = None) -> Counted | None:
        now, then = now_of(records, None), then_of(records, None)
        if now is None or then is None:
            return None
        known = now.value is not None and then.value is not None
        value = now.value - then.value if now.value is not None and then.value is not None else None
        said = f"{now.said.rstrip('.')} now, {then.said.rstrip('.')} before." if known else ""
        return Counted(now.rows, value, SESSIONS, now.of, now.least, before=then).sentence(said)

    return build


def _runs(records: Records) -> list[list[Mark]] | None:
    """This term's runs of absence: they go on over sessions that don't count, and end where nothing is marked."""
    if records.marks is None:
        return None
    found: list[list[Mark]] = []
    here = [mark for mark in records.marks if mark.term == records.term and mark.category]
    for school in sorted({mark.school for mark in here}):
        passed, last = 0, -2
        for mark in sorted((mark for mark in here if mark.school == school), key=_session):
            if mark.absent:
                place = _session(mark) - passed
                if place != last + 1:
                    found.append([])
                found[-1].append(mark)
                last = place
            elif not mark.counted:
                passed += 1
    return found


def _session(mark: Mark) -> int:
    return 2 * days.school_day(mark.on) + (mark.half == "PM")


def _longest(records: Records, _value: float | None = None) -> Counted | None:
    runs = _runs(records)
    if runs is None:
        return None
    run = max(runs, key=lambda marks: (len(marks), marks[0].on), default=[])
    said = f"{number(len(run), SESSIONS)} in a row." if run else ""
    return Counted(newest_first(map(mark_row, run)), float(len(run)), SESSIONS).sentence(said)


def _spells(records: Records, _value: float | None = None) -> Counted | None:
    runs = _runs(records)
    if runs is None:
        return None
    rows = [mark_row(mark, group=_first(run)) for run in runs for mark in run]
    said = f"{number(len(rows), SESSIONS)} in {number(len(runs), SPELLS)}." if rows else ""
    return Counted(newest_first(rows), float(len(runs)), SESSIONS).sentence(said)


def _first(run: list[Mark]) -> str:
    return f"from {run[0].on.isoformat()} {run[0].half} at {run[0].school}"


def _half_terms(percent: int) -> Build:
    """In how many half-terms of the year so many per cent or more were missed."""

    def build(records: Records, _value: float | None = None) -> Counted | None:
        marks = records.inside("year").marks
        if marks is None:
            return None
        rows = [mark_row(mark, group=_half_term(mark)) for mark in marks if mark.absent]
        groups = _tally(_half_term(mark) for mark in marks if mark.counted)
        missed = _tally(str(row["group"]) for row in rows)
        met = sum(100 * missed.get(name, 0) >= percent * of for name, of in groups.items())
        said = f"{percent}% or more missed in {met} of {number(len(groups), HALF_TERMS)}." if groups else ""
        whole = Counted(newest_first(rows), float(met), SESSIONS, least=percent, groups=groups)
        return whole.sentence(said)

    return build


def _half_term(mark: Mark) -> str:
    term = calendar.term(days.term_at(mark.on))
    place = sum(start <= mark.on for start, _end in term.half_terms)
    return f"{term.id}, half {max(place, 1)}"


def _tally(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


ABSENCE_WINDOWS = ("term", "half_term", "year", "last_term", "last_year")
BUILDS: dict[str, Build] = {
    **{f"absence_{window}": _share(_absent, window) for window in ABSENCE_WINDOWS},
    "absence_change_half_term": _change("half_term", "last_half_term"),
    "absence_change_term": _change("term", "last_term"),
    "unauthorised_term": _share(_is("unauthorised"), "term"),
    "unauthorised_year": _share(_is("unauthorised"), "year"),
    "low_attendance_half_terms": _half_terms(10),
    "severe_absence_half_terms": _half_terms(50),
    "late_term": _share(_is("late"), "term"),
    "late_year": _share(_is("late"), "year"),
    "after_close_year": _count(_coded("U"), "year"),
    "no_reason_half_term": _count(_coded("N", "O"), "half_term"),
    "holiday_year": _count(_coded("G"), "year"),
    "longest_run_term": _longest,
    "absence_spells_term": _spells,
    "edge_share_year": _share(_edge, "year", _absent, 6),
    "suspended_marks_term": _count(_is("suspended"), "term"),
    "part_time_term": _count(_is("part_time"), "term"),
    "elsewhere_term": _count(_coded("B", "D", "K"), "term"),
}
