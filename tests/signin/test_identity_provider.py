"""Signing in through an identity provider: who gets in, and everything that must not let anyone in."""

import re
import time

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from service.accounts import joining_pages as joining
from service.accounts.inviting import invite
from service.accounts.keeping import add_account, close_account, list_accounts
from service.accounts.provider_journey import own_page
from service.core.audit import audit_store
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.permissions import Reader
from service.schools import keeping as schools
from tests.signin.conftest import Journey
from tests.signin.identity_provider import TENANT, IdentityProvider

SESSION = "belong-sid"


def known_person(deployment: Deployment, idp: IdentityProvider) -> None:
    add_account(
        command_caller(deployment),
        "sam@school.example",
        role="pastoral",
        schools=[],
        identity=(idp.issuer(TENANT), idp.subject),
    )


def test_a_known_person_gets_a_session_and_the_page_they_asked_for(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    answer = browser.get(journey.back(next="/flags?term=2026-summer"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/flags?term=2026-summer")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with deployment.database.reading() as tx:
        events = [row.event for row in audit_store.search(tx, before=None, limit=5)]
    assert events[0] == "signed_in"


def test_entra_with_the_tenant_in_its_issuer(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    idp.template_issuer = True
    known_person(deployment, idp)
    assert browser.get(journey.back()).status_code == 303


def test_google_names_the_tenant_by_domain(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    idp.claims = {"tid": None, "hd": TENANT}
    assert browser.get(journey.back()).status_code == 303


def test_a_stranger_is_known_by_issuer_and_subject_never_by_name_or_address(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    idp.claims = {"sub": "somebody-else", "email": "sam@school.example"}
    answer = browser.get(journey.back())
    assert answer.status_code == 403
    assert SESSION not in browser.cookies


def test_a_closed_account_stays_closed(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    close_account(command_caller(deployment), "sam@school.example")
    assert browser.get(journey.back()).status_code == 403
    again = invite(command_caller(deployment), "sam@school.example", role="governor", schools=[])
    assert browser.get(journey.back(invitation=again["secret"])).status_code == 303
    found = [(one["role"], one["active"]) for one in list_accounts(command_caller(deployment))]
    assert sorted(found) == [("governor", True), ("pastoral", False)]


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-application"},
        {"iss": "https://elsewhere.example"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"tid": "99999999-0000-0000-0000-000000000000"},
        {"tid": None},
    ],
    # Names without the time of day: every worker of a parallel run has to collect the same ones.
    ids=["nonce", "no nonce", "aud", "iss", "exp", "iat", "no sub", "tid", "no tid"],
)
def test_a_token_that_does_not_fit_lets_nobody_in(
    lie: dict[str, object],
    deployment: Deployment,
    idp: IdentityProvider,
    browser: TestClient,
    journey: Journey,
) -> None:
    known_person(deployment, idp)
    idp.claims = lie
    answer = browser.get(journey.back())
    assert answer.status_code == 400
    assert SESSION not in browser.cookies


def test_a_token_signed_with_another_key_lets_nobody_in(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    idp.publishes = RSAKey.generate_key(2048, {"kid": "own"})
    assert browser.get(journey.back()).status_code == 400


def test_a_provider_may_change_its_keys(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    assert browser.get(journey.back()).status_code == 303
    idp.signs_with = RSAKey.generate_key(2048, {"kid": "own"})
    assert browser.get(journey.back()).status_code == 303


@pytest.mark.parametrize("state", ["", "forged", "x" * 500])
def test_a_forged_state_is_told_off_politely(
    state: str, deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    journey.back()
    answer = browser.get("/sign-in/back/entra", params={"state": state, "code": "anything"})
    assert answer.status_code == 400


def test_an_answer_counts_once(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    back = journey.back()
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


def test_an_answer_counts_in_the_browser_that_asked_alone(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    back = journey.back()
    with TestClient(browser.app, follow_redirects=False) as another:
        assert another.get(back).status_code == 400


def test_no_consent_no_code_no_session(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    known_person(deployment, idp)
    state = journey.back().split("state=")[1].split("&")[0]
    answer = browser.get("/sign-in/back/entra", params={"state": state, "error": "access_denied"})
    assert answer.status_code == 400


def test_a_provider_that_is_gone_or_another_is_no_error_of_ours(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient
) -> None:
    assert browser.get("/sign-in/with/nobody").status_code == 404
    idp.address = "https://elsewhere.example"
    assert browser.get("/sign-in/with/entra").status_code == 400


def test_an_invitation_ties_an_identity_to_a_new_account_once(
    deployment: Deployment, idp: IdentityProvider, browser: TestClient, journey: Journey
) -> None:
    lead = command_caller(deployment)
    invited = invite(lead, "kim@school.example", role="pastoral", schools=[])
    assert browser.get(journey.back(invitation=invited["secret"])).status_code == 303
    (account,) = list_accounts(lead)
    assert (account["user"], account["role"], account["name"]) == (
        "kim@school.example",
        "pastoral",
        "Sam Sample",
    )
    assert browser.get(journey.back()).status_code == 303
    idp.subject = "another-person"
    assert browser.get(journey.back(invitation=invited["secret"])).status_code == 403


def test_an_invitation_that_opens_pupils_takes_a_colleagues_code_before_the_provider_is_asked(
    deployment: Deployment, browser: TestClient, journey: Journey
) -> None:
    machine = command_caller(deployment)
    schools.register(machine, "999001", name="Meadow", phase="secondary", mis="sims")
    machine = command_caller(deployment)
    add_account(machine, "lead@school.example", role="inclusion_lead", schools=["999001"])
    admin = Caller(deployment, Reader("a1", "admin", "Admin", "admin", frozenset({"999001"})))
    browser.app.include_router(joining.router)  # type: ignore[attr-defined]
    invited = invite(admin, "kim@school.example", role="pastoral", schools=["999001"])
    right = deployment.home.vouching_code(invited["id"])
    for code in ("", "AAAA-AAAA", right):  # nor does a code in the address count
        asked = {"invitation": invited["secret"], "vouched": code}
        assert browser.get("/sign-in/with/entra", params=asked).status_code == 422
    assert browser.post("/join", data={**asked, "vouched": "AAAA-AAAA"}).status_code == 422
    assert browser.get("/sign-in/with/entra", params=asked).status_code == 422
    page = browser.post("/join", data={**asked, "vouched": right})
    assert page.status_code == 200
    links = re.findall(r'href="(/sign-in/with/[^"]+)"', page.text)
    assert links == [f"/sign-in/with/entra?invitation={invited['secret']}"]
    assert right not in str(page.headers)
    assert browser.get(journey.back(invitation=invited["secret"])).status_code == 303
    assert {one["user"] for one in list_accounts(machine)} == {"lead@school.example", "kim@school.example"}


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\n"],
)
def test_nobody_is_sent_on_to_another_site(elsewhere: str) -> None:
    assert own_page(elsewhere) == "/"
