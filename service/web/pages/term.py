"""This term at a school: what changed in the school first, then two short lists in name order."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts import calendar
from data_contracts.errors import Held
from service.access import needs
from service.callers import Caller
from service.db.engine import Transaction
from service.permissions import NotFound, can
from service.reads import flags_for, schools_of, terms_of
from service.reads.flags import AbstainedLine, FlagLine
from service.reads.schools import SchoolLine
from service.setting.view import SettingView, setting_view
from service.support import decided, said
from service.support.words import LIST_WORDS, FlagList
from service.web.frames import frame_for, term_words
from service.web.pages.list_words import how_often_right
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("setting.read"))]


@dataclass(frozen=True)
class PupilLine:
    """A pupil on a list."""

    pupil_id: str
    name: str
    group: str
    new: bool
    done: str
    mine: bool


@dataclass(frozen=True)
class PupilList:
    """One list: its heading and its pupils in name order."""

    heading: str
    words: str
    lines: tuple[PupilLine, ...]


@dataclass(frozen=True)
class UnsaidLine:
    """A pupil about whom nothing can be said, and why."""

    pupil_id: str
    name: str
    group: str
    reason: str
    attendance_first: bool


@dataclass(frozen=True)
class TermPage(Page):
    """A school's term. The lists are None for readers who see no pupils."""

    template: ClassVar[str] = "term/page.html"
    section: ClassVar[str] = "term"

    view: SettingView
    term_words: str
    before_words: str
    schools: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    lists: tuple[PupilList, ...] | None
    no_list: str
    next_words: str
    as_of: Any
    places: int
    how_often: str
    unsaid: tuple[UnsaidLine, ...]
    years: tuple[str, ...]
    year: str
    only: str
    practice: decided.Practice | None


@router.get("/schools/{urn}")
def latest(caller: Reads, urn: str) -> Response:
    """The school's latest loaded term."""
    with caller.reading() as tx:
        terms = terms_of(caller, tx, urn, published=False)
    if not terms:
        return RedirectResponse(f"/uploads?school={urn}", 303)
    return RedirectResponse(f"/schools/{urn}/terms/{terms[0]}", 303)


@router.get("/choose")
def choose(caller: Reads, school: str, term: str = "") -> Response:
    """Where the school and term chooser leads."""
    del caller
    calendar.term(term) if term else None
    return RedirectResponse(f"/schools/{school}/terms/{term}" if term else f"/schools/{school}", 303)


@router.get("/schools/{urn}/terms/{term}")
def read_term(caller: Reads, urn: str, term: str, year: str = "", only: str = "") -> HTMLResponse:
    """The page. `year` keeps one year group's pupils; `only` keeps new, open or the reader's own."""
    with caller.writing() as tx:
        view = setting_view(caller, tx, urn, term)
        schools = schools_of(caller, tx)
        line = next(each for each in schools if each.urn == urn)
        page = _page(caller, tx, view, schools, year, only)
    return render(page, frame_for(caller, section="term", synthetic=line.synthetic))


def _page(
    caller: Caller, tx: Transaction, view: SettingView, schools: list[SchoolLine], year: str, only: str
) -> TermPage:
    urn, term = view.school, view.term
    after = calendar.next_term(term).id
    common: dict[str, Any] = {
        "view": view,
        "term_words": term_words(term),
        "before_words": term_words(view.before) if view.before else "",
        "schools": tuple((each.urn, each.name) for each in schools),
        "terms": tuple((each, term_words(each)) for each in terms_of(caller, tx, urn, published=False)),
        "next_words": term_words(after),
        "year": year,
        "only": only,
    }
    title = f"{view.school_name}: {term_words(term)}"
    empty: dict[str, Any] = {
        "as_of": None, "places": 0, "how_often": "", "unsaid": (), "years": (), "practice": None,
    }  # fmt: skip
    if not (can(caller.reader, "flags.read", urn) and can(caller.reader, "names.read")):
        return TermPage(title, lists=None, no_list="", **common, **empty)
    try:
        found = flags_for(caller, tx, urn, term)
    except (Held, NotFound) as error:
        return TermPage(title, lists=None, no_list=f"{error.message} {error.hint}".strip(), **common, **empty)
    closed = decided.latest(tx, urn, [term])
    mine = said.my_pupils(tx, caller.reader, urn)
    lines = [(flag.flag_list, _line(flag, closed, mine)) for flag in found.flags if _kept(flag, year)]
    return TermPage(
        title,
        lists=tuple(_list(kind, [one for which, one in lines if which == kind], only) for kind in FlagList),
        no_list="",
        as_of=found.as_of,
        places=found.places,
        how_often=how_often_right(caller.deployment.registry.report(found.model_id), found.places),
        unsaid=_unsaid(found.abstained, year),
        years=tuple(sorted({str(flag.nc_year) for flag in found.flags if flag.nc_year}, key=_year_order)),
        practice=decided.practice(list(closed.values())),
        **common,
    )


def _list(kind: FlagList, lines: list[PupilLine], only: str) -> PupilList:
    keep = {
        "new": lambda line: line.new,
        "open": lambda line: not line.done,
        "mine": lambda line: line.mine,
    }.get(only, lambda _: True)
    words = (
        "Pupils for whom a first suspension may be avoided."
        if kind is FlagList.not_suspended
        else "Look at what is already being done, and whether it helps."
    )
    return PupilList(LIST_WORDS[kind], words, tuple(line for line in lines if keep(line)))


def _line(flag: FlagLine, closed: dict[tuple[str, str], decided.Decided], mine: set[str]) -> PupilLine:
    done = next((each.done_words for (pupil, _), each in closed.items() if pupil == flag.pupil_id), "")
    return PupilLine(flag.pupil_id, _name(flag), _group(flag), flag.new, done, flag.pupil_id in mine)


def _unsaid(found: list[AbstainedLine], year: str) -> tuple[UnsaidLine, ...]:
    """Those who need help with attendance first, then the others, each in name order."""
    lines = [
        UnsaidLine(each.pupil_id, _name(each), _group(each), each.reason, "attend" in each.reason.lower())
        for each in found
        if _kept(each, year)
    ]
    return tuple(sorted(lines, key=lambda line: not line.attendance_first))


def _kept(line: FlagLine | AbstainedLine, year: str) -> bool:
    return not year or line.nc_year == year


def _name(line: FlagLine | AbstainedLine) -> str:
    known = [part for part in (line.surname, line.forename) if part]
    return ", ".join(known) if known else "Name not known"


def _group(line: FlagLine | AbstainedLine) -> str:
    return line.registration_group or (f"Year {line.nc_year}" if line.nc_year else "")


def _year_order(year: str) -> int:
    return int(year) if year.isdigit() else 0
