"""The model that serves: its manifest, report and card, for everyone who may ask how it works."""

from typing import Any

from service.core.callers import Caller
from service.core.permissions import NotFound, check


def served_model(caller: Caller) -> dict[str, Any]:
    """The manifest of the serving model; NotFound before the first promotion."""
    check(caller.reader, "model.read")
    return caller.deployment.manifest(serving_id(caller))


def model_report(caller: Caller, model_id: str | None = None) -> dict[str, Any]:
    """How a model did on terms it had not seen."""
    check(caller.reader, "model.read")
    return caller.deployment.registry.report(model_id or serving_id(caller))


def model_card(caller: Caller, model_id: str | None = None) -> dict[str, Any] | None:
    """The card of a model, for readers."""
    check(caller.reader, "model.read")
    return caller.deployment.registry.card(model_id or serving_id(caller))


def serving_id(caller: Caller) -> str:
    """The id of the model that serves."""
    model_id = caller.deployment.registry.serving()
    if model_id is None:
        raise NotFound("No model is in use yet.", hint="Train one and let a named person promote it.")
    return model_id
