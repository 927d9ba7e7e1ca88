"""A trust's schools side by side, in name order, for those who lead the trust. No pupil is on this page."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts import calendar
from service.core.base import now
from service.core.callers import Caller
from service.core.permissions import NotFound
from service.core.taking import Term
from service.records import lake_store
from service.schools import SchoolLine, schools_of
from service.setting.measures import MEASURES
from service.setting.published import Figures, Published, figures_of, oldest
from service.setting.trust import MeasureBeside, TrustView, side_by_side
from service.shell.access import needs
from service.shell.frames import frame_for, term_words
from service.shell.rendering import Page, render
from service.shell.term_chart import TermChart, term_chart, top_of

router = APIRouter(include_in_schema=False)
Leads = Annotated[Caller, Depends(needs("trust.read"))]
TERM = r"^([0-9]{4}-(autumn|spring|summer))?$"


@dataclass(frozen=True)
class MeasureOverTerms:
    """A measure at every school over all terms: charts on one scale, and the table behind them."""

    words: str
    unit: str
    digits: int
    charts: tuple[TermChart, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


@dataclass(frozen=True)
class TrustPage(Page):
    """Every measure at every school."""

    template: ClassVar[str] = "setting/trust.html"
    section: ClassVar[str] = "trust"

    view: TrustView
    schools: tuple[SchoolLine, ...]
    england: tuple[tuple[str, tuple[Published | None, ...]], ...]
    over_terms: tuple[MeasureOverTerms, ...]
    terms: tuple[tuple[str, str], ...]
    term_words: str
    last_year_words: str
    oldest: Published | None


@router.get("/trust")
def latest(caller: Leads, term: Annotated[str, Query(pattern=TERM)] = "") -> Response:
    """The term chosen, or the latest of any school."""
    if term:
        return RedirectResponse(f"/trust/{term}", 303)
    with caller.reading() as tx:
        terms = lake_store.loaded_terms(tx, *caller.reader.schools)
    if not terms:
        raise NotFound("No school of the trust has uploaded files yet.")
    newest = max(terms, key=lambda one: calendar.term(one).start)
    return RedirectResponse(f"/trust/{newest}", 303)


@router.get("/trust/{term}")
def read_trust(caller: Leads, term: Term) -> HTMLResponse:
    """The page."""
    with caller.writing() as tx:
        schools = schools_of(caller, tx)
        view = side_by_side(caller, tx, schools, term)
    england = _england(schools, term, figures_of(caller.deployment.home.path))
    page = TrustPage(
        f"Our schools side by side: {term_words(term)}",
        view=view,
        schools=tuple(schools),
        england=england,
        over_terms=tuple(
            _over_terms(place, one, schools, view, england) for place, one in enumerate(view.measures)
        ),
        terms=tuple((each, term_words(each)) for each in reversed(view.terms)),
        term_words=term_words(term),
        last_year_words=term_words(view.last_year) if view.last_year else "",
        oldest=oldest([one for _, found in england for one in found], _today()),
    )
    return render(page, frame_for(caller, section="trust", synthetic=any(one.synthetic for one in schools)))


def _england(
    schools: list[SchoolLine], term: str, figures: Figures
) -> tuple[tuple[str, tuple[Published | None, ...]], ...]:
    """What was published for each phase there is among the schools, measure by measure."""
    season = calendar.term(term).season
    phases = sorted({school.phase for school in schools})
    return tuple(
        (phase, tuple(figures.of(phase, measure.name, season) for measure in MEASURES)) for phase in phases
    )


def _over_terms(
    place: int,
    measure: MeasureBeside,
    schools: list[SchoolLine],
    view: TrustView,
    england: tuple[tuple[str, tuple[Published | None, ...]], ...],
) -> MeasureOverTerms:
    """One measure's charts, all on the scale of the largest figure among the schools and England."""
    levels = {phase: found[place] for phase, found in england}
    every = [one for school in measure.schools for one in school.terms]
    top = top_of([*every, *(one.value for one in levels.values() if one is not None)])
    words = [term_words(term) for term in view.terms]
    charts = tuple(
        term_chart(
            f"{school.name}: {measure.words.lower()} ({measure.unit})",
            words,
            school.terms,
            unit=measure.unit,
            digits=measure.digits,
            top=top,
            england=level.value if (level := levels[line.phase]) is not None else None,
        )
        for school, line in zip(measure.schools, schools, strict=True)
    )
    rows = tuple(
        (words[number], tuple(school.terms[number] for school in measure.schools))
        for number in reversed(range(len(words)))
    )
    return MeasureOverTerms(measure.words, measure.unit, measure.digits, charts, rows)


def _today() -> date:
    return now().date()
