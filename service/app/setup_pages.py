"""The first run: from an empty home to first suggestions, each step with what is there and what is missing."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from data_contracts import calendar
from service.accounts import keeping
from service.core import governance
from service.core.callers import Caller, command_caller
from service.core.permissions import LEAD, can
from service.models.training import LEAST_TERMS
from service.records import lake_store
from service.schools.lines import SchoolLine, in_order, schools_of
from service.scoring import score_store
from service.shell.access import needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import N_, _
from service.shell.rendering import Page, day, render
from service.support import support_store

router = APIRouter(include_in_schema=False)
PEOPLE = {
    "inclusion_lead": N_("An inclusion lead, who uploads the files"),
    "pastoral": N_("Someone from the pastoral team, who knows the pupils"),
    "data_team": N_("Someone who trains and tests the model"),
    "dpo": N_("The data protection officer"),
}


@dataclass(frozen=True)
class Item:
    """One thing of a step: there or missing."""

    words: str
    there: bool
    more: str = ""


@dataclass(frozen=True)
class Step:
    """One step: its items, who does it, and where, if that is the reader."""

    title: str
    why: str
    done: bool
    items: tuple[Item, ...]
    who: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True)
class SetUpPage(Page):
    """All steps; `open` is the number of the first that is not done, 0 when all are."""

    template: ClassVar[str] = "app/setup.html"
    section: ClassVar[str] = "setup"

    steps: tuple[Step, ...]
    open: int


@dataclass(frozen=True)
class CalendarPage(Page):
    """The terms Belong knows, as a school should compare them with its own."""

    template: ClassVar[str] = "schools/calendar.html"
    section: ClassVar[str] = "setup"

    terms: tuple[tuple[str, tuple[str, ...], str, bool], ...]


@router.get("/set-up")
def read_steps(caller: Annotated[Caller, Depends(needs("school.pause"))]) -> HTMLResponse:
    """How far the first run is."""
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
        urns = [line.urn for line in schools]
        terms = lake_store.terms_by_school(tx, urns)
        loaded = {urn: in_order(terms[urn])[::-1] for urn in urns}
        published = score_store.anything_published(tx, urns)
        with_places = support_store.schools_with_places(tx, urns)
        steps = (
            _schools(caller, schools),
            _governance(caller, schools),
            _people(caller),
            _places(caller, schools, with_places),
            _files(caller, schools, loaded),
            _model(caller, loaded),
            _first_list(caller, schools, published),
        )
    place = next((number for number, step in enumerate(steps, 1) if not step.done), 0)
    page = SetUpPage(_("Set up Belong"), steps=steps, open=place)
    synthetic = any(line.synthetic for line in schools)
    return render(page, frame_for(caller, section="setup", synthetic=synthetic))


@router.get("/calendar")
def read_calendar(caller: Annotated[Caller, Depends(needs("schools.read"))]) -> HTMLResponse:
    """The terms of this school year and the ones around it."""
    today = date.today()
    near = [term for term in calendar.TERMS if abs((term.start - today).days) < 400]
    terms = tuple(
        (
            term_words(term.id),
            tuple(f"{day(first)} – {day(last)}" for first, last in term.half_terms),
            day(calendar.as_of(term.id)),
            term.start <= today <= term.end,
        )
        for term in near
    )
    page = CalendarPage(_("Terms"), terms=terms)
    return render(page, frame_for(caller, section="setup", synthetic=False))


def _schools(caller: Caller, schools: list[SchoolLine]) -> Step:
    may = can(caller.reader, "schools.manage")
    return Step(
        _("Add your schools"),
        _("Add each school whose files Belong will read."),
        bool(schools),
        tuple(Item(line.name, True, _("paused") if line.paused_at else "") for line in schools),
        _("the administrator"),
        "/admin#add" if may else "",
        _("Add a school"),
    )


def _governance(caller: Caller, schools: list[SchoolLine]) -> Step:
    real = [line for line in schools if not line.synthetic]
    items: list[Item] = []
    for line in real:
        settled = governance.of_school(caller.deployment.home, line.urn)
        missing = settled.missing(date.today())
        kept = [words for words in governance.REQUIRED.values() if not any(words in each for each in missing)]
        items += [Item(f"{line.name}: {words}", True) for words in kept]
        items += [Item(f"{line.name}: {words}", False) for words in missing]
    if not real:
        items = [Item(_("Synthetic schools don’t need this."), True)] if schools else []
    return Step(
        _("Data protection checklist"),
        _(
            "Belong calculates no figures about pupils until this checklist is complete. Complete it with your data "
            "protection officer; your system administrator enters the answers in the file governance.toml."
        ),
        bool(schools) and all(item.there for item in items),
        tuple(items),
        _("the data protection officer and the system administrator"),
    )


def _people(caller: Caller) -> Step:
    may = can(caller.reader, "accounts.manage")
    # the answer is only whether somebody has each role, so a lead may know it without managing accounts
    there = {one["role"] for one in keeping.list_accounts(command_caller(caller.deployment)) if one["active"]}
    items = tuple(Item(_(words), role in there) for role, words in PEOPLE.items())
    return Step(
        _("Invite people"),
        _("Each person has one role and sees only what they need for it. You need at least the first two."),
        {"inclusion_lead", "pastoral"} <= there or {"inclusion_lead", "head_of_year"} <= there,
        items,
        _("the administrator"),
        "/admin/accounts" if may else "",
        _("Invite someone"),
    )


def _places(caller: Caller, schools: list[SchoolLine], with_places: set[str]) -> Step:
    items = tuple(
        Item(line.name, True)
        if line.urn in with_places
        else Item(line.name, False, _("until you set this: one in forty pupils, at least six"))
        for line in schools
    )
    mine = next((line.urn for line in schools if can(caller.reader, "places.edit", line.urn)), None)
    return Step(
        _("Check the term dates and set your support places"),
        _("How many pupils can your team review properly in a term? Each list is exactly this long."),
        bool(schools) and all(item.there for item in items),
        items,
        _("the inclusion lead"),
        f"/places/{mine}" if mine else "",
        _("Set support places"),
    )


def _files(caller: Caller, schools: list[SchoolLine], loaded: dict[str, list[str]]) -> Step:
    items = []
    for line in schools:
        terms = loaded[line.urn]
        lacking = max(LEAST_TERMS - len(terms), 0)
        more = _lacking(lacking) if lacking else ""
        said = ", ".join(term_words(term) for term in terms[:4])
        items.append(Item(f"{line.name}: {said or _('no terms yet')}", not lacking, more))
    may = can(caller.reader, "uploads.create")
    return Step(
        _("Upload the files of past terms, then of this term"),
        _(
            "Start with the oldest. Each upload is checked. Rows with a problem are left out until they are corrected."
        ),
        bool(schools) and all(item.there for item in items),
        tuple(items),
        _("the inclusion lead"),
        "/uploads" if may else "",
        _("Upload files"),
    )


def _lacking(count: int) -> str:
    """How many more terms a model needs."""
    if count == 1:
        return _("1 more term is needed to train a model")
    return _("%(count)s more terms are needed to train a model") % {"count": count}


def _model(caller: Caller, loaded: dict[str, list[str]]) -> Step:
    registry = caller.deployment.registry
    serving, made = registry.serving(), bool(registry.models())
    enough = any(len(terms) >= LEAST_TERMS for terms in loaded.values())
    items = (
        Item(_("Enough terms to train and test on"), enough),
        Item(_("A model has been trained, and tested on a term it hadn’t seen"), made),
        Item(_("A named person has read its report and put it into use"), serving is not None),
    )
    return Step(
        _("Train a model, test it and put it into use"),
        _(
            "Until then you can use a simple points rule (no model), with points for absence, incidents and "
            "suspensions."
        ),
        serving is not None,
        items,
        _("the data team"),
        "/model/models" if can(caller.reader, "model.promote") else "/model",
        _("Train and test") if can(caller.reader, "model.promote") else _("About the model"),
    )


def _first_list(caller: Caller, schools: list[SchoolLine], published: bool) -> Step:
    rule: dict[str, Any] = {}
    mine = [line for line in schools if can(caller.reader, "names.read", line.urn)]
    if mine and caller.reader.role == LEAD:
        rule = {"href": "/" if published else f"/rule/{mine[0].urn}"}
        rule["link"] = _("This term") if published else _("List made by a simple points rule")
    return Step(
        _("Read the first list"),
        _(
            "Start with what has changed in your school, then look at the pupils. Then hold the review meeting "
            "with the printed pack."
        ),
        published,
        (),
        _("the inclusion lead and the pastoral team"),
        **rule,
    )
