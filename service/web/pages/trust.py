"""A trust's schools side by side, in name order, for those who lead the trust. No pupil is on this page."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts import calendar
from service.access import needs
from service.callers import Caller
from service.db import school_store
from service.permissions import NotFound
from service.reads import schools_of
from service.reads.schools import SchoolLine, in_order
from service.setting.published import Published, published
from service.setting.trust import TrustView, side_by_side
from service.setting.view import MEASURES
from service.taking import Term
from service.web import charts
from service.web.frames import frame_for, term_words
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
Leads = Annotated[Caller, Depends(needs("trust.read"))]


@dataclass(frozen=True)
class TrustPage(Page):
    """Every measure at every school."""

    template: ClassVar[str] = "term/trust.html"
    section: ClassVar[str] = "trust"

    view: TrustView
    schools: tuple[SchoolLine, ...]
    england: tuple[tuple[str, tuple[Published | None, ...]], ...]
    charts: tuple[charts.PairChart, ...]
    terms: tuple[tuple[str, str], ...]
    term_words: str
    before_words: str


@router.get("/trust")
def latest(
    caller: Leads, term: Annotated[str, Query(pattern=r"^([0-9]{4}-(autumn|spring|summer))?$")] = ""
) -> Response:
    """The term chosen, or the latest of any school."""
    if term:
        return RedirectResponse(f"/trust/{term}", 303)
    with caller.reading() as tx:
        terms = in_order(school_store.loaded_terms(tx, *caller.reader.schools))
    if not terms:
        raise NotFound("No school of the trust has handed in files yet.")
    return RedirectResponse(f"/trust/{terms[-1]}", 303)


@router.get("/trust/{term}")
def read_trust(caller: Leads, term: Term) -> HTMLResponse:
    """The page."""
    with caller.writing() as tx:
        schools = schools_of(caller, tx)
        view = side_by_side(caller, tx, schools, term)
        terms = in_order(school_store.loaded_terms(tx, *caller.reader.schools))[::-1]
    page = TrustPage(
        f"Our schools side by side: {term_words(term)}",
        view=view,
        schools=tuple(schools),
        england=_england(schools, term),
        charts=tuple(
            charts.then_and_now(
                one.words, [(school.name, school.before, school.now) for school in one.schools], "", one.digits,
                before="the term before",
            )
            for one in view.measures
        ),
        terms=tuple((each, term_words(each)) for each in terms),
        term_words=term_words(term),
        before_words=term_words(view.before),
    )  # fmt: skip
    return render(page, frame_for(caller, section="trust", synthetic=any(one.synthetic for one in schools)))


def _england(schools: list[SchoolLine], term: str) -> tuple[tuple[str, tuple[Published | None, ...]], ...]:
    """What was published for each phase there is among the schools, measure by measure."""
    season = calendar.term(term).season
    phases = sorted({school.phase for school in schools})
    return tuple(
        (phase, tuple(published(phase, measure.name, season) for measure in MEASURES)) for phase in phases
    )
