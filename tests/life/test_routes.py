"""The data protection officer's API, over HTTP: only theirs, and what it answers can be read."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.accounts.keeping import add_account
from service.accounts.tokens import issue_token
from service.core.callers import command_caller
from service.rights.api import router
from testbed.deployments import app_with
from tests.life.living import SCHOOLS, Living, upn

pytestmark = pytest.mark.xdist_group("records")


class Clients:
    """A client for each role, on the same application."""

    def __init__(self, records: Living) -> None:
        self._records = records
        self._app = app_with(records.deployment, router)

    def as_role(self, role: str) -> TestClient:
        admin = command_caller(self._records.deployment)
        add_account(admin, f"{role}@school.example", role=role, schools=SCHOOLS[:1])
        token = issue_token(admin, f"{role}@school.example", days=1)["token"]
        return TestClient(self._app, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def clients(records: Living) -> Iterator[Clients]:
    return Clients(records)


def test_from_a_letter_to_a_mark_and_its_end(records: Living, clients: Clients) -> None:
    dpo = clients.as_role("dpo")
    named = {"school": SCHOOLS[0], "identifier": upn(SCHOOLS[0], 0)}
    assert dpo.post("/api/v1/data-protection/find", json=named).json() == {"pupil_id": records.pupil}
    place = f"/api/v1/pupils/{records.pupil}/do-not-score"
    assert dpo.put(place, json={"reason": "objection"}).status_code == 204
    assert dpo.put(place, json={"reason": "objection"}).status_code == 422
    assert [one["pupil_id"] for one in dpo.get("/api/v1/data-protection/marks").json()["marks"]] == [
        records.pupil
    ]
    assert dpo.delete(place).status_code == 204
    assert dpo.delete(place).status_code == 404


def test_a_request_and_its_deadline(clients: Clients) -> None:
    dpo = clients.as_role("dpo")
    body = {"school": SCHOOLS[0], "kind": "complaint", "received_on": "2026-11-02"}
    opened = dpo.post("/api/v1/data-requests", json=body)
    assert (opened.status_code, opened.json()["due_on"]) == (201, "2026-12-02")
    closing = f"/api/v1/data-requests/{opened.json()['id']}/closing"
    assert dpo.post(closing, json={"words": "Answered by letter."}).json()["state"] == "closed"
    assert dpo.get("/api/v1/data-requests").json()["requests"] == []
    assert dpo.post("/api/v1/data-requests", json={**body, "school": SCHOOLS[1]}).status_code == 403


def test_an_export_is_read_by_token_and_released_by_a_person(records: Living, clients: Clients) -> None:
    dpo = clients.as_role("dpo")
    made = dpo.post(f"/api/v1/pupils/{records.pupil}/subject-exports")
    assert made.status_code == 201
    place = f"/api/v1/subject-exports/{made.json()['id']}"
    assert dpo.get(place).json()["about"]["pupil_id"] == records.pupil
    assert dpo.post(f"{place}/release", json={}).status_code == 422


def test_nobody_is_erased_by_a_slip(records: Living, clients: Clients) -> None:
    dpo = clients.as_role("dpo")
    place = f"/api/v1/pupils/{records.pupil}/erasure"
    assert dpo.post(place, json={"confirm": records.other}).status_code == 422
    assert dpo.post(place, json={"confirm": records.pupil}).json()["schools"] == [SCHOOLS[0]]
    assert dpo.post(place, json={"confirm": records.pupil}).status_code == 404


@pytest.mark.parametrize("role", ["admin", "inclusion_lead", "head", "governor", "data_team"])
def test_it_is_nobody_elses(records: Living, clients: Clients, role: str) -> None:
    other = clients.as_role(role)
    assert other.get("/api/v1/data-requests").status_code == 403
    assert other.get("/api/v1/data-protection/marks").status_code == 403
    erase = other.post(f"/api/v1/pupils/{records.pupil}/erasure", json={"confirm": records.pupil})
    assert erase.status_code == 403
    assert other.post(f"/api/v1/pupils/{records.pupil}/subject-exports").status_code == 403
