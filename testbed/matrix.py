"""The questions of the isolation matrix, generated from the route table, and what is a wrong answer to each.

Every API route is asked with the examples of the OpenAPI document, every page with a signed-in browser's
session and token, always about things that are really there: at the own school and at another one.
"""

import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from service.accounts import account_store
from service.accounts.signing import open_session
from service.core.permissions import ROLES, RULES
from testbed.examples import Call, call_for
from testbed.routes import Named, named_routes
from testbed.seeds import OTHER, OWN, SENTINEL, TERM, Seeded

REFUSED = (403, 404)
UNFINISHED = (400, 422)
"""Forms of pages are sent without all their fields, so they may also be told so; the API's calls are whole."""
A_PERSONS = {"/api/v1/subject-exports/{export_id}/release"}
"""Refused to every machine before anything is looked up."""
EVERYBODY = {None, "self.read"}
SHARED = (
    "model_id", "account_id", "token_id", "invitation_id", "change_id", "dated_id", "provider", "offer_id", "term",
)  # fmt: skip
"""What a path may name that is no school's."""


@dataclass(frozen=True)
class Asker:
    """A role at the own school: its token's client and its browser's, with the browser's form token."""

    role: str
    machine: TestClient
    browser: TestClient
    csrf: str


def asker(seeded: Seeded, role: str) -> Asker:
    """Sign a role in both ways."""
    browser = seeded.client()
    with seeded.deployment.database.writing([OWN]) as tx:
        account = account_store.account(tx, seeded.account[f"{role}.{OWN}"])
        assert account is not None
        signed = open_session(seeded.deployment, tx, account, second_factor=True)
    browser.cookies.set("belong-sid", signed.cookie)
    browser.headers["Sec-Fetch-Site"] = "same-origin"
    return Asker(role, seeded.client(role), browser, signed.csrf)


def ask_everything(seeded: Seeded, roles: Collection[str] = ROLES) -> tuple[int, list[str]]:
    """Every route by each role about both schools: how many questions, and the wrong answers."""
    client = seeded.client()
    routes = named_routes(client.app)  # type: ignore[arg-type]
    document = client.get("/api/v1/openapi.json").json()
    asked, wrong = 0, []
    for role in roles:
        known = asker(seeded, role)
        for route, school, call in _calls(routes, document, seeded, known):
            client = known.machine if _of_api(route) else known.browser
            answer = client.request(call.method, call.path, follow_redirects=False, **call.options())
            asked += 1
            fault = _fault(route, seeded, answer.status_code, answer.text, role=role, school=school)
            if fault:
                wrong.append(
                    f"{role} {route.method} {route.path} about {school}: {answer.status_code}, {fault}"
                )
    return asked, wrong


def _calls(
    routes: list[Named], document: Mapping[str, Any], seeded: Seeded, known: Asker
) -> Iterator[tuple[Named, str, Call]]:
    for route in routes:
        for school in (OWN, OTHER):
            changes = route.method not in ("GET", "HEAD") and may(route, known.role)
            if changes and (school == OWN or EVERYBODY & set(route.needs)):
                continue  # what one may do in one's own school, or as anybody, is for other tests
            ids = seeded.ids(school)
            if route.method == "HEAD":
                yield route, school, _page(Named(route.path, "HEAD", route.needs), ids, known.csrf)
            elif _of_api(route):
                yield route, school, call_for(document, route.path, route.method.lower(), ids)
            else:
                yield route, school, _page(route, ids, known.csrf)


def _page(route: Named, ids: Mapping[str, str], csrf: str) -> Call:
    """A page's address with everything filled in, and for a form the session's token."""
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: ids.get(found[1], "none"), route.path)
    asked = {"school": ids["school"], "term": TERM}
    if route.method == "GET":
        return Call("GET", path, asked)
    fields = {"csrf_token": csrf, "form_id": secrets.token_hex(8), "reason": "A test asks.", **asked}
    return Call(route.method, path, asked, data=fields)


def _of_api(route: Named) -> bool:
    return route.path.startswith("/api/")


def may(route: Named, role: str) -> bool:
    """Whether a role has all that a route asks for."""
    return all(action is None or role in RULES[action] for action in route.needs)


def _of_a_school(route: Named) -> bool:
    """Whether the address itself names something of a school."""
    return any(name not in SHARED for name in re.findall(r"\{(\w+)", route.path))


def _fault(route: Named, seeded: Seeded, status: int, body: str, *, role: str, school: str) -> str:
    """What is wrong with an answer; '' where nothing is."""
    if status >= 500:
        return "broke"
    if not may(route, role) and status not in REFUSED:
        return "was let in without the permission"
    refusals = REFUSED if _of_api(route) and route.path not in A_PERSONS else REFUSED + UNFINISHED
    asks_for_school = _of_a_school(route) or route.path in (
        "/api/v1/flags",
        "/api/v1/uploads",
        "/api/v1/loads",
    )
    if school == OTHER and asks_for_school and None not in route.needs and status not in refusals:
        return "was let in to another school"
    secrets = {
        SENTINEL[OTHER],
        *seeded.pupils[OTHER],
        *(seeded.named[name, OTHER] for name in ("support_id", "decision_id", "voice_id", "request_id")),
        seeded.upload[OTHER],
        seeded.load[OTHER],
    }
    return "says something about another school" if any(secret in body for secret in secrets) else ""


def ask_about_another_year(seeded: Seeded, client: TestClient, pupil_id: str) -> tuple[int, list[str]]:
    """Every route that names a pupil, by a reader whose year groups do not hold that pupil."""
    document = seeded.client().get("/api/v1/openapi.json").json()
    ids = {**seeded.ids(OWN), "pupil_id": pupil_id}
    asked, wrong = 0, []
    for route in named_routes(seeded.client().app):  # type: ignore[arg-type]
        if not _of_api(route) or "{pupil_id}" not in route.path:
            continue
        call = call_for(document, route.path, route.method.lower(), ids)
        answer = client.request(call.method, call.path, **call.options())
        asked += 1
        if answer.status_code not in REFUSED:
            wrong.append(f"{route.method} {route.path}: {answer.status_code}")
    return asked, wrong
