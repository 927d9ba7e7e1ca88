"""Schools, support places, accounts and invitations in the browser."""

import html
import re
from pathlib import Path

from fastapi.testclient import TestClient

from service.accounts import account_store, keeping
from service.accounts import joining_pages as joining
from service.accounts import own_pages as account
from service.accounts import pages as accounts
from service.accounts.signing import sign_in
from service.app import setup_pages as setup
from service.core import governance
from service.core.callers import command_caller
from service.schools import pages as admin
from service.support import menu, menu_pages
from testbed.deployments import app_with, open_deployment
from testbed.deployments import caller as as_if
from testbed.seeds import OTHER, OWN, SENTINEL, Seeded
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]


def someone(seeded: Seeded, role: str) -> Visitor:
    """A browser of a role at the own school."""
    own = seeded.account[f"{role}.{OWN}"]
    return visitor(
        seeded.deployment,
        own,
        admin.router,
        menu_pages.router,
        accounts.router,
        account.router,
        joining.router,
    )


def test_an_empty_home_leads_through_its_first_steps(tmp_path: Path) -> None:
    with open_deployment(tmp_path / "home") as deployment:
        made = keeping.add_account(command_caller(deployment), "a@b.example", role="admin", schools=[])
        with deployment.database.writing() as tx:
            first = account_store.account(tx, made)
            assert first is not None
            first.schools = ["*"]
        browser = visitor(deployment, made, admin.router, setup.router)
        page = browser.get("/set-up")
        assert "You are on step 1 of 7" in page
        assert ">done<" not in page
        browser.post("/admin/schools", name="Meadow School", urn="123456", phase="secondary", mis="arbor")
        assert "data protection checklist isn’t complete" in browser.get("/admin")
        page = browser.get("/set-up")
        assert "You are on step 2 of 7" in page
        asked = [f"Meadow School: {words}" for words in governance.REQUIRED.values()]
        assert all(_marked(page, words) == "Missing:" for words in asked)
        settle(deployment.home.governance, "dpo", "Jo Bell")
        page = browser.get("/set-up")
        assert [_marked(page, words) for words in asked].count("Done:") == 1
        assert _marked(page, "Meadow School: the data protection officer") == "Done:"
        school = browser.get("/admin/schools/123456")
        assert _marked(school, "the data protection officer") == "Done:"
        assert _marked(school, "the review date has passed") is None
        assert _marked(page, "Meadow School: no terms yet") == "Missing:"
        browser.get("/calendar")


def settle(path: Path, key: str, value: str) -> None:
    """Write one line of the governance file as a person would."""
    path.write_text(
        re.sub(rf'^{key} = ""', f'{key} = "{value}"', path.read_text("utf-8"), flags=re.M), "utf-8"
    )


def _marked(page: str, words: str) -> str | None:
    """Whether a line of a check list is there or missing."""
    found = re.search(rf">(Done:|Missing:)</span> {re.escape(words)}", html.unescape(page))
    return found[1] if found else None


def test_a_school_that_cannot_be_added_says_why(fresh: Seeded) -> None:
    page = someone(fresh, "admin").post(
        "/admin/schools", 422, name="Meadow School", urn="12", phase="secondary", mis="arbor"
    )
    assert "six digits" in page
    assert 'value="Meadow School"' in page


def test_a_lead_pauses_their_own_school_with_a_reason(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    assert SENTINEL[OTHER] not in browser.get("/admin")
    assert "Add a school" not in browser.get("/admin")
    browser.get(f"/admin/schools/{OTHER}", 403)
    address = f"/admin/schools/{OWN}"
    assert "Say why" in browser.post(f"{address}/pause", 422, reason=" ")
    browser.post(f"{address}/pause", reason="The summer marks are wrong")
    assert "The summer marks are wrong" in browser.get(address)
    browser.post(f"{address}/resume", reason="Mended")
    assert "Pause this school" in browser.get(address)
    someone(fresh, "pastoral").get("/admin", 403)


def test_support_places_are_kept_and_only_the_lead_sets_them(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    browser.post(f"/places/{OWN}", not_suspended="8", suspended="")
    page = browser.get(f"/places/{OWN}")
    assert re.search(r'id="not_suspended"[^>]*value="8"', page)
    assert re.search(r'id="suspended"[^>]*value=""', page)
    assert "whole number" in browser.post(f"/places/{OWN}", 422, not_suspended="many", suspended="")
    years = ["all", "7", "8"]
    browser.post(f"/places/{OWN}", year=years, not_suspended=["", "3", ""], suspended=["4", "0", ""])
    page = browser.get(f"/places/{OWN}")
    for name, value in (
        ("not_suspended", ""),
        ("not_suspended-7", "3"),
        ("suspended", "4"),
        ("suspended-7", "0"),
    ):
        assert re.search(rf'id="{name}"[^>]*value="{value}"', page), name
    assert re.search(r'id="suspended-8"[^>]*value=""', page)
    assert "no year group 99" in browser.post(f"/places/{OWN}", 422, year=["99"], not_suspended=["1"])
    someone(fresh, "head").post(f"/places/{OWN}", 403, not_suspended="1")
    assert "Save" not in someone(fresh, "head").get(f"/places/{OWN}")


def test_the_menu_takes_support_and_refuses_sanctions(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    about = next(iter(menu.abouts()))
    browser.post(f"/places/{OWN}/menu", name="Allotment club", about=about, lead="Mentor", capacity="6")
    page = browser.get(f"/places/{OWN}")
    assert "Allotment club" in page
    assert "0 of 6 in use" in page
    found = re.search(r'<option value="([^"]+)">Allotment club', page)
    assert found is not None
    browser.post(f"/places/{OWN}/menu", offer=found[1])
    assert "Allotment club" not in browser.get(f"/places/{OWN}")
    refused = browser.post(f"/places/{OWN}/menu", 422, name="Detention", about=about)
    assert "support only" in refused


def test_an_invited_person_sets_a_password_once_and_signs_in(fresh: Seeded) -> None:
    browser = someone(fresh, "admin")
    asked = {"user": "Jo@school.example", "name": "Jo Bell", "role": "pastoral", "schools": [OWN]}
    page = browser.post("/admin/accounts", 200, **asked)
    found = re.search(r"/join\?invitation=([\w-]+)", page)
    assert found is not None
    stranger = TestClient(app_with(fresh.deployment, joining.router), follow_redirects=False)
    assert "which you can’t see" in page
    code = _vouched_for(fresh, "Jo Bell")
    shown = stranger.get("/join", params={"invitation": found[1]}).text
    assert "A colleague’s code first" in shown
    assert "Your account will open pupils’ cards." in shown
    assert stranger.post("/join", data={"invitation": found[1], "vouched": "AAAA-AAAA"}).status_code == 422
    shown = stranger.post("/join", data={"invitation": found[1], "vouched": code.lower()}).text
    assert "Set up my account" in shown
    assert "You will sign in as <strong>jo@school.example</strong>" in shown
    assert 'value="Jo Bell"' in shown
    given = {"invitation": found[1], "vouched": code, "name": "Jo Bell", "password": "short"}
    assert stranger.post("/join", data=given).status_code == 422
    given["password"] = "jobell.2026-school"
    assert "easy to guess" in stranger.post("/join", data=given).text
    given["password"] = "three unrelated words"
    elsewhere = {"origin": "https://elsewhere.example"}
    assert stranger.post("/join", data=given, headers=elsewhere).status_code == 403
    joined_answer = stranger.post("/join", data=given)
    assert joined_answer.headers["location"] == "/"
    assert "belong-sid" in joined_answer.cookies
    assert "not valid any more" in stranger.post("/join", data=given).text
    signed = sign_in(fresh.deployment, "jo@school.example", given["password"], None, "test")
    with fresh.deployment.database.reading() as tx:
        joined = account_store.account(tx, signed.account_id)
    assert joined is not None
    assert (joined.role, joined.schools) == ("pastoral", [OWN])


def _vouched_for(fresh: Seeded, user: str) -> str:
    """The code as the school's inclusion lead finds and tells it."""
    lead = someone(fresh, "inclusion_lead")
    page = lead.get("/account")
    assert user in page
    showing = re.search(r'action="(/account/invitations/\w+/code)"', page)
    assert showing
    shown = re.search(r"<code>([A-Z2-7]{4}-[A-Z2-7]{4})</code>", lead.post(showing[1], 200))
    assert shown
    return shown[1]


def test_an_invitation_names_what_is_missing(fresh: Seeded) -> None:
    browser = someone(fresh, "admin")
    page = browser.post("/admin/accounts", 422, user="jo@b.example")
    for words in (
        "Write the person’s name",
        "Choose what the person does",
        "at least one school",
        "no open invitations",
    ):
        assert (words in page) == (words != "no open invitations"), words
    page = browser.post("/admin/accounts", 422, user="jo@b.example", name="Jo", role="head")
    assert "at least one school" in page
    assert 'value="jo@b.example"' in page


def test_closing_an_account_asks_first_and_ends_it(fresh: Seeded) -> None:
    browser, gone = someone(fresh, "admin"), fresh.account[f"pastoral.{OWN}"]
    assert "signed out everywhere" in browser.get(f"/admin/accounts/{gone}/close")
    browser.post(f"/admin/accounts/{gone}/close")
    open_accounts = {
        one["id"] for one in keeping.list_accounts(as_if(fresh.deployment, "admin")) if one["active"]
    }
    assert gone not in open_accounts
    browser.post(f"/admin/accounts/{fresh.account[f'admin.{OWN}']}/close", 422)
    someone(fresh, "head").get("/admin/accounts", 403)


def test_the_page_names_who_is_invited_by_whom_and_withdraws(fresh: Seeded) -> None:
    browser = someone(fresh, "admin")
    made = browser.post(
        "/admin/accounts", 200, user="jo@b.example", name="Jo", role="governor", schools=[OWN]
    )
    secret = re.search(r"/join\?invitation=([\w-]+)", made)
    assert secret
    page = browser.get("/admin/accounts")
    line = re.search(r'<tr[^>]*><th scope="row"[^>]*>Jo</th>(.+?)</tr>', page, re.S)
    assert line
    assert f"admin.{OWN}@belong.example" in line[1]
    withdrawing = re.search(r'action="(/admin/invitations/\w+/withdraw)"', line[1])
    assert withdrawing
    browser.post(withdrawing[1])
    assert ">Jo</th>" not in browser.get("/admin/accounts")
    stranger = TestClient(app_with(fresh.deployment, joining.router))
    assert stranger.get("/join", params={"invitation": secret[1]}).status_code == 404
    assert (
        stranger.post("/join", data={"invitation": secret[1], "name": "Jo", "password": "x"}).status_code
        == 404
    )
    browser.post(withdrawing[1], 404)


def test_the_data_teams_join_page_claims_no_cards(fresh: Seeded) -> None:
    browser = someone(fresh, "admin")
    made = browser.post(
        "/admin/accounts", 200, user="d@b.example", name="Di", role="data_team", schools=[OWN]
    )
    secret = re.search(r"/join\?invitation=([\w-]+)", made)
    assert secret
    stranger = TestClient(app_with(fresh.deployment, joining.router))
    page = stranger.get("/join", params={"invitation": secret[1]}).text
    assert "without their names" in page
    assert "cards" not in page


def test_a_change_that_shows_more_waits_for_the_owners_code(fresh: Seeded) -> None:
    browser, governor = someone(fresh, "admin"), fresh.account[f"governor.{OWN}"]
    address = f"/admin/accounts/{governor}"
    browser.post(f"{address}/change", role="senco", schools=[OWN])
    assert "It waits for a code" in browser.get(address)
    owner = someone(fresh, "governor")
    page = owner.get("/account")
    confirming = re.search(r'action="(/account/changes/\w+)"', page)
    assert confirming
    assert "Your account is to become: SENDCo" in page
    assert "not the code" in owner.post(confirming[1], 422, change="AAAA-AAAA")
    code = _vouched_for(fresh, f"governor.{OWN}@belong.example")
    assert owner.post(confirming[1], change=code.lower()) == "/sign-in"
    assert owner.client.get("/account", follow_redirects=False).status_code == 401
    assert keeping.account_of(as_if(fresh.deployment, "admin"), governor)["role"] == "senco"


def test_a_new_password_comes_by_a_link_that_works_once(fresh: Seeded) -> None:
    with fresh.deployment.database.writing() as tx:
        row = account_store.account(tx, fresh.account[f"pastoral.{OWN}"])
        assert row is not None
        row.password_hash = "forgotten"
    browser = someone(fresh, "admin")
    page = browser.post(f"/admin/accounts/{fresh.account[f'pastoral.{OWN}']}/reset", 200)
    link = re.search(r"/new-password\?link=([\w-]+)", page)
    assert link
    stranger = TestClient(app_with(fresh.deployment, joining.router), follow_redirects=False)
    assert "a colleague at your school has a code" in stranger.get(f"/new-password?link={link[1]}").text
    sent = {"link": link[1], "password": "three unrelated words"}
    assert "not the code" in stranger.post("/new-password", data=sent).text
    sent["vouched"] = _vouched_for(fresh, f"pastoral.{OWN}@belong.example")
    assert "easy to guess" in stranger.post("/new-password", data={**sent, "password": "password1234"}).text
    assert stranger.post("/new-password", data=sent).headers["location"] == "/sign-in"
    assert stranger.post("/new-password", data=sent).status_code == 404
