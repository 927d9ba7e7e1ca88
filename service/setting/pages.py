"""What changed in our school: the setting on a page of its own, and what the school changed on which day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.permissions import can
from service.core.taking import Id, Line, Term, Text, Urn
from service.schools import loaded_terms, schools_of
from service.scoring import where_share_of
from service.setting.changes import Change, add_change, changes_of, remove_change
from service.setting.standing_out import Standing, standing_out
from service.setting.summary import season_words, summary_lines
from service.setting.view import GroupTable, SettingView, setting_view
from service.setting.week_chart import A_WEEK, WeekChart, week_chart
from service.setting.words import (
    HeatRow,
    SourceLine,
    heat_rows,
    leave_day,
    share_words,
    source_lines,
    week_rows,
)
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for, term_words
from service.shell.pair_chart import PairChart, then_and_now
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("setting.read"))]
Changes = Annotated[Caller, Depends(needs("setting.change"))]
CHARTED = ("suspensions", "absence", "incidents")


@dataclass(frozen=True)
class NumberedChange:
    """A change as its number on the charts; 0 where it lies outside of them."""

    number: int
    change: Change


@dataclass(frozen=True)
class SettingPage(Page):
    """The setting of a school and term."""

    template: ClassVar[str] = "setting/page.html"
    section: ClassVar[str] = "term"

    view: SettingView
    summary: tuple[str, ...]
    standing: tuple[Standing, ...]
    term_words: str
    before_words: str
    last_year_words: str
    terms: tuple[tuple[str, str], ...]
    weeks: tuple[WeekChart, ...]
    changes: tuple[NumberedChange, ...]
    heat: tuple[HeatRow, ...]
    years: tuple[tuple[PairChart, GroupTable], ...]
    where: str
    sources: tuple[SourceLine, ...]
    week_rows: tuple[tuple[date, tuple[str, ...]], ...]
    leave_day: str
    may_change: bool
    given: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def known(self, measure: str) -> bool:
        """Whether a measure's feed was loaded for the term."""
        return any(line.name == measure and line.now is not None for line in self.view.lines)


@router.get("/schools/{urn}/terms/{term}/setting")
def read_setting(caller: Reads, urn: Urn, term: Term) -> HTMLResponse:
    """The page."""
    return _page(caller, urn, term)


@router.post("/schools/{urn}/terms/{term}/setting/changes", dependencies=[Depends(checked_form)])
def add(
    caller: Changes,
    urn: Urn,
    term: Term,
    changed_on: Annotated[Line, Form()] = "",
    words: Annotated[Text, Form()] = "",
) -> Response:
    """Write down what the school changed, and on which day."""
    try:
        day = date.fromisoformat(changed_on.strip())
    except ValueError:
        errors = {"changed_on": "Give the day on which it began."}
        return _page(caller, urn, term, {"changed_on": changed_on, "words": words}, errors)
    try:
        with caller.writing() as tx:
            add_change(caller, tx, urn, day, words)
    except Refused as error:
        errors = {"changed_on" if "day" in error.message else "words": f"{error.message} {error.hint}"}
        return _page(caller, urn, term, {"changed_on": changed_on, "words": words}, errors)
    return _back(urn, term)


@router.post(
    "/schools/{urn}/terms/{term}/setting/changes/{dated_id}/remove", dependencies=[Depends(checked_form)]
)
def remove(caller: Changes, urn: Urn, term: Term, dated_id: Id) -> Response:
    """Remove a change that was written down by mistake."""
    with caller.writing() as tx:
        remove_change(caller, tx, urn, dated_id)
    return _back(urn, term)


def _back(urn: str, term: str) -> RedirectResponse:
    return RedirectResponse(f"/schools/{urn}/terms/{term}/setting#changes", 303)


def _page(
    caller: Caller,
    urn: str,
    term: str,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    with caller.writing() as tx:
        line = next((each for each in schools_of(caller, tx) if each.urn == urn), None)
        view = setting_view(caller, tx, urn, term)
        terms = loaded_terms(caller, tx, urn)
        changes = numbered(view, changes_of(tx, urn))
        share = where_share_of(tx, urn, term)
    on_charts = [(one.number, one.change) for one in changes if one.number]
    page = SettingPage(
        f"What changed in our school: {term_words(term)}",
        view=view,
        summary=summary_lines(view, caller.reader.year_groups),
        standing=standing_out(view),
        term_words=term_words(term),
        before_words=term_words(view.before) if view.before else "",
        last_year_words=season_words(view),
        terms=tuple((each, term_words(each)) for each in terms),
        weeks=tuple(week_chart(one, on_charts) for one in view.weeks),
        changes=changes,
        heat=heat_rows(view.grid),
        years=_years(view),
        where=share_words(share),
        sources=source_lines(view),
        week_rows=week_rows(view.weeks),
        leave_day=leave_day(view.study_leave_from),
        may_change=can(caller.reader, "setting.change", urn),
        given=given or {},
        errors=errors or {},
    )
    frame = frame_for(caller, section="term", synthetic=bool(line and line.synthetic))
    return render(page, frame, status=422 if errors else 200)


def numbered(view: SettingView, changes: Sequence[Change]) -> tuple[NumberedChange, ...]:
    """Changes newest first; those on the charts are numbered from the oldest on."""
    mondays = [point.monday for line in view.weeks for point in line.points]
    if not mondays:
        return tuple(NumberedChange(0, one) for one in changes)
    first, last = min(mondays), max(mondays) + A_WEEK
    shown = [one for one in sorted(changes, key=lambda one: (one.on, one.id)) if first <= one.on <= last]
    numbers = {one.id: number for number, one in enumerate(shown, 1)}
    return tuple(NumberedChange(numbers.get(one.id, 0), one) for one in changes)


def _years(view: SettingView) -> tuple[tuple[PairChart, GroupTable], ...]:
    """Each measure by year group: this term beside the same term a year before, where both are known."""
    found = []
    for name in CHARTED:
        table = next(one for one in view.years if one.measure == name)
        rows = [(line.name, line.last_year, line.now) for line in table.lines]
        if sum(1 for _, then, now in rows if then is not None and now is not None) > 1:
            chart = then_and_now(table.caption, rows, table.unit, table.digits)
            found.append((chart, table))
    return tuple(found)
