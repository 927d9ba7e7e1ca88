"""Who may do what, line by line, and that each guard at the door stops what it is there to stop."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from service.core import permissions
from service.core.permissions import (
    CARD_READERS,
    NOBODY,
    PERSONS_ONLY,
    PUPIL_SIGHT,
    ROLES,
    RULES,
    SECOND_FACTOR,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Reader,
    SecondFactorDue,
    can,
    can_pupil,
    check,
    in_years,
    why_may_i_see,
)
from service.core.secrets import masked
from service.shell import access
from testbed.seeds import OTHER, OWN, Seeded

TRUTH = """
                    admin inclusion_lead pastoral head_of_year senco dsl head trust_lead data_team dpo governor
self.read           yes   yes            yes      yes          yes   yes yes  yes        yes       yes yes
self.change         yes   yes            yes      yes          yes   yes yes  yes        yes       yes yes
schools.read        yes   yes            yes      yes          yes   yes yes  yes        yes       yes yes
flags.read          .     yes            yes      yes          yes   yes .    .          yes       .   .
pupil.read          .     yes            yes      yes          yes   yes .    .          yes       .   .
figures.read        .     yes            .        .            .     .   .    .          yes       .   .
names.read          .     yes            yes      yes          yes   yes .    .          .         .   .
notes.restricted    .     yes            .        .            .     yes .    .          .         .   .
pupil.decide        .     yes            yes      yes          yes   yes .    .          .         .   .
pupil.voice         .     yes            yes      yes          yes   yes .    .          .         .   .
menu.edit           .     yes            .        .            .     .   .    .          .         .   .
places.read         .     yes            yes      .            .     .   yes  yes        yes       .   .
places.edit         .     yes            .        .            .     .   .    .          .         .   .
reviews.due         .     yes            yes      yes          yes   yes yes  .          .         .   .
setting.read        .     yes            yes      yes          yes   yes yes  yes        yes       .   yes
setting.change      .     yes            .        .            .     .   yes  .          .         .   .
trust.read          .     .              .        .            .     .   .    yes        .         .   .
uploads.read        .     yes            .        .            .     .   .    .          yes       .   .
uploads.create      .     yes            .        .            .     .   .    .          yes       .   .
uploads.values      .     yes            .        .            .     .   .    .          .         .   .
uploads.approve     .     yes            .        .            .     .   .    .          .         .   .
suggestions.release .     yes            .        .            .     .   .    .          yes       .   .
loads.undo          .     yes            .        .            .     .   .    .          .         .   .
mappings.read       yes   yes            .        .            .     .   .    .          yes       .   .
mappings.confirm    yes   yes            .        .            .     .   .    .          yes       .   .
model.read          yes   yes            yes      yes          yes   yes yes  yes        yes       yes yes
model.promote       .     .              .        .            .     .   .    .          yes       .   .
audits.read         .     yes            .        .            .     .   yes  yes        yes       yes yes
packs.read          .     yes            .        .            .     .   yes  .          .         yes yes
exports.create      .     yes            .        .            .     .   .    .          .         .   .
schools.manage      yes   .              .        .            .     .   .    .          .         .   .
school.pause        yes   yes            .        .            .     .   yes  .          .         yes .
deployment.pause    yes   .              .        .            .     .   .    .          .         yes .
accounts.read       yes   .              .        .            .     .   .    .          .         .   .
accounts.manage     yes   .              .        .            .     .   .    .          .         .   .
invitations.vouch   .     yes            .        .            .     yes yes  .          .         yes .
audit.read          .     .              .        .            .     .   .    .          .         yes .
subject.export      .     .              .        .            .     .   .    .          .         yes .
subject.erase       .     .              .        .            .     .   .    .          .         yes .
retention.decide    .     .              .        .            .     .   .    .          .         yes .
waiting.read        .     yes            .        .            .     .   .    .          yes       yes .
subject.mark        .     .              .        .            .     .   .    .          .         yes .
requests.manage     .     .              .        .            .     .   .    .          .         yes .
"""
HEAD, *LINES = [line.split() for line in TRUTH.strip().splitlines()]


def reader(role: str, **more: Any) -> Reader:
    return Reader("a", "a@school.example", "A", role, frozenset({OWN}), **more)


def test_the_table_holds_and_is_whole() -> None:
    told = {
        action: {role for role, yes in zip(HEAD, answers, strict=True) if yes == "yes"}
        for action, *answers in LINES
    }
    assert set(HEAD) == set(ROLES)
    assert {action: set(roles) for action, roles in RULES.items()} == told


def test_what_only_people_may_do_and_who_needs_a_code() -> None:
    assert {"self.change", "accounts.manage", "invitations.vouch", "retention.decide"} < PERSONS_ONLY
    assert PERSONS_ONLY - {"self.change", "accounts.manage", "invitations.vouch", "retention.decide"} == {
        "suggestions.release"
    }
    assert {"admin", "dpo"} == SECOND_FACTOR
    assert set(CARD_READERS) == {"inclusion_lead", "pastoral", "head_of_year", "senco", "dsl"}
    assert {RULES[action] for action in PUPIL_SIGHT if "admin" in RULES[action]} == set()


def test_a_role_a_token_and_a_school_are_each_refused() -> None:
    check(reader("dsl"), "pupil.decide", OWN)
    with pytest.raises(NotAllowed, match="role does not include"):
        check(reader("governor"), "pupil.decide", OWN)
    with pytest.raises(NotAllowed, match="not one of yours"):
        check(reader("dsl"), "pupil.decide", OTHER)
    with pytest.raises(NotAllowed, match="token"):
        check(reader("admin", via="token"), "accounts.manage")
    check(reader("admin", via="session"), "accounts.manage")
    check(reader("admin", via="token"), "accounts.read")
    assert can(reader("dsl"), "pupil.read", OWN)
    assert not can(reader("dsl"), "pupil.read", OTHER)
    assert not can(NOBODY, "self.read")


def test_a_pupil_is_found_by_role_school_and_year_group() -> None:
    seven = frozenset({"7"})
    assert can_pupil(reader("head_of_year"), OWN, None)
    assert can_pupil(reader("head_of_year", year_groups=seven), OWN, "7")
    assert not can_pupil(reader("head_of_year", year_groups=seven), OWN, "8")
    assert not can_pupil(reader("head_of_year", year_groups=seven), OWN, None)
    assert not can_pupil(reader("head_of_year"), OTHER, "7")
    assert not can_pupil(reader("governor"), OWN, "7")
    assert in_years(reader("dsl", year_groups=seven), ["7", "8", None]) == ["7"]
    assert in_years(reader("dsl"), ["7", None]) == ["7", None]


def test_the_card_says_why_by_role_and_years_in_their_order() -> None:
    years = frozenset({"10", "9", "R"})
    said = {role: why_may_i_see(reader(role), "Hill") for role in (*CARD_READERS, "data_team")}
    assert said["inclusion_lead"].startswith("You can see this because your account leads inclusion")
    assert len(set(said.values())) == 6
    assert "for year R, 9, 10)" in why_may_i_see(reader("pastoral", year_groups=years), "Hill")


def test_refusals_have_the_status_of_their_kind() -> None:
    found = [NotSignedIn("").http_status, NotAllowed("").http_status, NotFound("").http_status]
    assert (*found, SecondFactorDue().http_status) == (401, 403, 404, 403)
    assert permissions.SYSTEM_ADMINISTRATOR.startswith("System administrator")


def test_a_route_can_name_only_a_permission_there_is() -> None:
    with pytest.raises(ValueError, match="there is no permission"):
        access.needs("pupil.sell")
    assert access.needs("pupil.read").action == "pupil.read"
    assert access.public().action is None


def request(method: str = "POST", path: str = "/x", **headers: str) -> Request:
    """A request as a browser sends it, to an application whose public address is another than its own."""
    app = FastAPI()
    settings = SimpleNamespace(base_url="https://belong.example/", secure_cookies=True)
    app.state.deployment = SimpleNamespace(settings=settings)
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({
        "type": "http", "method": method, "path": path, "headers": named, "app": app, "scheme": "http",
        "server": ("testserver", 80), "query_string": b"", "root_path": "", "client": ("192.0.2.7", 5),
    })  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://testserver"},
        {"origin": "https://belong.example"},
        {"sec_fetch_site": "same-origin", "origin": "https://belong.example"},
    ],
)
def test_a_form_of_our_own_pages_passes(headers: dict[str, str]) -> None:
    access.same_site(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://other.example"},
        {"origin": "null"},
        {"sec_fetch_site": "same-origin", "origin": "https://other.example"},
        {"sec_fetch_site": "cross-site", "origin": "https://belong.example"},
    ],
)
def test_another_sites_form_does_not(headers: dict[str, str]) -> None:
    with pytest.raises(NotAllowed, match="another site"):
        access.same_site(request(**headers))
    with pytest.raises(NotAllowed, match="another site"):
        access.require_json_csrf(request("DELETE", **headers))
    for harmless in ("GET", "HEAD", "OPTIONS"):
        access.require_json_csrf(request(harmless, **headers))


def test_a_form_token_is_compared_whole() -> None:
    caller: Any = SimpleNamespace(csrf="a" * 64)
    access.check_csrf(caller, masked("a" * 64))
    for wrong in (None, "", "a" * 63, masked("b" * 64)):
        with pytest.raises(NotAllowed, match="expired"):
            access.check_csrf(caller, wrong)


def test_what_a_request_says_of_itself_is_taken_as_far_as_it_can_be() -> None:
    assert access._purpose(request(belong_purpose="subject-access_request")) == "subject-access_request"
    assert access._purpose(request(belong_purpose="x" * 40)) == "x" * 40
    for odd in ("", "x" * 41, "two words", "Upper"):
        assert access._purpose(request(belong_purpose=odd)) is None
    assert access._purpose(request()) is None
    assert access.client_address(request()) == "192.0.2.7"
    assert access.request_id(request()) is None
    secure, plain = (
        request().app.state.deployment,
        SimpleNamespace(settings=SimpleNamespace(secure_cookies=False)),
    )
    assert access.cookie_name(secure) == "__Host-sid"
    assert access.cookie_name(plain) == "belong-sid"  # type: ignore[arg-type]


def asked(client: TestClient, **headers: str) -> int:
    return client.get("/api/v1/schools", headers=headers).status_code


def test_only_a_bearer_token_of_ours_or_a_session_opens_the_door(seeded: Seeded) -> None:
    token = seeded.tokens["inclusion_lead", OWN]
    client = seeded.client()
    assert asked(client, authorization=f"Bearer {token}") == 200
    assert asked(client, authorization=f"bearer {token} ") == 200
    for wrong in (f"Basic {token}", token, f"Bearer x{token}", "Bearer ", "Bearer"):
        assert asked(client, authorization=wrong) == 401, wrong
    assert asked(client) == 401
    client.cookies.set("belong-sid", "no session")
    assert asked(client) == 401
    assert asked(client, authorization="Basic abc") == 401, (
        "a token that is no good is no reason to try a cookie"
    )
