"""What is stored can be read ever after, and what can't be is refused where it comes in: on both databases."""

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from data_contracts.errors import Refused
from service.accounts import account_store, signing
from service.app.web import create_app
from service.core import governance
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.homes import Home
from service.schools import keeping as schools
from service.support import menu, support_store
from service.support.support_rows import DecisionRow, ReviewRow, SupportRow
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, TERM, Seeded

FAR = ("0001-01-01", "1999-12-31", "9999-12-31", "2035-01-01")
TERMS = ("9999-autumn", "0001-spring", "2018-autumn", "2041-spring")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Seeded:
    """A seeded deployment on each database."""
    return request.getfixturevalue(  # type: ignore[no-any-return]
        "fresh" if request.param == "sqlite" else "seeded_postgres"
    )


def signed(seeded: Seeded, role: str) -> TestClient:
    """A browser with a role's session, and its form token among the headers."""
    app = create_app(seeded.deployment.settings, seeded.deployment)
    with seeded.deployment.database.writing([OWN, OTHER]) as tx:
        account = account_store.account(tx, seeded.account[f"{role}.{OWN}"])
        assert account is not None
        session = signing.open_session(seeded.deployment, tx, account, second_factor=True)
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    client.cookies["belong-sid"] = session.cookie
    client.headers["x-csrf-token"] = session.csrf
    return client


def test_nothing_far_off_or_unshowable_is_kept(either: Seeded) -> None:
    pupil, api = either.unspoken[OWN], either.client("pastoral")
    told: list[tuple[str, dict[str, Any]]] = [
        *(("decisions", {"term": t, "decision": "data_wrong", "known": "known", "why": "x"}) for t in TERMS),
        ("decisions", {"term": "2025-autumn", "decision": "data_wrong", "known": "known", "why": "x"}),
        ("decisions", {"term": TERM, "decision": "not_now", "known": "known", "why": "a\x00b"}),
        *(("views", {"term": t, "leaning": "help"}) for t in TERMS),
        *(("supports", {"name": "x", "who": "y", "starts": day}) for day in FAR),
        *(("supports", {"name": "x", "who": "y", "starts": "2026-09-07", "review_on": day}) for day in FAR),
        ("supports", {"name": "a\x00b", "who": "y", "starts": "2026-09-07"}),
        ("supports", {"name": "a\nb", "who": "y", "starts": "2026-09-07"}),
        ("notes", {"words": "a\x00b"}),
        ("notes", {"words": "\x08"}),
        ("voice", {"helps": "a\x00b"}),
        ("known-by", {"how": "a\x00b"}),
    ]
    for part, body in told:
        answer = api.post(f"/api/v1/pupils/{pupil}/{part}", json=body)
        assert answer.status_code == 422, (part, body, answer.text)
        assert "\\u0000" not in answer.text
    reviews = f"/api/v1/schools/{OWN}/supports/{either.named['support_id', OWN]}/reviews"
    for day in FAR:
        found = {"held_on": day, "went": "better", "next": "carry_on"}
        assert api.post(reviews, json=found).status_code == 422
    page = signed(either, "pastoral")
    for form in (
        {"term": "9999-autumn", "decision": "data_wrong", "known": "known", "why": "x"},
        {"term": TERM, "decision": "data_wrong", "known": "known", "why": "x\x00"},
        {"term": TERM, "decision": "support", "known": "new", "own_words": "x", "who": "y", "starts": FAR[0]},
        {"term": TERM, "decision": "support", "known": "new", "own_words": "x", "who": "y", "until": FAR[2]},
    ):
        assert page.post(f"/pupils/{pupil}/decide", data=form).status_code == 422, form
    support = either.named["support_id", OWN]
    for day in FAR:
        form = {"held_on": day, "went": "better", "next_step": "carry_on"}
        assert page.post(f"/supports/{support}/review", data=form).status_code == 422
    for path in ("/sign-in", "/join"):
        for name in ("user", "password", "code", "next", "invitation", "vouched", "name"):
            assert page.post(path, data={name: "a\x00b"}).status_code < 500
    for address in (
        "/api/v1/audit?cursor=99999999999", "/api/v1/audit?actor=%00", f"/uploads?school={OWN}&term=%00",
        f"/schools/{OWN}/terms/9999-autumn", f"/schools/{OWN}/terms/{TERM}?form=%00", "/uploads/%00",
        "/api/v1/uploads/u%00/problems?cursor=9999999999", "/sign-in?next=%00", "/join?invitation=%00",
        f"/api/v1/uploads?school={OWN}&cursor=%00", "/who-saw-what?until=9999-12-31", "/pupils/p%00",
    ):  # fmt: skip
        for client in (page, either.client("dpo"), either.client("inclusion_lead"), either.client()):
            assert client.get(address).status_code < 500, address


def test_what_was_kept_before_breaks_no_page(either: Seeded) -> None:
    pupil = either.pupil[OWN]
    with either.deployment.database.writing([OWN]) as tx:
        by = {"by_account": "a", "by_name": "Old", "school": OWN, "pupil_id": pupil}
        for number, day in enumerate((date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29))):
            tx.add(
                SupportRow(id=f"s-old{number}", name="x", who="y", starts=day, review_on=day, until=day, **by)
            )
            tx.add(
                ReviewRow(
                    support_id=f"s-old{number}", held_on=day, went="better", words="", next_step="end", **by
                )
            )
        for term in ("9999-autumn", "0001-spring"):
            tx.add(DecisionRow(term=term, kind="data_wrong", known="known", why="x", **by))
    lead, api = signed(either, "inclusion_lead"), either.client("inclusion_lead")
    for address in (
        f"/pupils/{pupil}", f"/pupils/{pupil}/decide", "/reviews", f"/schools/{OWN}/terms/{TERM}",
        "/supports/s-old0/review", "/supports/s-old1/review", f"/packs/{OWN}/{TERM}/panel",
        f"/packs/{OWN}/{TERM}/family/{pupil}", f"/packs/{OWN}/{TERM}/governors", f"/pupils/{pupil}/voice",
    ):  # fmt: skip
        assert lead.get(address).status_code == 200, address
    for address in (f"pupils/{pupil}/supports", f"schools/{OWN}/supports", f"pupils/{pupil}/explanation"):
        assert api.get(f"/api/v1/{address}").status_code == 200, address


def at_once(work: Callable[[int], Any], times: int) -> list[Any]:
    found: list[Any] = [None] * times

    def one(number: int) -> None:
        found[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def supports_of(seeded: Seeded, pupil: str) -> int:
    with seeded.deployment.database.reading([OWN]) as tx:
        return len(support_store.written(unaudited(tx, "a test"), OWN, pupil).of(SupportRow))


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    names = ("seen", "form_id", "term", "decision")
    return {n: re.findall(rf'name="{n}" value="([^"]*)"', page)[-1] for n in names}


def test_one_form_is_one_decision_however_often_it_is_sent(either: Seeded) -> None:
    pupil, browser = either.unspoken[OWN], signed(either, "inclusion_lead")
    form = hidden(browser.get(f"/pupils/{pupil}/decide?decision=support").text)
    sent = {**form, "known": "new", "own_words": "Breakfast", "who": "Ms Green"}
    answers = at_once(lambda _: browser.post(f"/pupils/{pupil}/decide", data=sent).status_code, 4)
    assert set(answers) == {303}
    assert supports_of(either, pupil) == 1


def test_an_older_form_is_shown_what_stands_and_can_be_kept_then(either: Seeded) -> None:
    pupil, lead, pastoral = either.unspoken[OWN], signed(either, "inclusion_lead"), signed(either, "pastoral")
    path = f"/pupils/{pupil}/decide"
    older = hidden(pastoral.get(f"{path}?decision=not_now").text)
    support = hidden(lead.get(f"{path}?decision=support").text)
    lead.post(path, data={**support, "known": "new", "own_words": "Breakfast club", "who": "Ms Green"})
    stale = {**older, "known": "known", "why": "Their mentor says so."}
    shown = pastoral.post(path, data=stale)
    assert shown.status_code == 412
    assert "inclusion_lead" in shown.text
    assert "Their mentor says so." in shown.text
    with either.deployment.database.reading([OWN]) as tx:
        kinds = [
            row.kind for row in support_store.written(unaudited(tx, "a test"), OWN, pupil).of(DecisionRow)
        ]
    assert kinds == ["support"]
    again = {**hidden(shown.text), "known": "known", "why": "Their mentor says so."}
    assert pastoral.post(path, data=again).status_code == 303
    api = either.client("pastoral")
    body = {"term": TERM, "decision": "not_now", "known": "known", "why": "x", "replaces": older["seen"]}
    assert api.post(f"/api/v1/pupils/{pupil}/decisions", json=body).status_code == 412


def test_a_decision_that_stands_is_replaced_only_by_whoever_names_it(either: Seeded) -> None:
    lead, pastoral, pupil = either.client("inclusion_lead"), either.client("pastoral"), either.unspoken[OWN]
    path = f"/api/v1/pupils/{pupil}/decisions"
    first = {"term": TERM, "decision": "not_now", "known": "known", "why": "Their mentor says so."}
    assert pastoral.post(path, json=first).status_code == 201, "a first decision needs no id"
    wrong = {"term": TERM, "decision": "data_wrong", "known": "new", "why": "The marks are another pupil's."}
    found = lead.get(f"/api/v1/schools/{OWN}/decisions", params={"term": TERM}).json()["decisions"]
    (stands,) = [one for one in found if one["pupil_id"] == pupil]
    for named in ({}, {"replaces": None}, {"replaces": ""}, {"replaces": "h-another"}):
        answer = lead.post(path, json={**wrong, **named})
        assert answer.status_code == 412, named
        versions = answer.json()["versions"]
        assert versions["standing"]["id"] == stands["id"]
        assert versions["standing"]["why"] == first["why"]
        assert versions["standing"]["by"] == stands["by"]
        assert versions["yours"]["why"] == wrong["why"]
    assert lead.post(path, json={**wrong, "replaces": stands["id"]}).status_code == 201
    assert pastoral.post(path, json={**first, "replaces": stands["id"]}).status_code == 412


def test_a_review_that_stands_is_followed_only_by_whoever_has_read_it(either: Seeded) -> None:
    api, pupil = either.client("inclusion_lead"), either.pupil[OWN]
    plan = {"name": "Mentor", "who": "Ms Green", "starts": "2026-09-07"}
    support = api.post(f"/api/v1/pupils/{pupil}/supports", json=plan).json()["id"]
    path = f"/api/v1/schools/{OWN}/supports/{support}/reviews"
    page, form = signed(either, "pastoral"), f"/supports/{support}/review"
    older = re.findall(r'name="seen" value="([^"]*)"', page.get(form).text)
    first = {"held_on": "2026-10-01", "went": "better", "words": "Mornings are easier.", "next": "carry_on"}
    assert api.post(path, json=first).status_code == 201, "a first review needs no id"
    again = {**first, "went": "worse", "words": "", "next": "end"}
    refused = api.post(path, json=again)
    assert refused.status_code == 412
    versions = refused.json()["versions"]
    assert (versions["standing"]["words"], versions["yours"]["words"]) == ("Mornings are easier.", "")
    sent = {
        "held_on": "2026-10-02",
        "went": "same",
        "next_step": "carry_on",
        "words": "Late twice.",
        "seen": older,
    }
    shown = page.post(form, data=sent)
    assert shown.status_code == 412
    assert "Mornings are easier." in shown.text
    assert "Late twice." in shown.text
    supports = api.get(f"/api/v1/pupils/{pupil}/supports").json()["supports"]
    (kept,) = [one["reviews"] for one in supports if one["id"] == support]
    assert [one["id"] for one in kept] == [versions["standing"]["id"]]
    sent["seen"] = re.findall(r'name="seen" value="([^"]*)"', shown.text)
    assert page.post(form, data=sent).status_code == 303
    assert api.post(path, json={**again, "replaces": kept[0]["id"]}).status_code == 412


def test_a_line_of_the_menu_holds_what_it_can_hold(either: Seeded) -> None:
    lead = caller(either.deployment, "inclusion_lead", [OWN])
    with lead.writing() as tx:
        menu.add_offer(tx, lead.reader, OWN, about="rising absence", name="Club", lead="", capacity=1)
    with lead.writing() as tx:
        (line,) = [one for one in menu.menu(tx, OWN) if one.name == "Club"]
    other = caller(either.deployment, "inclusion_lead", [OTHER])
    with other.writing() as tx:
        menu.add_offer(tx, other.reader, OTHER, about="rising absence", name="Theirs", lead="", capacity=9)
    with other.writing() as tx:
        (theirs,) = [one for one in menu.menu(tx, OTHER) if one.name == "Theirs"]
    plan = {"name": "Club", "who": "Ms Green", "starts": "2026-09-07", "menu_id": line.id}
    api, pupils = either.client("inclusion_lead"), either.pupils[OWN][:4]
    answers = at_once(
        lambda n: api.post(f"/api/v1/pupils/{pupils[n]}/supports", json=plan).status_code, len(pupils)
    )
    assert sorted(answers) == [201, 422, 422, 422]
    foreign = {**plan, "menu_id": theirs.id}
    assert api.post(f"/api/v1/pupils/{pupils[0]}/supports", json=foreign).status_code == 422
    body = {"term": TERM, "decision": "support", "known": "new", "support": plan}
    pupil = either.unspoken[OWN]
    before = supports_of(either, pupil)
    assert api.post(f"/api/v1/pupils/{pupil}/decisions", json=body).status_code == 422
    assert supports_of(either, pupil) == before


HARMFUL_NAMES = (
    "Evil \x08",
    "A\nB",
    "[schools.123460]",
    'x"\n[schools.123460]\ncontroller = "y',
    "a\u2028b",
    "\x00",
)


@pytest.mark.parametrize("name", HARMFUL_NAMES)
def test_no_school_s_name_breaks_the_governance_file(fresh: Seeded, name: str) -> None:
    client = fresh.client("admin")
    sent = {"urn": "123459", "name": name, "phase": "secondary", "mis": "sims"}
    answer = client.post("/api/v1/schools", json=sent)
    assert answer.status_code in (201, 422)
    home = fresh.deployment.home
    governance.read(home)
    command = command_caller(fresh.deployment)
    schools.register(command, "123460", name="Meadow", phase="secondary", mis="sims")
    assert set(governance.read(home)["schools"]["123460"]) == set(governance.REQUIRED)
    for given in (name, f"{name}\n[schools.999]"):
        governance.add_school(home, "123461", given)
        assert set(governance.read(home)["schools"]["123461"]) == set(governance.REQUIRED)
    assert "999" not in governance.read(home)["schools"]


def test_a_governance_file_somebody_broke_is_left_as_it_is(own_path: Home) -> None:
    own_path.governance.write_text("broken = \n")
    with pytest.raises(Refused, match=r"governance\.toml"):
        governance.add_school(own_path, "123459", "Meadow")
    assert own_path.governance.read_text() == "broken = \n"


@pytest.fixture
def own_path(fresh: Seeded) -> Home:
    return fresh.deployment.home
