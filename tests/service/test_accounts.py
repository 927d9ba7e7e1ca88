"""Signing in, sessions that end, forms that can't be forged, tokens, and what the log says of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data_contracts.errors import Refused
from service.accounts import account_store, inviting, keeping, pacing, signing, tokens
from service.accounts.account_rows import SessionRow, TokenRow
from service.core.audit import audit_store
from service.core.base import now
from service.core.callers import command_caller
from service.core.permissions import ROLES, NotAllowed, NotFound, NotSignedIn, Reader, can, can_pupil
from service.core.settings import settings_for
from service.core.throttle import TooMany
from service.shell.access import check_csrf
from testbed.seeds import OWN, PASSWORD, Seeded

USER = "green@belong.example"


@pytest.fixture
def lead(fresh: Seeded) -> Seeded:
    """With an account that has a password."""
    caller = command_caller(fresh.deployment)
    keeping.add_account(caller, USER, role="inclusion_lead", schools=[OWN], password=PASSWORD)
    return fresh


def _signed(lead: Seeded) -> tuple[TestClient, signing.SignedIn]:
    signed = signing.sign_in(lead.deployment, USER.upper(), PASSWORD, None, "192.0.2.1")
    client = lead.client()
    client.cookies.set("belong-sid", signed.cookie)
    return client, signed


def test_a_session_is_kept_in_the_database_and_ends(lead: Seeded) -> None:
    client, signed = _signed(lead)
    assert client.get("/api/v1/me").json()["user"] == USER
    caller = signing.session_caller(lead.deployment, signed.cookie, purpose=None, request_id=None)
    signing.sign_out(caller)
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("column", "age"), [("seen_at", timedelta(minutes=31)), ("created_at", timedelta(hours=13))]
)
def test_a_session_ends_by_itself(lead: Seeded, column: str, age: timedelta) -> None:
    client, _ = _signed(lead)
    with lead.deployment.database.writing() as tx:
        for row in tx.query(SessionRow):
            setattr(row, column, now() - age)
    assert client.get("/api/v1/me").status_code == 401


def test_wrong_is_wrong_in_one_way_only(lead: Seeded) -> None:
    said = set()
    for user, password in ((USER, "not the right password"), ("nobody@belong.example", PASSWORD)):
        with pytest.raises(NotSignedIn) as raised:
            signing.sign_in(lead.deployment, user, password, None, "192.0.2.1")
        said.add(str(raised.value))
    assert len(said) == 1


def test_guessing_is_slowed_down(lead: Seeded) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            signing.sign_in(lead.deployment, "guess@belong.example", "a wrong password", None, "192.0.2.1")
    with pytest.raises(TooMany):
        signing.sign_in(lead.deployment, "guess@belong.example", "a wrong password", None, "192.0.2.1")


def test_who_guesses_does_not_keep_the_owner_out(lead: Seeded) -> None:
    for last in range(8):
        with pytest.raises((NotSignedIn, TooMany)):
            signing.sign_in(lead.deployment, USER, "a wrong password", None, f"2001:db8::{last}")
    with pytest.raises(TooMany):  # another address of the same subscriber
        signing.sign_in(lead.deployment, USER, PASSWORD, None, "2001:db8::ffff")
    for _ in range(8):  # whoever knows the password isn't counted
        assert signing.sign_in(lead.deployment, USER, PASSWORD, None, "192.0.2.1").cookie


def test_a_name_is_not_guessed_from_everywhere(lead: Seeded) -> None:
    """Each place then has one try before it waits, and the owner is let in all the same."""
    lead.deployment.settings = replace(lead.deployment.settings, sign_ins_per_minute=2)
    for place in range(pacing.OF_ALL_NETWORKS):
        for _ in range(2):
            with pytest.raises(NotSignedIn):
                signing.sign_in(lead.deployment, USER, "a wrong password", None, f"198.51.{place}.1")
    for told in (NotSignedIn, TooMany):
        with pytest.raises(told):
            signing.sign_in(lead.deployment, USER, "a wrong password", None, "198.51.100.1")
    assert signing.sign_in(lead.deployment, USER, PASSWORD, None, "203.0.113.1").cookie


def test_another_site_cannot_change_anything(lead: Seeded) -> None:
    client, signed = _signed(lead)
    path, body = f"/api/v1/schools/{OWN}/pause", {"reason": "Forged"}
    assert client.post(path, json=body).status_code == 403
    token = {"X-CSRF-Token": signed.csrf}
    assert (
        client.post(path, json=body, headers={**token, "Origin": "https://evil.example"}).status_code == 403
    )
    assert client.post(path, json=body, headers={**token, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path, json=body, headers={"X-CSRF-Token": "x" * 43}).status_code == 403
    assert client.post(path, json=body, headers=token).status_code == 200
    caller = signing.session_caller(lead.deployment, signed.cookie, purpose=None, request_id=None)
    check_csrf(caller, signed.csrf)
    with pytest.raises(NotAllowed):
        check_csrf(caller, None)


def test_a_closed_account_is_out_at_once(lead: Seeded) -> None:
    client, _ = _signed(lead)
    token = tokens.issue_token(command_caller(lead.deployment), USER, days=1)["token"]
    machine = lead.client()
    machine.headers["Authorization"] = f"Bearer {token}"
    assert machine.get("/api/v1/me").status_code == 200
    keeping.close_account(command_caller(lead.deployment), USER)
    assert client.get("/api/v1/me").status_code == machine.get("/api/v1/me").status_code == 401


def test_a_token_ends_and_is_no_wider_than_its_account(lead: Seeded) -> None:
    caller = command_caller(lead.deployment)
    with pytest.raises(Refused):
        tokens.issue_token(caller, USER, days=1, schools=["999002"])
    issued = tokens.issue_token(caller, USER, days=1)
    with lead.deployment.database.writing() as tx:
        row = tx.get(TokenRow, issued["id"])
        assert row is not None
        assert issued["token"] not in (row.token_hash, row.label)
        row.expires_at = now()
    client = lead.client()
    client.headers["Authorization"] = f"Bearer {issued['token']}"
    assert client.get("/api/v1/me").status_code == 401


def test_an_invitation_works_once(fresh: Seeded) -> None:
    caller = command_caller(fresh.deployment)
    made = inviting.invite(caller, "new@belong.example", role="governor", schools=[OWN])
    inviting.accept_invitation(caller, made["secret"], name="New", password=PASSWORD)
    with pytest.raises(NotFound):
        inviting.accept_invitation(caller, made["secret"], name="New", password=PASSWORD)
    assert signing.sign_in(fresh.deployment, "new@belong.example", PASSWORD, None, "192.0.2.1").cookie


def test_an_account_may_reach_every_school(fresh: Seeded) -> None:
    caller = command_caller(fresh.deployment)
    keeping.add_account(caller, "trust@belong.example", role="trust_lead", schools=["*"], password=PASSWORD)
    signed = signing.sign_in(fresh.deployment, "trust@belong.example", PASSWORD, None, "192.0.2.1")
    found = signing.session_caller(fresh.deployment, signed.cookie, purpose=None, request_id=None)
    assert found.reader.schools == fresh.deployment.all_urns()


def test_weak_passwords_and_unknown_roles_are_refused(fresh: Seeded) -> None:
    caller = command_caller(fresh.deployment)
    for role, school, password in (
        ("pastoral", OWN, "short"),
        ("wizard", OWN, PASSWORD),
        ("pastoral", "100000", PASSWORD),
    ):
        with pytest.raises(Refused):
            keeping.add_account(caller, "x@belong.example", role=role, schools=[school], password=password)


def test_production_wants_a_second_factor_of_some_roles(lead: Seeded) -> None:
    caller = command_caller(lead.deployment)
    keeping.add_account(caller, "dpo@belong.example", role="dpo", schools=[OWN], password=PASSWORD)
    lead.deployment.settings = replace(
        lead.deployment.settings, production=True, base_url="https://testserver"
    )
    signed = signing.sign_in(lead.deployment, "dpo@belong.example", PASSWORD, None, "192.0.2.1")
    assert signed.second_factor_due
    client = TestClient(lead.client().app, base_url="https://testserver")
    client.cookies.set("__Host-sid", signed.cookie)
    assert client.get("/api/v1/audit").status_code == 403


def test_sign_ins_are_in_the_audit_log(lead: Seeded) -> None:
    _signed(lead)
    with pytest.raises(NotSignedIn):
        signing.sign_in(lead.deployment, USER, "not the right password", None, "192.0.2.1")
    with lead.deployment.database.reading() as tx:
        account = account_store.account_by_user(tx, USER)
        assert account is not None
        events = [row.event for row in audit_store.search(tx, before=None, limit=2)]
    assert events == ["sign_in_failed", "signed_in"]


TRUTH = {
    "flags.read": "inclusion_lead pastoral head_of_year senco dsl data_team",
    "figures.read": "inclusion_lead data_team",
    "names.read": "inclusion_lead pastoral head_of_year senco dsl",
    "audit.read": "dpo",
    "accounts.manage": "admin",
    "uploads.create": "inclusion_lead data_team",
    "model.promote": "data_team",
    "subject.erase": "dpo",
    "setting.read": "inclusion_lead pastoral head_of_year senco dsl head trust_lead data_team governor",
}


@pytest.mark.parametrize("action", TRUTH)
def test_who_may_do_what(action: str) -> None:
    for role in ROLES:
        reader = Reader("a", "u", "n", role, frozenset({OWN}))
        assert can(reader, action, OWN) == (role in TRUTH[action].split()), role
        assert not can(reader, action, "999002")


def test_only_some_roles_see_pupils() -> None:
    seers = [role for role in ROLES if can_pupil(Reader("a", "u", "n", role, frozenset({OWN})), OWN, "7")]
    assert seers == ["inclusion_lead", "pastoral", "head_of_year", "senco", "dsl", "data_team"]


def test_an_administrator_gets_no_token_that_sees_pupils(fresh: Seeded) -> None:
    """Nor makes themselves somebody who does; the operator's command line issues every token."""
    admin, own = fresh.person("admin"), f"/api/v1/accounts/{fresh.account[f'admin.{OWN}']}/change"
    issued = set()
    for role in ROLES:
        user = f"{role}.{OWN}@belong.example"
        answer = admin.post("/api/v1/tokens", json={"user": user})
        assert answer.status_code in (201, 403), answer.text
        issued |= {role} if answer.status_code == 201 else set()
        assert tokens.issue_token(command_caller(fresh.deployment), user, days=1)["token"]
        assert admin.post(own, json={"role": role, "schools": [OWN]}).status_code == 422
    assert issued == {"admin", "trust_lead", "governor"}


def test_a_health_check_on_the_machine_itself_is_let_in_beside_the_public_name(tmp_path: Path) -> None:
    named = {"BELONG_ENV": "production", "BELONG_BASE_URL": "https://belong.school.example"}
    assert settings_for(tmp_path, named).allowed_hosts == ("belong.school.example", "127.0.0.1", "localhost")
    other = settings_for(tmp_path, {**named, "BELONG_ALLOWED_HOSTS": "a.example, b.example"})
    assert other.allowed_hosts == ("a.example", "b.example", "127.0.0.1", "localhost")


def test_a_secret_file_that_cannot_be_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="BELONG_DATABASE_URL_FILE"):
        settings_for(tmp_path, {"BELONG_DATABASE_URL_FILE": str(tmp_path / "nowhere")})
