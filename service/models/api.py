"""The model: what it is, how it did, its whole printed table, who promoted it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from model.indicator import Indicator
from pipelines.report import table_rows
from service.core.audit import Event
from service.core.callers import Caller
from service.core.permissions import NotFound
from service.models.bodies import (
    AuditsResponse,
    CardResponse,
    ModelResponse,
    ModelsResponse,
    PromotedResponse,
    PromoteRequest,
    ReportResponse,
    ShapesResponse,
)
from service.models.reading import model_card, model_report, served_model
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, once, tagged

router = APIRouter(tags=["model"], responses=ERRORS)
ModelPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9._\-]{1,80}$")]


@router.get("/model", response_model=ModelResponse)
def read_model(request: Request, caller: Annotated[Caller, Depends(needs("model.read"))]) -> Response:
    """The manifest of the model that serves."""
    return tagged(request, ModelResponse.model_validate(served_model(caller)))


@router.get("/model/shapes", response_model=ShapesResponse)
def read_shapes(request: Request, caller: Annotated[Caller, Depends(needs("model.read"))]) -> Response:
    """The whole model as the table it is: every indicator's cells and what each adds to the log-odds."""
    manifest = served_model(caller)
    loaded = caller.deployment.registry.load(manifest["model_id"])
    indicators = [Indicator.from_dict(one) for one in manifest["indicators"]]
    rows = table_rows(loaded.model, indicators)
    said = {"model_id": manifest["model_id"], "rows": rows}
    return tagged(request, ShapesResponse.model_validate(said))


@router.get("/models", response_model=ModelsResponse)
def list_models(request: Request, caller: Annotated[Caller, Depends(needs("model.read"))]) -> Response:
    """Every model there is, and the history of promotions."""
    registry = caller.deployment.registry
    said = {"models": registry.models(), "events": registry.events()}
    return tagged(request, ModelsResponse.model_validate(said))


@router.get("/models/{model_id}/report", response_model=ReportResponse)
def read_report(
    request: Request, caller: Annotated[Caller, Depends(needs("model.read"))], model_id: ModelPath
) -> Response:
    """How a model did on terms it had not seen, beside the plain rules it has to beat."""
    return tagged(request, ReportResponse.model_validate(model_report(caller, _known(caller, model_id))))


@router.get("/models/{model_id}/card", response_model=CardResponse)
def read_card(
    request: Request, caller: Annotated[Caller, Depends(needs("model.read"))], model_id: ModelPath
) -> Response:
    """A model's card."""
    card = model_card(caller, _known(caller, model_id))
    if card is None:
        raise NotFound("No card was made for this model.")
    return tagged(request, CardResponse.model_validate(card))


@router.get("/audits", response_model=AuditsResponse)
def read_audits(request: Request, caller: Annotated[Caller, Depends(needs("audits.read"))]) -> Response:
    """What the group and label audits of the serving model found."""
    report = model_report(caller, served_model(caller)["model_id"])
    said = {"audit": report.get("audit"), "labels": report.get("label_audit")}
    return tagged(request, AuditsResponse.model_validate(said))


@router.post("/models/{model_id}/promote", response_model=PromotedResponse)
def promote(
    request: Request,
    caller: Annotated[Caller, Depends(needs("model.promote"))],
    model_id: ModelPath,
    body: PromoteRequest,
) -> Response:
    """Let a model serve. The caller is the named person; refused unless its gates passed."""
    _known(caller, model_id)

    def decide() -> PromotedResponse:
        caller.deployment.registry.promote(model_id, caller.reader.name, body.reason)
        with caller.writing() as tx:
            caller.record(tx, Event.MODEL_PROMOTED, model=model_id)
        return PromotedResponse(model_id=model_id)

    return once(caller, request, body.model_dump(), decide)


@router.post("/models/rollback", response_model=PromotedResponse)
@answers_once()
def rollback(
    caller: Annotated[Caller, Depends(needs("model.promote"))], body: PromoteRequest
) -> PromotedResponse:
    """Return to the model that served before."""
    served = caller.deployment.registry.rollback(caller.reader.name, body.reason)
    with caller.writing() as tx:
        caller.record(tx, Event.MODEL_ROLLED_BACK, model=served)
    return PromotedResponse(model_id=served)


def _known(caller: Caller, model_id: str) -> str:
    if not any(one["model_id"] == model_id for one in caller.deployment.registry.models()):
        raise NotFound("There is no such model.")
    return model_id
