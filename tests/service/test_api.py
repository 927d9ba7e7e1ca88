"""What the API promises to machines: problems, ETags, cursors, keys that make a POST safe to repeat."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp

import pytest

from service.app.worker import Worker
from service.core.audit import unaudited
from service.core.throttle import SAMPLE, Throttle, TooMany
from service.records import roll_store
from testbed.seeds import OTHER, OWN, TERM, Seeded

LIST = {"school": OWN, "term": TERM}


def test_an_explanation_adds_up(seeded: Seeded) -> None:
    client = seeded.client("inclusion_lead")
    for pupil in seeded.pupils[OWN][:20]:
        body = client.get(f"/api/v1/pupils/{pupil}/explanation", params={"all": True}).json()
        if body["abstained"] is None:
            total = body["base_log_odds"] + sum(reason["contribution"] for reason in body["reasons"])
            assert total == pytest.approx(body["log_odds"], abs=1e-9)
            assert body["probability"] == pytest.approx(1 / (1 + exp(-body["log_odds"])), abs=1e-12)


def test_figures_are_for_some_roles_only(seeded: Seeded) -> None:
    path = f"/api/v1/pupils/{seeded.pupil[OWN]}/explanation"
    for role, figures in (
        ("inclusion_lead", True),
        ("data_team", True),
        ("pastoral", False),
        ("senco", False),
    ):
        body = seeded.client(role).get(path).json()
        assert (body["log_odds"] is not None) == figures, role
        assert all((reason["contribution"] is not None) == figures for reason in body["reasons"])
        assert body["reasons"]
    for role in ("head", "governor", "trust_lead", "admin", "dpo"):
        assert seeded.client(role).get(path).status_code == 403


def test_a_list_is_read_page_by_page(seeded: Seeded) -> None:
    client = seeded.client("inclusion_lead")
    whole = client.get("/api/v1/flags", params=LIST).json()
    assert whole["synthetic"] is True
    assert whole["next"] is None
    found, cursor = [], None
    for _ in range(20):
        page = client.get(
            "/api/v1/flags", params={**LIST, "limit": 5} | ({"cursor": cursor} if cursor else {})
        ).json()
        found += page["flags"]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole["flags"]
    assert len(found) == whole["places"] == 12
    assert client.get("/api/v1/flags", params={**LIST, "cursor": "bm90OjE"}).status_code == 422
    assert client.get("/api/v1/flags", params={**LIST, "cursor": "%%%"}).status_code == 422


def test_errors_are_problems_that_repeat_nothing(seeded: Seeded) -> None:
    client = seeded.client("inclusion_lead")
    for answer, status in (
        (client.get("/api/v1/flags", params={"school": OWN, "term": "Zaphod"}), 422),
        (client.get("/api/v1/flags", params={"school": OWN, "term": "2021-autumn"}), 404),
        (client.get("/api/v1/flags", params={"school": OTHER, "term": TERM}), 403),
        (client.get("/api/v1/nothing-here"), 404),
        (client.delete("/api/v1/flags"), 405),
        (seeded.client().get("/api/v1/flags", params=LIST), 401),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["title"]
        assert "Zaphod" not in answer.text


def test_an_unchanged_body_is_not_sent_again(seeded: Seeded) -> None:
    client = seeded.client("inclusion_lead")
    first = client.get("/api/v1/flags", params=LIST)
    again = client.get("/api/v1/flags", params=LIST, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_a_repeated_post_has_one_effect(fresh: Seeded) -> None:
    client = fresh.client("inclusion_lead")
    sent = {"data": LIST, "files": [("files", ("Pupils.csv", b"Adno,UPN\r\n1,A\r\n"))]}
    headers = {"Idempotency-Key": "once"}
    first = client.post("/api/v1/uploads", headers=headers, **sent)
    again = client.post("/api/v1/uploads", headers=headers, **sent)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = {**sent, "files": [("files", ("Pupils.csv", b"other"))]}
    assert client.post("/api/v1/uploads", headers=headers, **other).status_code == 422
    assert client.post("/api/v1/uploads", **sent).json() != first.json()
    assert len(client.get("/api/v1/uploads", params={"school": OWN}).json()["uploads"]) == 3


def test_nothing_is_kept_of_an_upload_that_is_refused(fresh: Seeded) -> None:
    client = fresh.client("inclusion_lead")
    good = ("files", ("Pupils.csv", b"Adno,UPN\r\n1,A\r\n"))
    for data, files, status in (
        ({"school": OWN}, [good], 422),
        ({"school": OWN, "term": "2026-winter"}, [good], 422),
        ({"school": OWN, "term": "2099-summer"}, [good], 422),
        (LIST, [], 422),
        (LIST, [("files", ("Pupils.csv", b""))], 422),
        (LIST, [good, good], 422),
        (LIST, [("files", ("..", b"x"))], 422),
        ({"school": OTHER, "term": TERM}, [good], 403),
        ({"school": "100000", "term": TERM}, [good], 403),
    ):
        assert client.post("/api/v1/uploads", data=data, files=files or None).status_code == status, data
    assert len(client.get("/api/v1/uploads", params={"school": OWN}).json()["uploads"]) == 1


def test_a_body_too_large_is_not_read(fresh: Seeded) -> None:
    fresh.deployment.settings = replace(fresh.deployment.settings, max_upload_bytes=50_000)
    client = fresh.client("inclusion_lead")
    big = ("files", ("Pupils.csv", b"x" * 80_000))
    assert client.post("/api/v1/uploads", data=LIST, files=[big]).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="P.csv"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 4_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/api/v1/uploads", content=chunks(), headers=headers).status_code == 413


def test_a_decision_closes_a_suggestion(fresh: Seeded) -> None:
    client, pupil = fresh.client("pastoral"), fresh.unspoken[OWN]
    path = f"/api/v1/pupils/{pupil}/decisions"
    no_reason = {"term": TERM, "decision": "not_now", "known": "new"}
    assert client.post(path, json=no_reason).status_code == 422
    plan = {"name": "Weekly mentor", "who": "Ms Green", "starts": "2026-09-07"}
    support = {"term": TERM, "decision": "support", "known": "new", "support": plan}
    assert client.post(path, json=support).status_code == 201
    decisions = client.get(f"/api/v1/schools/{OWN}/decisions", params={"term": TERM}).json()["decisions"]
    assert pupil in [one["pupil_id"] for one in decisions]
    supports = client.get(f"/api/v1/pupils/{pupil}/supports").json()["supports"]
    assert [one["name"] for one in supports] == ["Weekly mentor"]
    assert fresh.client("pastoral", OTHER).post(path, json=support).status_code == 404


def test_a_paused_school_shows_nothing(fresh: Seeded) -> None:
    lead = fresh.client("inclusion_lead")
    assert (
        lead.post(f"/api/v1/schools/{OWN}/pause", json={"reason": "A question came up."}).status_code == 200
    )
    assert lead.get("/api/v1/flags", params=LIST).status_code == 409
    assert lead.get(f"/api/v1/pupils/{fresh.pupil[OWN]}/explanation").status_code == 409
    other = fresh.client("inclusion_lead", OTHER).get("/api/v1/flags", params={"school": OTHER, "term": TERM})
    assert other.status_code == 200
    lead.post(f"/api/v1/schools/{OWN}/resume", json={"reason": "It is answered."})
    assert lead.get("/api/v1/flags", params=LIST).status_code == 200


def test_undo_takes_back_what_was_loaded_and_published(fresh: Seeded) -> None:
    lead = fresh.client("inclusion_lead")
    assert lead.post(f"/api/v1/loads/{fresh.load[OWN]}/undo").status_code == 200
    assert lead.get("/api/v1/flags", params=LIST).status_code == 404
    with fresh.deployment.database.reading({OWN}) as tx:
        assert roll_store.roll_of(unaudited(tx, "a test"), OWN, TERM) == []
    assert Worker(fresh.deployment).work_once()
    assert lead.post(f"/api/v1/loads/{fresh.load[OWN]}/undo").status_code == 422


def test_too_many_requests_are_turned_away(fresh: Seeded) -> None:
    throttle = Throttle(fresh.deployment.database)
    for _ in range(SAMPLE * 4 - 1):
        throttle.sample_or_raise(SAMPLE * 3, "requests", "someone")
    with pytest.raises(TooMany) as raised:
        throttle.sample_or_raise(SAMPLE * 3, "requests", "someone")
    assert 0 < raised.value.retry_after <= 60
    throttle.sample_or_raise(SAMPLE * 3, "requests", "someone else")


def test_security_headers_stand_on_every_answer(seeded: Seeded) -> None:
    for answer in (
        seeded.client().get("/healthz"),
        seeded.client().get("/api/v1/me"),
        seeded.client().get("/no"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] in ("no-store", "private, no-cache")
    assert seeded.client().get("/healthz", headers={"Host": "evil.example"}).status_code == 400
