"""The OpenAPI document is true: calls generated from it, by every role, never break the service."""

from collections import Counter

import pytest
from fastapi.testclient import TestClient

from service.core.permissions import PERSONS_ONLY, ROLES, RULES
from testbed.examples import call_for
from testbed.generated import call_everything
from testbed.routes import named_routes
from testbed.seeds import OWN, Seeded

NEEDS_A_PERSON = {"release_export", "begin_second_factor", "confirm_second_factor", "issue_own_token"}
"""Asks for what only a person has: a password, a code, an export they have read."""
LAST = ("add_offer", "mark", "unmark", "undo", "end_token", "change", "pause", "resume", "rollback", "close")
"""Examples that take away what others stand on run after them."""
NOTHING_THERE = {
    "download_problems": 422, "download_marked": 422, "read_proposals": 422, "confirm_mapping": 422,
    "end_second_factor": 404, "find": 404, "erase": 409, "end_own_token": 404, "pause_all": 403,
    "resume_all": 403, "reset": 422, "confirm_own_change": 404,
    "decide": 412, "confirm_retention": 403, "refuse_retention": 403, "release_suggestions": 422,
    "answer_types": 422,
}  # fmt: skip
"""The seeded home holds no sealed file, second factor, password, alias, own token, change or
suggestions that wait, and has an upload in work; its example of a file holds pupils, no answers; nobody in it
looks after every school. A decision stands there that the example doesn't name."""


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


def test_every_example_works(fresh: Seeded) -> None:
    document = fresh.client().get("/api/v1/openapi.json").json()
    operations = [
        (operation["operationId"], path, method)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and operation["operationId"] not in NEEDS_A_PERSON
    ]
    assert len(operations) >= 60
    operations.sort(key=lambda one: LAST.index(one[0]) if one[0] in LAST else -1)
    needs = {(route.path, route.method): route.needs for route in named_routes(fresh.client().app)}  # type: ignore[arg-type]
    clients: dict[str, TestClient] = {role: fresh.client(role) for role in ROLES}
    people: dict[str, TestClient] = {role: fresh.person(role) for role in ROLES}
    wrong = []
    for name, path, method in operations:
        action = needs[path, method.upper()][0]
        role = next(role for role in ROLES[1:] + ROLES[:1] if action is None or role in RULES[action])
        call = call_for(document, path, method, fresh.ids(OWN))
        answer = (people if action in PERSONS_ONLY else clients)[role].request(
            call.method, call.path, **call.options()
        )
        documented = {int(status) for status in document["paths"][path][method]["responses"]}
        wanted = {NOTHING_THERE[name]} if name in NOTHING_THERE else documented & set(range(200, 300))
        if answer.status_code not in wanted:
            wrong.append(f"{name} as {role}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def test_a_client_can_be_made_from_the_document(seeded: Seeded) -> None:
    document = seeded.client().get("/api/v1/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    names: Counter[str] = Counter()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names[operation["operationId"]] += 1
            assert operation["operationId"].isidentifier()
            assert set(operation["tags"]) <= described, path
            assert operation.get("security") or path in ("/healthz", "/readyz"), path
            headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
            assert method != "post" or "Idempotency-Key" in headers, path
            problem = operation["responses"].get("422", {"content": {"application/problem+json": {}}})
            assert "application/problem+json" in problem["content"], path
    assert names.most_common(1)[0][1] == 1
