"""Calls generated from the OpenAPI document, answered by the application, checked against the document."""

import random
import time
from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as with_seed
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from testbed.seeds import OWN, Seeded

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def call_everything(
    seeded: Seeded,
    role: str,
    *,
    examples: int,
    chance: int | None = None,
    until: float = float("inf"),
    calls: Counter[int] | None = None,
) -> list[str]:
    """Call every operation with generated input; returns what was not as documented, one line each.

    `chance` seeds other inputs than those of every run, `until` is a moment of the monotonic clock after which no
    operation is begun, and `calls` counts the answers by status.
    """
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", seeded.client().app)
    headers = {"Authorization": f"Bearer {seeded.tokens[role, OWN]}"}
    faults = []
    operations = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    if chance is not None:
        random.Random(chance).shuffle(operations)
    for operation in operations:
        if time.monotonic() > until:
            break
        try:
            _call(operation, headers, examples, chance, Counter() if calls is None else calls)
        except BaseExceptionGroup as found:
            first = [line for each in found.exceptions for line in str(each).splitlines()[:4]]
            faults.append(f"{role} {operation.method.upper()} {operation.path}: {' | '.join(first)}")
    return faults


def _call(
    operation: Any, headers: dict[str, str], examples: int, chance: int | None, calls: Counter[int]
) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=chance is None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        calls[answer.status_code] += 1

    (run if chance is None else with_seed(chance)(run))()
