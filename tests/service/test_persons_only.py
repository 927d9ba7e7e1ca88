"""What decides who may come in and how far they see is done by people: a token is refused, whatever its role."""

import re
from typing import Any

import pytest

from service.core.permissions import PERSONS_ONLY, PUPIL_SIGHT, ROLES, RULES, SEES_PUPILS
from testbed.examples import call_for
from testbed.routes import Named, named_routes
from testbed.seeds import OWN, Seeded

READS = {"GET", "HEAD"}
MANAGING = re.compile(r"account|token|invitation|second-factor|/join|password|codes|sessions")
HARMLESS = {
    ("POST", "/api/v1/account/tokens/{token_id}/end"),
    ("POST", "/account/tokens/{token_id}/end"),
}
"""A program may end a token of its own account: nothing opens by it."""
TELLS_NOBODY = frozenset({
    "self.read", "self.change", "schools.read", "menu.edit", "places.read", "places.edit", "setting.read", "trust.read",
    "uploads.create", "uploads.approve", "loads.undo", "mappings.read", "mappings.confirm", "model.read",
    "model.promote", "audits.read", "packs.read", "schools.manage", "school.pause", "accounts.read",
    "accounts.manage", "invitations.vouch", "deployment.pause", "setting.change",
    "retention.decide", "suggestions.release", "waiting.read",
})  # fmt: skip
"""What tells nothing about single pupils by itself."""


def test_every_permission_is_known_to_tell_of_pupils_or_not() -> None:
    assert set(RULES) == PUPIL_SIGHT | TELLS_NOBODY
    assert not PUPIL_SIGHT & TELLS_NOBODY
    assert set(ROLES) - SEES_PUPILS == {"admin", "trust_lead", "governor"}


def test_every_route_about_accounts_that_changes_something_is_a_persons(seeded: Seeded) -> None:
    """By its address: a new route can't forget to name one of the permissions that no token has."""
    routes = named_routes(seeded.client().app)  # type: ignore[arg-type]
    found = [
        one
        for one in routes
        if MANAGING.search(one.path) and one.method not in READS and None not in one.needs
    ]
    assert len(found) >= 25
    forgot = [one for one in found if not set(one.needs) & PERSONS_ONLY]
    assert {(one.method, one.path) for one in forgot} == HARMLESS


def test_no_token_gets_through(fresh: Seeded) -> None:
    document: dict[str, Any] = fresh.client().get("/api/v1/openapi.json").json()
    routes = [
        one
        for one in named_routes(fresh.client().app)  # type: ignore[arg-type]
        if set(one.needs) & PERSONS_ONLY
    ]
    assert {one.needs for one in routes if one.path.startswith("/api/")} >= {
        ("accounts.manage",),
        ("self.change",),
    }
    for one in routes:
        role = next(role for role in ROLES if all(role in RULES[action or ""] for action in one.needs))
        answer = _asked(fresh, document, one, role)
        assert answer.status_code == 403, (one.method, one.path, answer.text)
        assert "token can’t" in answer.text or not one.path.startswith("/api/"), one.path


def _asked(seeded: Seeded, document: dict[str, Any], route: Named, role: str) -> Any:
    client, ids = seeded.client(role), seeded.ids(OWN)
    if route.path.startswith("/api/"):
        call = call_for(document, route.path, route.method.lower(), ids)
        return client.request(call.method, call.path, **call.options())
    path = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "none"), route.path)
    return client.request(route.method, path, data={"csrf_token": ""}, follow_redirects=False)


@pytest.mark.parametrize("role", ["admin", "dsl"])
def test_a_token_is_not_told_that_it_may(seeded: Seeded, role: str) -> None:
    machine = set(seeded.client(role).get("/api/v1/me").json()["permissions"])
    person = set(seeded.person(role).get("/api/v1/me").json()["permissions"])
    assert person - machine == PERSONS_ONLY & person
    assert machine <= person
