"""Models trained here: train one, read how it did, put it into use with a reason, withdraw it."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.accounts import Names
from service.core.audit import Event
from service.core.callers import Caller
from service.core.permissions import can
from service.core.taking import Line, Text
from service.models.model_figures import gate_lines
from service.models.training import LEAST_TERMS, Training, ask_training, last_training
from service.records import lake_store
from service.schools import schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for
from service.shell.messages import _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Trains = Annotated[Caller, Depends(needs("model.promote"))]
SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """A model that was made: how its list did, and the tests it had to pass as (test, had to be, was, how judged)."""

    model_id: str
    at: str
    by: str
    serving: bool
    passed: bool
    right: int
    flags: int
    rule_right: int
    gates: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class ModelsPage(Page):
    """The newest models, the state of a training, and forms to train, promote and take back."""

    template: ClassVar[str] = "models/models.html"
    section: ClassVar[str] = "model"

    candidates: tuple[Candidate, ...]
    training: Training | None
    terms: int
    least_terms: int
    may_take_back: bool
    may_audit: bool
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/model/models")
def read_models(caller: Trains) -> HTMLResponse:
    """The page."""
    return _page(caller)


@router.post("/model/train", dependencies=[Depends(checked_form)])
def train(caller: Trains) -> Response:
    """Queue a training."""
    try:
        ask_training(caller)
    except Refused as error:
        return _page(caller, {"train": f"{error.message} {error.hint}"})
    return RedirectResponse("/model/models", 303)


@router.post("/model/promote", dependencies=[Depends(checked_form)])
def promote(
    caller: Trains, model_id: Annotated[Line, Form()] = "", reason: Annotated[Text, Form()] = ""
) -> Response:
    """Put a model into use, in the reader's own name. One that failed a test is let through by command only."""
    at = f"reason-{model_id}"
    if not reason.strip():
        return _page(caller, {at: _("Say why this model should be put into use.")})
    try:
        caller.deployment.registry.promote(model_id, caller.reader.name, reason.strip())
    except Refused as error:
        return _page(caller, {at: f"{error.message} {error.hint}"})
    with caller.writing() as tx:
        caller.record(tx, Event.MODEL_PROMOTED, subject=model_id[:40], model=model_id)
    return RedirectResponse("/model", 303)


@router.post("/model/roll-back", dependencies=[Depends(checked_form)])
def take_back(caller: Trains, reason: Annotated[Text, Form()] = "") -> Response:
    """Return to the model that was in use before."""
    if not reason.strip():
        return _page(caller, {"reason": _("Say why the model is being withdrawn.")})
    try:
        served = caller.deployment.registry.rollback(caller.reader.name, reason.strip())
    except Refused as error:
        return _page(caller, {"reason": f"{error.message} {error.hint}"})
    with caller.writing() as tx:
        caller.record(tx, Event.MODEL_ROLLED_BACK, model=served)
    return RedirectResponse("/model/history", 303)


def _page(caller: Caller, errors: dict[str, str] | None = None) -> HTMLResponse:
    registry = caller.deployment.registry
    made = registry.models()
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
        loaded = lake_store.terms_by_school(tx, [one.urn for one in schools])
        training = last_training(tx)
        names = Names(tx)
    page = ModelsPage(
        _("Train and publish a model"),
        candidates=tuple(_candidate(caller, one, names) for one in made[: -SHOWN - 1 : -1]),
        training=training,
        terms=max((len(terms) for terms in loaded.values()), default=0),
        least_terms=LEAST_TERMS,
        may_take_back=registry.serving() is not None,
        may_audit=can(caller.reader, "audits.read"),
        errors=errors or {},
    )
    synthetic = any(one.synthetic for one in schools)
    frame = frame_for(caller, section="model", synthetic=synthetic)
    return render(page, frame, status=422 if errors else 200)


def _candidate(caller: Caller, added: dict[str, Any], names: Names) -> Candidate:
    model_id = str(added["model_id"])
    report = caller.deployment.registry.report(model_id)
    lists = report["test"]["list"]
    return Candidate(
        model_id=model_id,
        at=str(added["at"]),
        by=names.of(str(added["by"])),
        serving=bool(added["serving"]),
        passed=bool(report["gates"]["passed"]),
        right=round(lists["model"]["right"]),
        flags=round(lists["model"]["flags"]),
        rule_right=round(lists.get("abc", {}).get("right", 0)),
        gates=gate_lines(report["gates"]),
    )
