"""This term at a school: the school in three lines, then two short lists in name order."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts import calendar
from data_contracts.errors import Held
from service.core import clock
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can
from service.core.taking import Line, SomeTerm, Term, Urn
from service.lists import term_lists
from service.lists.counts import TermCounts, term_counts
from service.lists.flags import FlagPage, flags_for, provisions_of
from service.lists.term_lists import PupilList, UnsaidLine, Wanted
from service.schools import SchoolLine, loaded_terms, schools_of
from service.scoring import audience_of
from service.setting import SettingView, setting_view, summary_lines
from service.shell.access import needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import _
from service.shell.rendering import Page, render
from service.support import decisions, notes, supports

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("setting.read"))]


@dataclass(frozen=True)
class Lists:
    """The lists of a term and what surrounds them."""

    lists: tuple[PupilList, ...]
    unsaid: tuple[UnsaidLine, ...]
    as_of: Any
    ends_on: Any
    places: int
    ended: bool
    years: tuple[tuple[str, str], ...]
    forms: tuple[tuple[str, str], ...]
    shown: tuple[tuple[str, str], ...]
    sen: tuple[tuple[str, str], ...]
    sorted: tuple[tuple[str, str], ...]
    practice: decisions.Practice
    ever: decisions.Practice
    to_put_right: int
    leads: bool


@dataclass(frozen=True)
class TermPage(Page):
    """A school's term. `lists` is None for readers who see no pupils, and where nothing is published."""

    template: ClassVar[str] = "lists/page.html"
    section: ClassVar[str] = "term"

    view: SettingView
    summary: tuple[str, ...]
    next_words: str
    schools: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    wanted: Wanted
    lists: Lists | None
    counts: TermCounts | None
    no_list: str
    asks_questions: bool


@router.get("/schools/{urn}")
def latest(caller: Reads, urn: Urn) -> Response:
    """The school's latest loaded term."""
    with caller.reading() as tx:
        terms = loaded_terms(caller, tx, urn)
    if not terms:
        return RedirectResponse(f"/uploads?school={urn}", 303)
    return RedirectResponse(f"/schools/{urn}/terms/{terms[0]}", 303)


@router.get("/choose")
def choose(caller: Reads, school: Line, term: SomeTerm = "") -> Response:
    """Where the school and term chooser leads."""
    del caller
    calendar.term(term) if term else None
    return RedirectResponse(f"/schools/{school}/terms/{term}" if term else f"/schools/{school}", 303)


@router.get("/schools/{urn}/terms/{term}")
def read_term(caller: Reads, urn: Urn, term: Term, wanted: Annotated[Wanted, Depends()]) -> HTMLResponse:
    """The page."""
    with caller.writing() as tx:
        schools = schools_of(caller, tx)
        view = setting_view(caller, tx, urn, term)
        page = _page(caller, tx, view, schools, wanted)
    line = next(each for each in schools if each.urn == urn)
    return render(page, frame_for(caller, section="term", synthetic=line.synthetic))


def _page(
    caller: Caller, tx: Transaction, view: SettingView, schools: list[SchoolLine], wanted: Wanted
) -> TermPage:
    terms = loaded_terms(caller, tx, view.school)
    found, counts, no_list = _published(caller, tx, view)
    lists = _lists(caller, tx, found, wanted, ended=view.term != terms[0]) if found else None
    return TermPage(
        f"{view.school_name}: {term_words(view.term)}",
        view=view,
        summary=summary_lines(view, caller.reader.year_groups),
        next_words=term_words(calendar.next_term(view.term).id),
        schools=tuple((each.urn, each.name) for each in schools),
        terms=tuple((each, term_words(each)) for each in terms),
        wanted=wanted,
        lists=lists,
        counts=counts,
        no_list=no_list,
        asks_questions=caller.reader.role == "governor",
    )


def _published(
    caller: Caller, tx: Transaction, view: SettingView
) -> tuple[FlagPage | None, TermCounts | None, str]:
    """The lists for those who see pupils, counts for those who may read packs; or why there is neither."""
    reader, urn = caller.reader, view.school
    try:
        if can(reader, "flags.read", urn) and can(reader, "names.read"):
            return flags_for(caller, tx, urn, view.term), None, ""
        if can(reader, "packs.read", urn):
            return None, term_counts(caller, tx, urn, view.term), ""
    except (Held, NotFound) as error:
        return None, None, f"{error.message} {error.hint}".strip()
    return None, None, ""


def _lists(caller: Caller, tx: Transaction, found: FlagPage, wanted: Wanted, *, ended: bool) -> Lists:
    urn, leads = found.school, can(caller.reader, "places.edit", found.school)
    closed = decisions.latest(found.read, urn, None)
    written = term_lists.written_about(
        closed,
        supports.going_on(found.read, urn),
        notes.my_pupils(tx, caller.reader, urn),
        provisions_of(caller, found) if wanted.sen else {},
        term=found.term,
        today=clock.today(),
        audience=audience_of(caller.reader, urn),
    )
    report = caller.deployment.report(found.model_id)
    years, forms = term_lists.choices(found)
    listed = {flag.pupil_id for flag in found.flags}
    return Lists(
        lists=term_lists.two_lists(found, written, wanted, report),
        unsaid=term_lists.unsaid(found.abstained, wanted, written),
        as_of=found.as_of,
        places=found.places,
        ended=ended or found.ended,
        ends_on=found.ends_on,
        years=years,
        forms=forms,
        shown=_said(term_lists.SHOWN),
        sen=_said(term_lists.SEN),
        sorted=_said(term_lists.SORTED),
        practice=decisions.practice([one for pupil, one in written.decisions.items() if pupil in listed]),
        ever=decisions.practice(list(closed.values())),
        to_put_right=sum(1 for one in closed.values() if one.waits_to_be_put_right),
        leads=leads,
    )


def _said(options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((key, _(words)) for key, words in options)
