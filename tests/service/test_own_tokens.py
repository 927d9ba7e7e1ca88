"""People's own tokens: after proof of who sits there, as narrow as they are, shown once, theirs to end."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.accounts import account_store, keeping, own_tokens, signing, tokens
from service.accounts.account_rows import SessionRow, TokenRow
from service.accounts.totp import STEP_SECONDS
from service.core.audit import audit_store
from service.core.base import now
from service.core.callers import command_caller
from service.core.once_rows import IdempotencyRow
from testbed.seeds import OTHER, OWN, PASSWORD, Seeded

LEAD = "own-lead@belong.example"
PATH = "/api/v1/account/tokens"
ASKED: dict[str, Any] = {"label": "Nightly upload", "days": 30, "password": PASSWORD}


@pytest.fixture
def person(fresh: Seeded) -> tuple[Seeded, TestClient]:
    """An inclusion lead with a password, signed in with a browser."""
    caller = command_caller(fresh.deployment)
    keeping.add_account(caller, LEAD, role="inclusion_lead", schools=[OWN], password=PASSWORD)
    signed = signing.sign_in(fresh.deployment, LEAD, PASSWORD, None, "192.0.2.1")
    client = fresh.client()
    client.cookies.set("belong-sid", signed.cookie)
    client.headers["X-CSRF-Token"] = signed.csrf
    return fresh, client


def _machine(seeded: Seeded, token: str) -> TestClient:
    client = seeded.client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_a_token_does_what_its_maker_may_until_they_end_it(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    made = client.post(PATH, json=ASKED)
    assert made.status_code == 201, made.text
    machine = _machine(seeded, made.json()["token"])
    me = machine.get("/api/v1/me").json()
    assert (me["user"], me["role"], me["schools"]) == (LEAD, "inclusion_lead", [OWN])
    (listed,) = client.get(PATH).json()["tokens"]
    assert (listed["id"], listed["label"]) == (made.json()["id"], "Nightly upload")
    assert made.json()["token"] not in client.get(PATH).text
    assert client.post(f"{PATH}/{listed['id']}/end").status_code == 200
    assert machine.get("/api/v1/me").status_code == 401
    assert client.post(f"{PATH}/{listed['id']}/end").status_code == 404
    with seeded.deployment.database.reading() as tx:
        events = [(row.event, row.subject) for row in audit_store.search(tx, before=None, limit=50)]
    assert ("token_issued", listed["id"]) in events
    assert ("token_ended", listed["id"]) in events


def test_without_the_password_of_now_there_is_no_token(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    for wrong in ({**ASKED, "password": "not the right one"}, {"label": "x", "days": 30}):
        assert client.post(PATH, json=wrong).status_code == 422
    for _ in range(3):
        client.post(PATH, json={**ASKED, "password": "not the right one"})
    assert client.post(PATH, json=ASKED).status_code == 429
    assert client.get(PATH).json()["tokens"] == []
    del seeded


def test_who_has_one_time_codes_gives_one_and_each_counts_once(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    secret = pyotp.random_base32()
    with seeded.deployment.database.writing() as tx:
        account = account_store.account_by_user(tx, LEAD)
        assert account is not None
        cipher = seeded.deployment.home.upload_cipher()
        account.totp_sealed = cipher.encrypt(secret.encode()).decode()
    assert client.post(PATH, json=ASKED).status_code == 422
    code = pyotp.TOTP(secret, interval=STEP_SECONDS).now()
    assert client.post(PATH, json={**ASKED, "code": code}).status_code == 201
    assert client.post(PATH, json={**ASKED, "code": code}).status_code == 422


def test_who_signs_in_elsewhere_has_to_have_done_so_just_now(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    with seeded.deployment.database.writing() as tx:
        account = account_store.account_by_user(tx, LEAD)
        assert account is not None
        account.password_hash = None
        long_ago = now() - timedelta(minutes=own_tokens.FRESH_MINUTES + 1)
        for row in tx.scalars(select(SessionRow).where(SessionRow.account_id == account.id)):
            row.created_at = long_ago
    assert client.post(PATH, json={"label": "x"}).status_code == 422
    with seeded.deployment.database.writing() as tx:
        for row in tx.scalars(select(SessionRow)):
            row.created_at = now()
    assert client.post(PATH, json={"label": "x"}).status_code == 201


def test_a_token_reaches_no_further_and_makes_no_other(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    assert client.post(PATH, json={**ASKED, "schools": [OTHER]}).status_code == 422
    made = client.post(PATH, json=ASKED).json()
    machine = _machine(seeded, made["token"])
    assert machine.post(PATH, json=ASKED).status_code == 403
    theirs = seeded.client("inclusion_lead")
    assert theirs.post(f"{PATH}/{made['id']}/end").status_code == 404
    assert machine.get("/api/v1/me").status_code == 200


def test_nothing_secret_is_kept_to_know_a_repeat_by(person: tuple[Seeded, TestClient]) -> None:
    """A fast hash of a request with a password in it would be a way around argon2id."""
    seeded, client = person
    key = {"Idempotency-Key": "once"}
    made = client.post(PATH, json=ASKED, headers=key)
    assert made.status_code == 201
    again = client.post(PATH, json={**ASKED, "password": "something else"}, headers=key)
    assert again.status_code == 422, "another password is the same request, whose secret is shown once"
    with seeded.deployment.database.reading() as tx:
        assert made.json()["token"] not in str([row.body for row in tx.scalars(select(IdempotencyRow))])
        assert len(tx.scalars(select(TokenRow).where(TokenRow.label == "Nightly upload")).all()) == 1


def test_ten_tokens_are_enough(person: tuple[Seeded, TestClient]) -> None:
    seeded, client = person
    for number in range(own_tokens.MOST_TOKENS):
        tokens.issue_token(command_caller(seeded.deployment), LEAD, days=1, label=str(number))
    assert client.post(PATH, json=ASKED).status_code == 422
