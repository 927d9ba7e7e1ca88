"""No administrator widens a sight alone: every sequence of up to three acts, by every face, without a colleague's code.

What an account sees is counted from the rules themselves and not from the code that guards changes. Acts that lead to
a state that was met before are not followed twice, so the search is whole and still ends.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from data_contracts.errors import BelongError
from service.accounts import account_store, keeping
from service.accounts.account_rows import TokenRow
from service.accounts.readers import reader_of
from service.accounts.signing import token_caller
from service.app import journeys
from service.core import engine
from service.core.base import now
from service.core.callers import command_caller
from service.core.permissions import Reader, can, can_pupil
from service.core.throttle import Throttle
from service.records.pupil_rows import RollRow
from testbed.seeds import OTHER, OWN, PASSWORD, Seeded

ACTS = 3
NEW_SCHOOL = "999009"
YEAR_7, GOVERNOR = "y7@belong.example", f"governor.{OWN}@belong.example"
STRANGER = "stranger@belong.example"
Wanted = tuple[str, tuple[str, ...], tuple[str, ...]]
DSL: Wanted = ("dsl", (OWN,), ())
YEAR_8: Wanted = ("head_of_year", (OWN,), ("8",))
NEW_AND_OWN: Wanted = ("inclusion_lead", (OWN, NEW_SCHOOL), ())
NOBODY_SEEN: Wanted = ("governor", (OWN,), ())
FACES = ("page", "api", "token", "command")


@dataclass
class World:
    """A seeded deployment, an administrator's ways in, and what they have got hold of."""

    seeded: Seeded
    page: TestClient
    token: TestClient
    links: set[tuple[str, str]] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    signed_in: set[str] = field(default_factory=set)

    def id_of(self, user: str) -> str:
        return keeping.id_of(command_caller(self.seeded.deployment), user)

    def ask(self, face: str, path: str, body: dict[str, Any], form: tuple[str, dict[str, Any]]) -> str:
        """Ask by a page or the API; the answer's text, or '' where it was refused."""
        if face == "page":
            where, data = form
            csrf = self.page.headers["X-CSRF-Token"]
            answer = self.page.post(where, data={"csrf_token": csrf, **data}, follow_redirects=False)
        else:
            client = self.page if face == "api" else self.token
            answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code < 500, answer.text
        return answer.text or "done" if answer.status_code < 400 else ""

    @property
    def home(self) -> Any:
        return self.seeded.deployment.home.path


Act = Callable[[World, str], None]


def _change(user: str, wanted: Wanted) -> Act:
    def act(world: World, face: str) -> None:
        role, schools, years = wanted
        if face == "command":
            journeys.change_user(world.home, user, role=role, schools=schools, year_groups=years)
            return
        account = world.id_of(user)
        body = {"role": role, "schools": schools, "year_groups": years or None}
        form = {"role": role, "schools": schools, "years": years}
        world.ask(face, f"/accounts/{account}/change", body, (f"/admin/accounts/{account}/change", form))

    return act


def _invite(wanted: Wanted) -> Act:
    def act(world: World, face: str) -> None:
        role, schools, years = wanted
        if face == "command":
            made = journeys.invite_user(world.home, STRANGER, role=role, schools=schools, year_groups=years)
            world.links |= _links(made["address"])
            return
        body = {
            "user": STRANGER,
            "name": "Jo",
            "role": role,
            "schools": schools,
            "year_groups": years or None,
        }
        form = {"user": STRANGER, "name": "Jo", "role": role, "schools": schools, "years": years}
        world.links |= _links(world.ask(face, "/accounts/invite", body, ("/admin/accounts", form)), "join")

    return act


def _reset(user: str) -> Act:
    def act(world: World, face: str) -> None:
        if face == "command":
            world.links |= _links(journeys.reset_password(world.home, user)["address"])
            return
        account = world.id_of(user)
        page = (f"/admin/accounts/{account}/reset", {})
        world.links |= _links(world.ask(face, f"/accounts/{account}/reset", {}, page), "new-password")

    return act


def _links(text: str, page: str = "") -> set[tuple[str, str]]:
    """(page, secret) of what an answer shows: an address, or the secret alone."""
    found = {(name, secret) for name, secret in re.findall(r"/(join|new-password)\?\w+=([\w-]{43})", text)}
    return found | {(page, secret) for secret in re.findall(r'"secret":"([\w-]{43})"', text)}


def _use_links(world: World, face: str) -> None:
    """Whoever holds the links goes where they lead, and says they have no code."""
    del face
    for page, secret in world.links:
        sent = {"invitation": secret, "link": secret, "name": "Jo", "password": PASSWORD}
        answer = world.seeded.client().post(f"/{page}", data=sent, follow_redirects=False)
        world.signed_in |= {secret} if answer.status_code == 303 else set()


def _issue(user: str) -> Act:
    def act(world: World, face: str) -> None:
        text = world.ask(face, "/tokens", {"user": user}, (f"/account/tokens?for={user}", {}))
        world.tokens |= set(re.findall(r"belong_[\w-]{43}", text))

    return act


def _close(user: str) -> Act:
    def act(world: World, face: str) -> None:
        if face == "command":
            journeys.close_user(world.home, user, by="test")
            return
        account = world.id_of(user)
        world.ask(face, f"/accounts/{account}/close", {}, (f"/admin/accounts/{account}/close", {}))

    return act


def _add(world: World, face: str) -> None:
    role, schools, _ = DSL
    journeys.add_user(world.home, STRANGER, role=role, schools=schools, password=PASSWORD)


def _register(world: World, face: str) -> None:
    journeys.register_school(world.home, NEW_SCHOOL, name="Hill", phase="secondary", mis="sims")


ALPHABET: list[tuple[str, Act, tuple[str, ...]]] = [
    *(
        (f"change {user} to {wanted}", _change(user, wanted), FACES)
        for user, wanted in (
            (YEAR_7, YEAR_8),
            (YEAR_7, NOBODY_SEEN),
            (GOVERNOR, DSL),
            (GOVERNOR, NEW_AND_OWN),
        )
    ),
    *((f"invite {wanted}", _invite(wanted), FACES) for wanted in (DSL, NOBODY_SEEN)),
    *((f"reset {user}", _reset(user), FACES) for user in (YEAR_7, GOVERNOR)),
    *((f"token for {user}", _issue(user), ("api", "token")) for user in (YEAR_7, GOVERNOR)),
    (f"close {YEAR_7}", _close(YEAR_7), FACES),
    ("use the links", _use_links, ("page",)),
    ("add", _add, ("command",)),
    ("register", _register, ("command",)),
]


@pytest.fixture
def world(fresh: Seeded) -> World:
    """With a head of year 7, and nobody told to try less often."""
    machine = command_caller(fresh.deployment)
    keeping.add_account(
        machine, YEAR_7, role="head_of_year", schools=[OWN], year_groups=["7"], password=PASSWORD
    )
    with fresh.deployment.database.writing() as tx:
        governor = account_store.account_by_user(tx, GOVERNOR)
        assert governor is not None
        governor.password_hash = "none yet"
    return World(fresh, fresh.person("admin"), fresh.client("admin"))


def _seen(reader: Reader, pupils: list[tuple[str, str, str | None]]) -> set[tuple[str, str]]:
    """What the rules tell a reader of each pupil: that they exist, their name, a figure, a restricted note."""
    found = set()
    for pupil, school, year in pupils:
        card = can_pupil(reader, school, year)
        told = {
            "pupil": card or can(reader, "reviews.due", school) or can(reader, "subject.export", school),
            "name": (card and can(reader, "names.read", school)) or can(reader, "subject.export", school),
            "figure": card and can(reader, "figures.read", school),
            "note": card and can(reader, "notes.restricted", school),
        }
        found |= {(kind, pupil) for kind, is_told in told.items() if is_told}
    return found


def _sights(world: World, pupils: list[tuple[str, str, str | None]]) -> dict[str, set[tuple[str, str]]]:
    """What every open account sees, by its id."""
    with world.seeded.deployment.database.reading() as tx:
        urns = engine.all_urns(tx)
        return {
            row.id: _seen(reader_of(row, urns, "session"), pupils)
            for row in account_store.accounts(tx)
            if row.closed_at is None
        }


def _state(world: World) -> tuple[Any, ...]:
    """What decides how the next act ends."""
    with world.seeded.deployment.database.reading() as tx:
        accounts = tuple(
            (row.user, row.role, str(row.schools), str(row.year_groups), row.closed_at is None)
            for row in account_store.accounts(tx)
        )
        waiting = sorted(
            (row.kind, row.user, row.role, str(row.schools), str(row.year_groups))
            for row in account_store.open_invitations(tx, now())
        )
        running = tx.query(TokenRow).where(TokenRow.ended_at.is_(None)).count()
        schools = tuple(sorted(engine.all_urns(tx)))
    return accounts, tuple(waiting), running, schools, len(world.links), len(world.signed_in)


def _steps(depth: int) -> Iterator[tuple[str, Act, str]]:
    """Every act: first by every face, later by one face each, another at each depth."""
    for place, (name, act, faces) in enumerate(ALPHABET):
        for face in faces if depth == 0 else (faces[(place + depth) % len(faces)],):
            yield f"{name} by {face}", act, face


def _faults(
    world: World,
    before: dict[str, set[tuple[str, str]]],
    pupils: list[tuple[str, str, str | None]],
) -> list[str]:
    """Accounts that see more than they did, and keys the administrator holds that open a pupil."""
    wrong = [
        f"{account} sees {len(seen - before.get(account, set()))} things more"
        for account, seen in _sights(world, pupils).items()
        if seen - before.get(account, set())
    ]
    for secret in world.tokens:
        try:
            reader = token_caller(world.seeded.deployment, secret, purpose=None, request_id=None).reader
        except BelongError:
            continue
        wrong += ["a token opens pupils"] if _seen(reader, pupils) else []
    return wrong + (["a link opened an account that sees pupils"] if _opened(world, pupils) else [])


def _opened(world: World, pupils: list[tuple[str, str, str | None]]) -> bool:
    """Whether a link that was used without a code belongs to an account that sees anything."""
    from service.core.secrets import fingerprint

    with world.seeded.deployment.database.reading() as tx:
        urns = engine.all_urns(tx)
        for secret in world.signed_in:
            row = account_store.invitation(tx, fingerprint(secret))
            account = account_store.account_by_user(tx, row.user) if row is not None else None
            if account is not None and _seen(reader_of(account, urns, "session"), pupils):
                return True
    return False


class Kept:
    """The database at a moment, to come back to."""

    def __init__(self, world: World) -> None:
        self.path = str(world.home / "belong.sqlite")
        self.copy = sqlite3.connect(":memory:")
        with sqlite3.connect(self.path) as live:
            live.backup(self.copy)
        self.held = (set(world.links), set(world.tokens), set(world.signed_in))

    def back(self, world: World) -> None:
        """Let everything be as it was."""
        live = sqlite3.connect(self.path)
        self.copy.backup(live)
        live.close()
        world.links, world.tokens, world.signed_in = (set(one) for one in self.held)


def search(world: World, *, until_found: bool = False) -> tuple[int, list[str]]:
    """Every sequence: how many acts were tried, and the sequences after which somebody sees more (or the first)."""
    with world.seeded.deployment.database.reading([OWN, OTHER]) as tx:
        newest = [(row.pupil_id, row.school, row.nc_year) for row in tx.scalars(select(RollRow))]
    pupils = list({(school, year): (pupil, school, year) for pupil, school, year in newest}.values())
    assert len(pupils) == 8, "one pupil stands for each year group of each school"
    before = _sights(world, pupils)
    assert any(before.values())
    known, reached, tried, wrong = {_state(world)}, [((), Kept(world))], 0, []
    for depth in range(ACTS):
        following = []
        for path, kept in reached:
            for name, act, face in _steps(depth):
                kept.back(world)
                tried += 1
                try:
                    act(world, face)
                except BelongError:
                    continue
                state = _state(world)
                if state in known:
                    continue
                known.add(state)
                found = _faults(world, before, pupils)
                wrong += [f"{' | '.join((*path, name))}: {each}" for each in found]
                if wrong and until_found:
                    return tried, wrong
                following.append(((*path, name), Kept(world)))
        reached = following
    return tried, wrong


def test_no_three_acts_of_an_administrator_widen_a_sight(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Throttle, "pass_or_raise", lambda *_: None)
    tried, wrong = search(world)
    assert wrong == []
    assert tried > 500


@pytest.mark.parametrize(
    "guard",
    [
        "service.accounts.sight.opens_more",
        "service.accounts.vouching.needs_code",
        "service.accounts.vouching.somebody_vouches",
    ],
)
def test_the_search_finds_a_guard_that_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    monkeypatch.setattr(Throttle, "pass_or_raise", lambda *_: None)
    monkeypatch.setattr("tests.service.test_nobody_alone.ACTS", 2)
    monkeypatch.setattr(guard, lambda *_: False)
    if guard.endswith("opens_more"):
        monkeypatch.setattr("service.accounts.vouching.opens_more", lambda *_: False)
    assert search(world, until_found=True)[1]
