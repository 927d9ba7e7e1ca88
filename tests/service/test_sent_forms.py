"""Every form of a page that writes carries an id, is kept once, and tells whoever sends it again where it led."""

import re
import secrets
import threading
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from starlette.datastructures import FormData

from service.core import once_store
from service.core.audit import unaudited
from service.core.permissions import ROLES, RULES
from service.shell.access import checked_form, own_form
from service.shell.messages import SERVICE
from service.shell.sent_forms import fingerprint
from service.support import support_store
from service.support.support_rows import KnownByRow, MenuRow
from testbed.matrix import asker
from testbed.routes import Named, named_routes
from testbed.seeds import OWN, TERM, Seeded

STRANGERS = {"/sign-in", "/sign-in/{provider}", "/join", "/new-password", "/language"}
"""Forms of people without a session: nothing is kept of one sent twice, for what it uses up is used up once."""
HANDED_OUT = {"/requests/exports/{export_id}/release"}
"""A download, which leaves its page open and may be taken again; every time is noted."""
LEAST_FORMS = 45


def forms(seeded: Seeded) -> list[tuple[Named, Any]]:
    """Every address of a page that takes a form, with what checks it."""
    app = seeded.client().app
    checks = {}
    for context in iter_route_contexts(app.routes):  # type: ignore[attr-defined]
        if isinstance(context.original_route, APIRoute):
            checks[context.path] = {one.call for one in context.dependant.dependencies}
    routes = named_routes(app)  # type: ignore[arg-type]
    return [
        (one, checks[one.path])
        for one in routes
        if one.method not in ("GET", "HEAD") and not one.path.startswith("/api/")
    ]


def filled(seeded: Seeded, route: Named, csrf: str) -> tuple[str, dict[str, str]]:
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: seeded.ids(OWN).get(found[1], "none"), route.path)
    return path, {"csrf_token": csrf, "school": OWN, "term": TERM}


def test_every_form_is_checked(seeded: Seeded) -> None:
    found = forms(seeded)
    assert len(found) >= LEAST_FORMS
    for route, checks in found:
        if route.path in STRANGERS:
            assert route.needs == (None,), route.path
        else:
            assert (own_form if route.path in HANDED_OUT else checked_form) in checks, route.path


def test_every_form_without_its_id_is_refused_and_one_kept_before_does_nothing(seeded: Seeded) -> None:
    people: dict[str, TestClient] = {}
    csrf: dict[str, str] = {}
    for route, _ in forms(seeded):
        if route.path in STRANGERS | HANDED_OUT:
            continue
        role = next(one for one in ROLES if all(one in RULES[action or ""] for action in route.needs))
        if role not in people:
            known = asker(seeded, role)
            people[role], csrf[role] = known.browser, known.csrf
        path, data = filled(seeded, route, csrf[role])
        for wrong in ("", "short", "a" * 41, "a b c d e f"):
            answer = people[role].post(path, data={**data, "form_id": wrong}, follow_redirects=False)
            assert (answer.status_code, "expired" in answer.text) == (403, True), (route.path, wrong)
        form_id = secrets.token_hex(8)
        key, account = f"form:{form_id}", seeded.account[f"{role}.{OWN}"]
        database = seeded.deployment.database
        once_store.take(database, account, key, fingerprint(path, FormData(data)))
        once_store.keep(database, account, key, 303, {"location": "/kept-before"})
        answer = people[role].post(path, data={**data, "form_id": form_id}, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/kept-before"), route.path


def test_every_form_of_the_templates_carries_an_id() -> None:
    found = 0
    for path in sorted(SERVICE.glob("*/templates/*.html")):
        for form in re.findall(r'<form method="post".*?</form>', path.read_text("utf-8"), re.DOTALL):
            address = re.findall(r'action="([^"]*)"', form)
            if any(one in STRANGERS for one in address) or path.name in ("join.html", "new_password.html"):
                continue
            found += 1
            assert "forms.csrf(frame)" in form or "new_form_id()" in form, (path.name, address)
    assert found >= LEAST_FORMS


def page(seeded: Seeded, role: str) -> tuple[TestClient, dict[str, str]]:
    known = asker(seeded, role)
    return known.browser, {"csrf_token": known.csrf, "form_id": secrets.token_hex(8)}


def club(seeded: Seeded) -> int:
    with seeded.deployment.database.reading([OWN]) as tx:
        return sum(
            1 for row in support_store.menu(tx, OWN) if isinstance(row, MenuRow) and row.name == "Club"
        )


def test_a_line_of_the_menu_sent_four_times_at_once_is_added_once(fresh: Seeded) -> None:
    browser, hidden = page(fresh, "inclusion_lead")
    sent = {**hidden, "about": "rising absence", "name": "Club", "lead": "", "capacity": "4"}
    found: list[Any] = []

    def send() -> None:
        found.append(browser.post(f"/places/{OWN}/menu", data=sent, follow_redirects=False))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(one.status_code, one.headers["location"]) for one in found} == {(303, f"/places/{OWN}#menu")}
    assert club(fresh) == 1


def test_a_refused_form_may_come_again_and_one_filled_in_otherwise_is_told_so(fresh: Seeded) -> None:
    browser, hidden = page(fresh, "inclusion_lead")
    path = f"/places/{OWN}/menu"
    wrong = {**hidden, "about": "rising absence", "name": "Detention"}
    assert browser.post(path, data=wrong, follow_redirects=False).status_code == 422
    right = {**hidden, "about": "rising absence", "name": "Club"}
    assert browser.post(path, data=right, follow_redirects=False).status_code == 303
    other = {**right, "name": "Another"}
    answer = browser.post(path, data=other, follow_redirects=False)
    assert answer.status_code == 409
    assert "sent before with other answers" in answer.text
    assert club(fresh) == 1


def test_an_invitation_is_not_made_twice_by_a_reloaded_page(fresh: Seeded) -> None:
    browser, hidden = page(fresh, "admin")
    sent = {**hidden, "user": "new@belong.example", "name": "New", "role": "governor", "schools": OWN}
    first = browser.post("/admin/accounts", data=sent, follow_redirects=False)
    assert first.status_code == 200, first.text
    again = browser.post("/admin/accounts", data=sent, follow_redirects=False)
    assert again.status_code == 409
    assert "was saved then" in again.text


def test_a_form_whose_answer_never_came_is_not_done_twice(
    fresh: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process died after the commit."""
    monkeypatch.setattr("service.shell.sent_forms.WAIT_SECONDS", 0.2)
    browser, hidden = page(fresh, "inclusion_lead")
    path, sent = f"/pupils/{fresh.pupil[OWN]}/known-by", {**hidden, "how": "Tutor"}
    account = fresh.account[f"inclusion_lead.{OWN}"]
    digest = fingerprint(path, FormData(sent))
    once_store.take(fresh.deployment.database, account, f"form:{hidden['form_id']}", digest)
    answer = browser.post(path, data=sent, follow_redirects=False)
    assert answer.status_code == 409
    assert "its answer is still missing" in answer.text
    with fresh.deployment.database.reading([OWN]) as tx:
        rows = support_store.written(unaudited(tx, "a test"), OWN, fresh.pupil[OWN]).of(KnownByRow)
    assert not [row for row in rows if row.how == "Tutor"]


def test_a_fault_of_ours_gives_the_form_back(fresh: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, hidden = page(fresh, "inclusion_lead")
    path, sent = f"/pupils/{fresh.pupil[OWN]}/known-by", {**hidden, "how": "Tutor"}
    with monkeypatch.context() as broken:
        broken.setattr("service.support.notes.say_known", lambda *_: 1 / 0)
        assert browser.post(path, data=sent, follow_redirects=False).status_code == 500
    assert browser.post(path, data=sent, follow_redirects=False).status_code == 303
