"""The OpenAPI document is true: calls generated from it, by every role, never break the service."""

import pytest

from tests.service.generated import call_everything
from tests.service.seeds import Seeded


@pytest.mark.parametrize("role", ["inclusion_lead", "dpo", "admin"])
def test_generated_calls_are_answered_as_documented(fresh: Seeded, role: str) -> None:
    assert call_everything(fresh, role, examples=3) == []


def test_the_document_describes_every_route_and_body(seeded: Seeded) -> None:
    document = seeded.client().get("/api/v1/openapi.json").json()
    paths = document["paths"]
    wanted = ("/uploads", "/uploads/{upload_id}", "/flags", "/pupils/{pupil_id}/explanation", "/model")
    assert {f"/api/v1{path}" for path in wanted} <= set(paths)
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation.get("summary") or operation.get("description"), f"{method} {path}"
            assert "401" in operation["responses"] or not path.startswith("/api/"), f"{method} {path}"
    explanation = document["components"]["schemas"]["ExplanationResponse"]["properties"]
    named = "pupil_id school as_of model_id synthetic abstained log_odds base_log_odds probability similar"
    assert {*named.split(), "reasons", "strengths"} <= set(explanation)
