"""Schools and their state: registered, paused, resumed, and what is still to be settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from data_contracts.schools import MIS_NAMES, PHASES
from service.core import governance
from service.core.callers import Caller
from service.core.permissions import NotAllowed, can, check
from service.core.taking import Line, Text, Urn
from service.schools import keeping as schools
from service.schools.lines import MIS_WORDS, SchoolLine, loaded_terms, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for
from service.shell.rendering import Frame, Page, render

router = APIRouter(include_in_schema=False)
Pauses = Annotated[Caller, Depends(needs("school.pause"))]
Manages = Annotated[Caller, Depends(needs("schools.manage"))]
STATE_WORDS = {
    "paused": "Paused: not scored, suggestions hidden",
    "waits for governance.toml": "Waiting: the data protection checklist isn’t complete",
    "synthetic": "Ready (synthetic)",
    "ready": "Ready",
}


@dataclass(frozen=True)
class SchoolsPage(Page):
    """The reader's schools, and for administrators the first steps and a form for another school."""

    template: ClassVar[str] = "schools/schools.html"
    section: ClassVar[str] = "admin"

    schools: tuple[tuple[str, str, str, str], ...]
    may_manage: bool
    may_pause_all: bool
    all_paused: bool
    phases: tuple[tuple[str, str], ...] = tuple((phase, phase.capitalize()) for phase in PHASES)
    systems: tuple[tuple[str, str], ...] = tuple((mis, MIS_WORDS[mis].capitalize()) for mis in MIS_NAMES)
    given: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SchoolPage(Page):
    """One school: what is still to be settled, and pausing it."""

    template: ClassVar[str] = "schools/school.html"
    section: ClassVar[str] = "admin"

    school: SchoolLine
    state: str
    settled: tuple[tuple[str, bool], ...]
    missing: tuple[str, ...]
    terms: int
    may_set_places: bool
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/admin")
def read_schools(caller: Pauses) -> HTMLResponse:
    """The reader's schools."""
    return _schools_page(caller)


@router.post("/admin/schools", dependencies=[Depends(checked_form)])
def register(
    caller: Manages,
    urn: Annotated[Line, Form()] = "",
    name: Annotated[Line, Form()] = "",
    phase: Annotated[Line, Form()] = "",
    mis: Annotated[Line, Form()] = "",
) -> Response:
    """Register a school and begin its section of the governance file."""
    given = {"urn": urn.strip(), "name": name.strip(), "phase": phase, "mis": mis}
    try:
        if not given["name"]:
            raise Refused("Give the school’s name.")
        schools.register(caller, given["urn"], name=given["name"], phase=phase, mis=mis)
    except Refused as error:
        at = "urn" if given["name"] else "name"
        return _schools_page(caller, given, {at: _said(error)})
    return RedirectResponse("/admin", 303)


@router.get("/admin/schools/{urn}")
def read_school(caller: Pauses, urn: Urn) -> HTMLResponse:
    """One school's state."""
    check(caller.reader, "school.pause", urn)
    return _school_page(caller, urn)


@router.post("/admin/schools/{urn}/{change}", dependencies=[Depends(checked_form)])
def pause_or_resume(caller: Pauses, urn: Urn, change: Line, reason: Annotated[Text, Form()] = "") -> Response:
    """Pause a school at once, or let it go on; both with a reason."""
    check(caller.reader, "school.pause", urn)
    act = {"pause": schools.pause, "resume": schools.resume}.get(change)
    try:
        if act is None:
            raise Refused("A school can be paused or resumed.")
        act(caller, urn, reason)
    except (Refused, NotAllowed) as error:
        return _school_page(caller, urn, {"reason": _said(error)})
    return RedirectResponse(f"/admin/schools/{urn}", 303)


@router.post("/admin/everything/{change}", dependencies=[Depends(checked_form)])
def pause_or_resume_all(
    caller: Annotated[Caller, Depends(needs("deployment.pause"))],
    change: Line,
    reason: Annotated[Text, Form()] = "",
) -> Response:
    """Pause the whole deployment at once, or let it go on; both with a reason."""
    act = {"pause": schools.pause_all, "resume": schools.resume_all}.get(change)
    try:
        if act is None:
            raise Refused("Everything can be paused or resumed.")
        act(caller, reason)
    except (Refused, NotAllowed) as error:
        return _schools_page(caller, errors={"reason": _said(error)})
    return RedirectResponse("/admin", 303)


def _schools_page(
    caller: Caller, given: Mapping[str, str] | None = None, errors: dict[str, str] | None = None
) -> HTMLResponse:
    may_manage = can(caller.reader, "schools.manage")
    states = schools.states(caller)
    page = SchoolsPage(
        "Schools",
        schools=tuple(
            (one["urn"], one["name"], MIS_WORDS[one["mis"]], STATE_WORDS[one["state"]]) for one in states
        ),
        may_manage=may_manage,
        may_pause_all=can(caller.reader, "deployment.pause") and bool(states),
        all_paused=schools.all_paused(caller),
        given=given or {},
        errors=errors or {},
    )
    synthetic = any(one["synthetic"] for one in states)
    return render(page, _frame(caller, synthetic), status=422 if errors else 200)


def _school_page(caller: Caller, urn: str, errors: dict[str, str] | None = None) -> HTMLResponse:
    with caller.reading() as tx:
        line = next(line for line in schools_of(caller, tx) if line.urn == urn)
        terms = len(loaded_terms(caller, tx, urn))
    state = next(one["state"] for one in schools.states(caller) if one["urn"] == urn)
    section = governance.of_school(caller.deployment.home, urn)
    missing = () if line.synthetic else tuple(section.missing(date.today()))
    page = SchoolPage(
        line.name,
        school=line,
        state=STATE_WORDS[state],
        settled=() if line.synthetic else _settled(missing),
        missing=missing,
        terms=terms,
        may_set_places=can(caller.reader, "places.read", urn),
        errors=errors or {},
    )
    return render(page, _frame(caller, line.synthetic), status=422 if errors else 200)


def _settled(missing: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Each thing that has to be settled, and whether it is; what is wrong in another way stands at the end."""
    lines = [
        (words, not any(one.startswith(words) for one in missing)) for words in governance.REQUIRED.values()
    ]
    known = set(governance.REQUIRED.values())
    return (*lines, *((one, False) for one in missing if not any(one.startswith(words) for words in known)))


def _said(error: Refused | NotAllowed) -> str:
    return f"{error.message} {error.hint}".strip()


def _frame(caller: Caller, synthetic: bool) -> Frame:
    return frame_for(caller, section="admin", synthetic=synthetic)
