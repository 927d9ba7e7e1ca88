"""Wrong turns: each ends on a page that says what happened and what to do, never in a dead end or in JSON."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.core.secrets import MASK, masked, unmasked
from testbed.inspector import faults
from testbed.site import Account

pytestmark = pytest.mark.xdist_group("web")
Enter = Callable[[str], TestClient]


def test_an_unknown_address_keeps_the_readers_way_about(signed_in: Enter) -> None:
    answer = signed_in("inclusion_lead").get("/nowhere")
    assert answer.status_code == 404
    assert not faults(answer.text)
    assert "We can’t find this" in answer.text
    assert 'href="/reviews"' in answer.text


def test_another_schools_page_says_that_it_cannot_be_opened(signed_in: Enter) -> None:
    client = signed_in("pastoral")
    answer = client.get("/admin")
    assert answer.status_code == 403
    assert "You can’t open this" in answer.text
    assert not faults(answer.text)


def test_an_address_that_only_takes_forms_says_so(signed_in: Enter) -> None:
    answer = signed_in("inclusion_lead").get("/sign-out")
    assert answer.status_code == 405
    assert "This address can’t do that" in answer.text


def test_an_ended_session_leads_back_to_the_page_and_says_what_was_lost(site: Any) -> None:
    with TestClient(site) as client:
        client.cookies.set("belong-sid", "long gone")
        asked = client.get("/reviews?due=soon", follow_redirects=False)
        assert asked.headers["location"] == "/sign-in?next=/reviews%3Fdue%3Dsoon&away=1"
        assert "Anything you had not saved is lost" in client.get(asked.headers["location"]).text
        sent = client.post(
            "/pupils/p00000000000000000000/voice",
            headers={"referer": "http://testserver/pupils/p00000000000000000000"},
            follow_redirects=False,
        )
        assert sent.headers["location"] == "/sign-in?next=/pupils/p00000000000000000000&away=1"
        stranger = client.post(
            "/sign-out", headers={"referer": "http://elsewhere.example/x"}, follow_redirects=False
        )
        assert stranger.headers["location"] == "/sign-in?next=/&away=1"


def test_a_form_from_an_older_session_is_refused_in_words(signed_in: Enter) -> None:
    client = signed_in("inclusion_lead")
    answer = client.post("/sign-out", data={"csrf_token": masked("x" * 43)})
    assert answer.status_code == 403
    assert "This form has expired" in answer.text
    assert client.get("/reviews").status_code == 200


def test_a_fault_of_ours_is_a_page_that_says_nothing_about_itself(
    site: Any, signed_in: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("inclusion_lead")
    quiet = TestClient(site, raise_server_exceptions=False, cookies=client.cookies)
    monkeypatch.setattr("service.app.help_pages.render", lambda *_: 1 / 0)
    answer = quiet.get("/help")
    assert answer.status_code == 500
    assert "There is an error in Belong. It isn’t anything you did." in answer.text
    assert "ZeroDivision" not in answer.text
    assert not faults(answer.text)


def test_a_secret_in_a_page_never_reads_the_same_twice() -> None:
    secret = "s" * 43
    first, second = masked(secret), masked(secret)
    assert first != second
    assert secret not in first
    assert unmasked(first) == unmasked(second) == secret
    assert unmasked(secret) == secret
    for broken in (MASK, MASK + "é", MASK + "a", first[:-9], MASK + "!!"):
        assert unmasked(broken) != secret


def test_pages_are_compressed_and_their_token_changes(
    signed_in: Enter, demo_accounts: dict[str, Account]
) -> None:
    del demo_accounts
    client = signed_in("inclusion_lead")
    first, second = client.get("/help"), client.get("/help")
    assert first.headers["content-encoding"] == "gzip"
    assert first.text != second.text
