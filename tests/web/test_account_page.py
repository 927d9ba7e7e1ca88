"""Your account: one-time codes before anything else where a role needs them, the password, the other browsers."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient

from service.accounts.keeping import add_account
from service.accounts.signing import SignedIn, sign_in
from service.app.web import create_app
from service.core.audit import audit_store
from service.core.callers import command_caller
from service.core.deployment import Deployment
from testbed.deployments import listening, open_deployment
from testbed.eyes import looked_at, new_tab
from testbed.routes import named_routes
from tests.web.visitors import Visitor

ADMIN, GOVERNOR = "admin@school.example", "governor@school.example"
PASSWORD, NEW_PASSWORD = "three unrelated words", "quite another set of words"
OPEN_BEFORE_CODES = {
    ("GET", "/account"), ("GET", "/account/codes"), ("POST", "/account/codes"), ("POST", "/sign-out"),
    ("POST", "/api/v1/account/second-factor"), ("POST", "/api/v1/account/second-factor/confirm"),
}  # fmt: skip


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Deployment]:
    """A service in production with an administrator and a governor who sign in here with passwords."""
    with open_deployment(tmp_path / "home", production=True, base_url="https://testserver") as opened:
        for user, role in ((ADMIN, "admin"), (GOVERNOR, "governor")):
            add_account(command_caller(opened), user, role=role, schools=["*"], password=PASSWORD)
        yield opened


def browser(deployment: Deployment, user: str) -> Visitor:
    """Signed in by password alone."""
    signed = sign_in(deployment, user, PASSWORD, None, "127.0.0.1")
    return _with(deployment, signed)


def _with(deployment: Deployment, signed: SignedIn) -> Visitor:
    client = TestClient(create_app(deployment.settings, deployment), base_url="https://testserver")
    client.cookies.set("__Host-sid", signed.cookie)
    return Visitor(client, signed.csrf)


def begun(visitor: Visitor) -> tuple[str, str]:
    """The secret shown and the sealed one to send back."""
    page = visitor.get("/account/codes")
    key, pending = (
        re.search(r'id="key">([A-Z2-7 ]+)<', page),
        re.search(r'name="pending" value="([^"]+)"', page),
    )
    assert key
    assert pending
    return key[1].replace(" ", ""), pending[1]


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def events(deployment: Deployment) -> list[str]:
    with deployment.database.reading() as tx:
        return [row.event for row in audit_store.between(tx, 0)]


def test_before_the_codes_nothing_else_opens(strict: Deployment) -> None:
    visitor = browser(strict, ADMIN)
    routes = named_routes(visitor.client.app)  # type: ignore[arg-type]
    assert {(one.method, one.path) for one in routes if one.before_codes} == OPEN_BEFORE_CODES
    let_in = []
    for one in routes:
        if None in one.needs or one.before_codes:
            continue
        path = re.sub(r"\{[^}]+\}", "none", one.path)
        sent = {"X-CSRF-Token": visitor.csrf, "Idempotency-Key": "k1"}
        answer = visitor.client.request(one.method, path, headers=sent, follow_redirects=False)
        to_account = answer.status_code == 303 and answer.headers["location"] == "/account"
        if answer.status_code != 403 and not (one.method == "GET" and to_account):
            let_in.append((one.method, one.path, answer.status_code))
    assert not let_in
    assert 'href="/admin/accounts"' not in visitor.get("/account")
    assert "Your account" in visitor.get("/")
    assert "Help" in visitor.get("/help")


def test_wrong_used_and_foreign_codes_are_refused(strict: Deployment) -> None:
    visitor = browser(strict, ADMIN)
    secret, pending = begun(visitor)
    page = visitor.post("/account/codes", 422, pending=pending, code="000000")
    assert "That code is not right." in page
    assert pending in page
    used = code(secret)
    visitor.csrf, own = "x", visitor.csrf
    visitor.post("/account/codes", 403, pending=pending, code=used)
    visitor.csrf = own
    visitor.post("/account/codes", 422, pending="x", code=used)
    assert "second_factor_set" not in events(strict)
    assert visitor.post("/account/codes", pending=pending, code=used) == "/"
    assert "second_factor_set" in events(strict)
    sent = {"user": ADMIN, "password": PASSWORD, "code": used}
    assert visitor.client.post("/sign-in", data=sent, follow_redirects=False).status_code == 401


def test_codes_are_replaced_with_a_code_and_stay_where_the_role_needs_them(strict: Deployment) -> None:
    visitor = browser(strict, ADMIN)
    first, pending = begun(visitor)
    visitor.post("/account/codes", pending=pending, code=code(first))
    other = _with(strict, sign_in(strict, ADMIN, PASSWORD, code(first, 1), "127.0.0.1"))
    second, pending = begun(visitor)
    page = visitor.post("/account/codes", 422, pending=pending, code=code(second), current=code(first))
    assert "type a fresh code from your current app" in page
    with pytest.MonkeyPatch.context() as later:
        ahead = time.time() + 60
        later.setattr("service.accounts.totp.time.time", lambda: ahead)
        fresh = {
            "pending": pending,
            "code": pyotp.TOTP(second).at(ahead),
            "current": pyotp.TOTP(first).at(ahead),
        }
        assert visitor.post("/account/codes", **fresh) == "/account"
        assert "must use two-step sign-in" in visitor.get("/account")
        visitor.post("/account/codes/off", 422, off=pyotp.TOTP(second).at(ahead + 30))
    assert other.client.get("/account", follow_redirects=False).status_code == 303
    assert events(strict).count("second_factor_set") == 2


def test_who_may_do_without_codes_turns_them_off(strict: Deployment) -> None:
    visitor = browser(strict, GOVERNOR)
    secret, pending = begun(visitor)
    assert visitor.post("/account/codes", pending=pending, code=code(secret)) == "/account"
    assert "not right" in visitor.post("/account/codes/off", 422, off=code(secret))
    assert visitor.post("/account/codes/off", off=code(secret, 1)) == "/account"
    assert "Off. With two-step sign-in" in visitor.get("/account")
    assert events(strict)[-1] == "second_factor_ended"


def test_a_new_password_asks_for_the_old_and_ends_other_sessions(strict: Deployment) -> None:
    visitor, other = browser(strict, GOVERNOR), browser(strict, GOVERNOR)
    assert "not your current password" in visitor.post(
        "/account/password", 422, current="wrong", new=NEW_PASSWORD
    )
    assert "at least 12" in visitor.post("/account/password", 422, current=PASSWORD, new="short")
    assert other.get("/account").count("since ") == 2
    assert visitor.post("/account/password", current=PASSWORD, new=NEW_PASSWORD) == "/account"
    assert visitor.get("/account").count("since ") == 1
    assert other.client.get("/account", follow_redirects=False).status_code == 303
    sign_in(strict, GOVERNOR, NEW_PASSWORD, None, "127.0.0.1")
    assert "account_changed" in events(strict)
    assert visitor.post("/account/sessions/end") == "/account"
    assert visitor.get("/account").count("since ") == 1
    for _tries in range(2):
        visitor.post("/account/password", 422, current="wrong", new=NEW_PASSWORD)
    visitor.post("/account/password", 429, current=NEW_PASSWORD, new=PASSWORD)


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_an_administrator_comes_in_for_the_first_time(strict: Deployment, chromium: Any) -> None:
    with listening(create_app(strict.settings, strict)) as address, new_tab(chromium) as tab:
        _sign_in(tab, address)
        assert tab.url == f"{address}/account"
        tab.get_by_text("One step first").wait_for()
        assert not looked_at(tab, "account-due")
        tab.goto(f"{address}/admin/accounts")
        assert tab.url == f"{address}/account"
        tab.get_by_role("link", name="Set up two-step sign-in").click()
        secret = tab.locator("#key").inner_text().replace(" ", "")
        assert not looked_at(tab, "account-codes")
        tab.get_by_label("The six digits that the app shows for this key").fill("000000")
        tab.get_by_role("button", name="Turn two-step sign-in on").click()
        assert "That code is not right." in tab.get_by_role("alert").inner_text()
        assert tab.locator("#key").inner_text().replace(" ", "") == secret
        tab.get_by_label("The six digits that the app shows for this key").fill(code(secret))
        tab.keyboard.press("Enter")
        tab.wait_for_url(re.compile("/set-up$"))
        tab.get_by_role("link", name=re.compile(f"{ADMIN}, administrator")).click()
        tab.get_by_text("On. When you sign in").wait_for()
        assert not looked_at(tab, "account")
        tab.get_by_role("button", name="Sign out of this browser").click()
        _sign_in(tab, address, code(secret, 1))
        tab.wait_for_url(re.compile("/set-up$"))
        assert not tab.complaints


def _sign_in(tab: Any, address: str, shown: str = "") -> None:
    tab.goto(f"{address}/sign-in")
    tab.get_by_label("Sign-in name").fill(ADMIN)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_label("Six-digit code").fill(shown)
    tab.get_by_role("button", name="Sign in").click()


def test_a_token_of_ones_own_is_made_with_the_password_shown_once_and_ended(strict: Deployment) -> None:
    visitor = browser(strict, GOVERNOR)
    page = visitor.post("/account/tokens", 422, label="Nightly upload", days="30", proof="wrong words here")
    assert 'href="#proof"' in page
    assert "Nightly upload" in page
    visitor.post("/account/tokens", 422, label=" ", days="30", proof=PASSWORD)
    visitor.post("/account/tokens", 422, label="x", days="many", proof=PASSWORD)
    shown = visitor.post("/account/tokens", 200, label="Nightly upload", days="30", proof=PASSWORD)
    found = re.search(r"<code>(belong_[\w-]+)</code>", shown)
    assert found
    page = visitor.get("/account")
    assert "Nightly upload" in page
    assert found[1] not in page
    ending = re.search(r'action="(/account/tokens/\w+/end)"', page)
    assert ending
    assert visitor.post(ending[1]) == "/account"
    assert "Nightly upload" not in visitor.get("/account")
