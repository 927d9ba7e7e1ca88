"""From the demo's files to explained flags over HTTP, as a machine with a token sees it."""

from collections.abc import Iterator
from math import exp, isclose
from pathlib import Path
from typing import Any

import httpx2
import pytest

from testbed import serving
from testbed.hanging import HANGS_AFTER

pytestmark = pytest.mark.xdist_group("served-demo")


@pytest.fixture(scope="module")
def served(demo_home: Path) -> Iterator[str]:
    with serving.served(demo_home) as address:
        yield address


def account(demo: dict[str, Any], role: str, urn: str | None = None) -> dict[str, Any]:
    return next(a for a in demo["accounts"] if a["role"] == role and (urn is None or urn in a["schools"]))


def client(served: str, token: str) -> httpx2.Client:
    return httpx2.Client(base_url=served, headers={"Authorization": f"Bearer {token}"}, timeout=HANGS_AFTER)


def flags(demo: dict[str, Any], served: str, urn: str) -> dict[str, Any]:
    with client(served, account(demo, "inclusion_lead", urn)["token"]) as http:
        answer = http.get("/api/v1/flags", params={"school": urn, "term": demo["latest_term"]})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def test_flags_name_no_pupil_and_say_synthetic(demo: dict[str, Any], served: str) -> None:
    for school in demo["schools"]:
        body = flags(demo, served, school["urn"])
        assert body["synthetic"] is True
        assert body["model_id"] == demo["model"]["id"]
        assert body["flags"], school
        assert all(set(f) >= {"pupil_id", "new"} for f in body["flags"])
        assert not {"surname", "forename", "upn", "dob"} & set(body["flags"][0])
        assert all(a["reason"] for a in body["abstained"])


def test_every_explanation_sums_to_its_log_odds(demo: dict[str, Any], served: str) -> None:
    urn = demo["schools"][0]["urn"]
    term = demo["latest_term"]
    with client(served, account(demo, "inclusion_lead", urn)["token"]) as http:
        for flag in flags(demo, served, urn)["flags"]:
            path = f"/api/v1/pupils/{flag['pupil_id']}/explanation"
            body = http.get(path, params={"term": term, "all": "true"}).json()
            every = {r["indicator"]: r["contribution"] for r in body["reasons"] + body["strengths"]}
            assert "school" in every
            assert isclose(body["base_log_odds"] + sum(every.values()), body["log_odds"], abs_tol=1e-9)
            assert isclose(body["probability"], 1 / (1 + exp(-body["log_odds"])), abs_tol=1e-12)


def test_pastoral_staff_get_reasons_and_records_but_no_figures(demo: dict[str, Any], served: str) -> None:
    urn = demo["schools"][0]["urn"]
    pupil = flags(demo, served, urn)["flags"][0]["pupil_id"]
    with client(served, account(demo, "pastoral", urn)["token"]) as http:
        answer = http.get(f"/api/v1/pupils/{pupil}/explanation", params={"term": demo["latest_term"]})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["reasons"]
    assert all(r["sentence"] for r in body["reasons"])
    for figure in ("log_odds", "base_log_odds", "probability", "similar"):
        assert body.get(figure) is None, figure


def test_another_schools_token_opens_nothing(demo: dict[str, Any], served: str) -> None:
    mine, other = demo["schools"][0]["urn"], demo["schools"][1]["urn"]
    pupil = flags(demo, served, mine)["flags"][0]["pupil_id"]
    with client(served, account(demo, "inclusion_lead", other)["token"]) as http:
        tried = [
            http.get("/api/v1/flags", params={"school": mine, "term": demo["latest_term"]}),
            http.get(f"/api/v1/pupils/{pupil}/explanation", params={"term": demo["latest_term"]}),
            http.post(
                "/api/v1/uploads",
                data={"school": mine, "term": demo["latest_term"]},
                files=[("files", ("Pupils.csv", b"UPN\n", "text/csv"))],
            ),
        ]
    assert [answer.status_code in (403, 404) for answer in tried] == [True] * 3, [
        a.status_code for a in tried
    ]


def test_no_token_no_answer(demo: dict[str, Any], served: str) -> None:
    for path in ("/api/v1/flags", "/api/v1/model"):
        about = {"school": demo["schools"][0]["urn"]}
        assert httpx2.get(served + path, params=about, timeout=HANGS_AFTER).status_code == 401


def test_the_schema_is_there_to_read(served: str) -> None:
    schema = httpx2.get(f"{served}/api/v1/openapi.json", timeout=HANGS_AFTER).json()
    for path in ("/uploads", "/uploads/{", "/flags", "/pupils/{", "/model"):
        assert any(path in known for known in schema["paths"]), path
