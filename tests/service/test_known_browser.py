"""Strangers from many networks slow a name, but not its owner in a browser in which she signed in before."""

import time

import pytest
from fastapi.testclient import TestClient

from service.accounts import account_store, keeping, known_browser, pacing
from service.accounts.account_rows import AccountRow
from service.app.web import create_app
from service.core.callers import command_caller
from testbed.seeds import OWN, PASSWORD, Seeded

USER, OTHER_USER = "owner@belong.example", "second@belong.example"
WRONG = "wrong wrong wrong"


@pytest.fixture
def owned(fresh: Seeded) -> Seeded:
    for user in (USER, OTHER_USER):
        asked = {"role": "inclusion_lead", "schools": [OWN], "password": PASSWORD}
        keeping.add_account(command_caller(fresh.deployment), user, **asked)
    return fresh


def browser(seeded: Seeded, address: str) -> TestClient:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    return TestClient(app, client=(address, 1), follow_redirects=False)


def tries(client: TestClient, password: str, user: str = USER) -> int:
    return client.post("/sign-in", data={"user": user, "password": password}).status_code


def besiege(seeded: Seeded, networks: int = 30) -> None:
    """Wrong passwords from many networks, until one more from a new network has to wait after its first."""
    share = seeded.deployment.settings.sign_ins_per_minute
    counters = pacing.DatabaseCounters(seeded.deployment.database)
    counters.incr(pacing._key("name", USER), pacing.WHILE, share * pacing.OF_ALL_NETWORKS)
    for number in range(networks):
        assert tries(browser(seeded, f"198.51.{number}.1"), WRONG) == 401


def account(seeded: Seeded, user: str = USER) -> AccountRow:
    with seeded.deployment.database.reading() as tx:
        found = account_store.account_by_user(tx, user)
    assert found is not None
    return found


def test_the_owner_is_not_slowed_in_her_own_browser(owned: Seeded) -> None:
    own = browser(owned, "203.0.113.5")
    assert tries(own, PASSWORD) == 303
    besiege(owned, 3)
    stranger = browser(owned, "203.0.113.9")  # of her own network, too
    assert [tries(stranger, WRONG) for _ in range(2)] == [401, 429]
    unknown = browser(owned, "203.0.113.5")
    assert tries(unknown, PASSWORD) == 429, "without the mark she is one of them"
    assert tries(own, PASSWORD) == 303
    assert [tries(own, WRONG) for _ in range(2)] == [401, 401], "and may mistype"
    assert tries(own, PASSWORD) == 303


def test_a_mark_has_a_count_of_its_own(owned: Seeded) -> None:
    own = browser(owned, "203.0.113.5")
    assert tries(own, PASSWORD) == 303
    share = owned.deployment.settings.sign_ins_per_minute
    assert [tries(own, WRONG) for _ in range(share)] == [401] * share
    assert tries(own, WRONG) == 429
    thief = browser(owned, "192.0.2.1")
    thief.cookies.update(own.cookies)
    assert tries(thief, WRONG) == 429, "wherever it is brought from"


def test_the_mark_says_nothing_and_is_kept_from_scripts(owned: Seeded) -> None:
    answer = browser(owned, "203.0.113.5").post("/sign-in", data={"user": USER, "password": PASSWORD})
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("belong-known=")]
    words = cookie.lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in words.split(";")}
    assert f"max-age={known_browser.DAYS * 86400}" in words
    assert known_browser.MARK.fullmatch(cookie.split(";")[0].partition("=")[2].strip('"'))
    assert account(owned).id not in cookie
    refused = browser(owned, "203.0.113.6").post("/sign-in", data={"user": USER, "password": WRONG})
    assert "belong-known" not in str(refused.headers)


def test_only_a_true_mark_of_this_account_counts(owned: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, row = owned.deployment, account(owned)
    mark = known_browser.marked(deployment, row, "")
    assert known_browser.known_by(deployment, row, mark) == mark.split(".")[0]
    assert known_browser.known_by(deployment, account(owned, OTHER_USER), mark) == ""
    chance, ends, said = mark.split(".")
    forged = (
        f"{chance}.{int(ends) + 1}.{said}",
        f"{'0' * 32}.{ends}.{said}",
        mark[:-1],
        "x" * 5000,
        "~" * 99,
        "",
    )
    assert {known_browser.known_by(deployment, row, one) for one in forged} == {""}
    both = known_browser.marked(deployment, account(owned, OTHER_USER), mark)
    assert known_browser.known_by(deployment, row, both) == chance, "a browser that two people use"
    again = known_browser.marked(deployment, row, both)
    assert len(again.split("~")) == 2, "one mark each"
    moment = time.time
    monkeypatch.setattr(time, "time", lambda: moment() + (known_browser.DAYS + 1) * 86400)
    assert known_browser.known_by(deployment, row, mark) == ""
    monkeypatch.undo()
    row.password_hash = "another"
    assert known_browser.known_by(deployment, row, mark) == "", "a new password ends it"
