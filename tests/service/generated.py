"""Calls generated from the OpenAPI document, answered by the application, checked against the document."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.seeds import OWN, Seeded

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def call_everything(seeded: Seeded, role: str, *, examples: int) -> list[str]:
    """Call every operation with generated input; returns what was not as documented, one line each."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", seeded.client().app)
    headers = {"Authorization": f"Bearer {seeded.tokens[role, OWN]}"}
    faults = []
    for result in schema.get_all_operations():
        operation = result.ok()
        try:
            _call(operation, headers, examples)
        except BaseExceptionGroup as found:
            first = [line for each in found.exceptions for line in str(each).splitlines()[:4]]
            faults.append(f"{role} {operation.method.upper()} {operation.path}: {' | '.join(first)}")
    return faults


def _call(operation: Any, headers: dict[str, str], examples: int) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
