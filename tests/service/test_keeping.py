"""Accounts through their life: what ends with them, who is left, and who may vouch for what."""

import pytest

from data_contracts.errors import Refused
from service.accounts import account_store, inviting, keeping, promises, resetting, signing, tokens, vouching
from service.accounts.promises import Kind
from service.accounts.sight import Reach, opens_more
from service.core import secrets
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.core.permissions import NotFound, NotSignedIn, Reader
from testbed.seeds import OTHER, OWN, PASSWORD, Seeded

NEW = "new@belong.example"
URNS = frozenset({OWN, OTHER})


@pytest.fixture
def admin(fresh: Seeded) -> Caller:
    """An administrator of both schools, signed in."""
    return _as(fresh, "admin", OWN, OTHER)


def _as(seeded: Seeded, role: str, *schools: str) -> Caller:
    own = frozenset(schools or (OWN,))
    return Caller(seeded.deployment, Reader(seeded.account[f"{role}.{OWN}"], role, role, role, own))


def _nobody(seeded: Seeded) -> Caller:
    return Caller(seeded.deployment, signing.NOBODY)


def _account(seeded: Seeded, role: str, **more: object) -> str:
    user = f"own-{role}@belong.example"
    return keeping.add_account(
        command_caller(seeded.deployment), user, role=role, schools=[OWN], password=PASSWORD, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        (("data_team", [OWN], None), ("dsl", [OWN], None), True),
        (("head", [OWN], None), ("inclusion_lead", [OWN], None), True),
        (("dpo", [OWN], None), ("dsl", [OWN], None), True),
        (("pastoral", [OWN], ["7"]), ("pastoral", [OWN], None), True),
        (("pastoral", [OWN], ["7"]), ("pastoral", [OWN], ["8"]), True),
        (("pastoral", [OWN], ["7", "8"]), ("head_of_year", [OWN], ["8"]), False),
        (("pastoral", [OWN], None), ("pastoral", [OWN, OTHER], None), True),
        (("pastoral", [OWN, OTHER], None), ("pastoral", ["*"], None), True),
        (("pastoral", ["*"], None), ("pastoral", [OWN, OTHER], None), False),
        (("dsl", [OWN], None), ("senco", [OWN], None), False),
        (("senco", [OWN], None), ("dsl", [OWN], None), True),
        (("dsl", [OWN], None), ("governor", ["*"], None), False),
        (("governor", [OWN], None), ("head", [OWN], None), True),
        (("governor", [OWN], None), ("dsl", [], None), False),
        (("inclusion_lead", [OWN], None), ("data_team", [OWN], None), False),
    ],
)
def test_what_is_wider(before: tuple, after: tuple, more: bool) -> None:  # type: ignore[type-arg]
    assert opens_more(Reach.given(*before), Reach.given(*after), URNS) is more


def test_a_change_waits_and_a_colleagues_code_lets_its_owner_take_it_on(fresh: Seeded, admin: Caller) -> None:
    own = _account(fresh, "head_of_year", year_groups=["7"])
    waiting = keeping.change_account(admin, own, role="dsl", schools=[OWN])
    assert waiting is not None
    owner = _signed_in(fresh, "own-head_of_year@belong.example")
    for wrong in ("", "AAAA-AAAA"):
        with pytest.raises(Refused, match="not the code"):
            keeping.confirm_change(owner, waiting.id, wrong)
    assert keeping.account_of(admin, own)["role"] == "head_of_year"
    _, code = vouching.code_for_colleague(_as(fresh, "inclusion_lead"), waiting.id)
    with pytest.raises(NotFound):  # the code alone is nothing to anybody else
        keeping.confirm_change(_as(fresh, "governor"), waiting.id, code)
    keeping.confirm_change(owner, waiting.id, code)
    after = keeping.account_of(admin, own)
    assert (after["role"], after["year_groups"]) == ("dsl", None)
    with pytest.raises(NotSignedIn):
        _again(fresh, owner)
    with pytest.raises(NotFound):
        keeping.confirm_change(owner, waiting.id, code)


def test_nobody_vouches_for_themselves(fresh: Seeded, admin: Caller) -> None:
    dsl = fresh.account[f"dsl.{OWN}"]
    waiting = keeping.change_account(admin, dsl, role="inclusion_lead", schools=[OWN])
    assert waiting is not None
    with pytest.raises(NotFound):
        vouching.code_for_colleague(_as(fresh, "dsl"), waiting.id)
    assert vouching.code_for_colleague(_as(fresh, "head"), waiting.id)


def test_who_answers_for_one_year_vouches_for_no_other(fresh: Seeded, admin: Caller) -> None:
    made = inviting.invite(admin, NEW, role="pastoral", schools=[OWN], year_groups=["8"])
    reader = Reader(_account(fresh, "dsl"), "x", "x", "dsl", frozenset({OWN}), frozenset({"7"}))
    assert made["id"] not in {row.id for row in vouching.waiting(Caller(fresh.deployment, reader))}


def test_a_newer_change_takes_the_place_of_an_older(fresh: Seeded, admin: Caller) -> None:
    own = _account(fresh, "governor")
    first = keeping.change_account(admin, own, role="dsl", schools=[OWN])
    assert keeping.change_account(admin, own, role="trust_lead", schools=[OWN]) is None
    assert first is not None
    assert first.id not in {one["id"] for one in inviting.open_invitations(admin)}


def test_a_link_made_before_a_change_does_not_open_what_came_after(fresh: Seeded, admin: Caller) -> None:
    own = _account(fresh, "governor")
    waiting = keeping.change_account(admin, own, role="dsl", schools=[OWN])
    link = resetting.make_reset(admin, own)
    assert waiting is not None
    assert not link["asks_code"]
    _, code = vouching.code_for_colleague(_as(fresh, "head"), waiting.id)
    keeping.confirm_change(_signed_in(fresh, "own-governor@belong.example"), waiting.id, code)
    with pytest.raises(NotFound):
        resetting.set_password(_nobody(fresh), link["secret"], password="quite another set of words")


def test_a_new_password_ends_what_the_old_one_opened(fresh: Seeded, admin: Caller) -> None:
    own = _account(fresh, "pastoral")
    user = "own-pastoral@belong.example"
    before, machine = _signed_in(fresh, user), tokens.issue_token(admin_command(fresh), user, days=1)
    older, link = resetting.make_reset(admin, own), resetting.make_reset(admin, own)
    assert link["asks_code"]
    nobody, new = _nobody(fresh), "quite another set of words"
    with pytest.raises(Refused, match="not the code"):
        resetting.set_password(nobody, link["secret"], password=new)
    _, code = vouching.code_for_colleague(_as(fresh, "head"), link["id"])
    with pytest.raises(NotFound):
        resetting.set_password(nobody, older["secret"], password=new)
    resetting.set_password(nobody, link["secret"], password=new, code=code)
    with pytest.raises(NotFound):
        resetting.set_password(nobody, link["secret"], password=new, code=code)
    with pytest.raises(NotSignedIn):
        _again(fresh, before)
    with pytest.raises(NotSignedIn):
        signing.token_caller(fresh.deployment, machine["token"], purpose=None, request_id=None)
    assert signing.sign_in(fresh.deployment, user, new, None, "192.0.2.7").cookie
    with pytest.raises(NotSignedIn):
        signing.sign_in(fresh.deployment, user, PASSWORD, None, "192.0.2.7")


def test_a_link_for_a_new_password_ends_after_a_day(fresh: Seeded, admin: Caller) -> None:
    link = resetting.make_reset(admin, _account(fresh, "governor"))
    with fresh.deployment.database.writing() as tx:
        row = account_store.invitation_of(tx, link["id"])
        assert row is not None
        assert row.expires_at - row.created_at == promises.LASTS[Kind.RESET]
        row.expires_at = now()
    with pytest.raises(NotFound):
        resetting.set_password(_nobody(fresh), link["secret"], password=PASSWORD)


def test_what_an_administrator_made_ends_with_them(fresh: Seeded, admin: Caller) -> None:
    second = keeping.add_account(admin_command(fresh), NEW, role="admin", schools=["*"])
    theirs = Caller(fresh.deployment, Reader(second, NEW, NEW, "admin", URNS))
    made = inviting.invite(theirs, "other@belong.example", role="governor", schools=[OWN])
    issued = tokens.issue_token(theirs, f"governor.{OWN}@belong.example", days=1)
    kept = inviting.invite(admin, "kept@belong.example", role="governor", schools=[OWN])
    keeping.close(admin, second)
    with pytest.raises(NotFound):
        inviting.accept_invitation(_nobody(fresh), made["secret"], name="Other", password=PASSWORD)
    with pytest.raises(NotSignedIn):
        signing.token_caller(fresh.deployment, issued["token"], purpose=None, request_id=None)
    assert inviting.accept_invitation(_nobody(fresh), kept["secret"], name="Kept", password=PASSWORD)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> Seeded:
    """A seeded deployment on each database."""
    name = "fresh" if request.param == "sqlite" else "seeded_postgres"
    seeded: Seeded = request.getfixturevalue(name)
    return seeded


def test_a_closed_sign_in_name_is_free_and_its_log_stays_its_own(either: Seeded) -> None:
    machine, user = command_caller(either.deployment), f"pastoral.{OWN}@belong.example"
    old = either.account[f"pastoral.{OWN}"]
    with pytest.raises(Refused, match="already"):
        inviting.invite(machine, user, role="governor", schools=[OWN])
    keeping.close_account(machine, user)
    made = inviting.invite(machine, user, role="governor", schools=[OWN])
    new = inviting.accept_invitation(_nobody(either), made["secret"], name="New", password=PASSWORD)
    assert new != old
    assert keeping.id_of(machine, user) == new
    assert signing.sign_in(either.deployment, user, PASSWORD, None, "192.0.2.1").account_id == new
    with pytest.raises(Refused, match="already"):
        inviting.invite(machine, user.upper(), role="governor", schools=[OWN])
    keeping.close_account(machine, user)
    assert [one["active"] for one in keeping.list_accounts(machine) if one["user"] == user] == [False, False]
    with pytest.raises(NotFound):
        keeping.close(machine, old)


def test_somebody_is_always_left_to_manage_accounts(either: Seeded) -> None:
    machine = command_caller(either.deployment)
    keeping.close_account(machine, f"admin.{OTHER}@belong.example")
    last = either.account[f"admin.{OWN}"]
    with pytest.raises(Refused, match="last administrator"):
        keeping.close_account(machine, f"admin.{OWN}@belong.example")
    with pytest.raises(Refused, match="last administrator"):
        keeping.change_account(machine, last, role="governor", schools=[OWN])
    assert keeping.change_account(machine, last, role="admin", schools=["*"]) is None


def test_nobody_closes_or_resets_their_own(fresh: Seeded) -> None:
    own = fresh.account[f"admin.{OWN}"]
    person = fresh.person("admin")
    for act in ("close", "reset"):
        assert person.post(f"/api/v1/accounts/{own}/{act}").status_code == 422, act
    assert person.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "password",
    ["password1234", "Password12345!", "qwertyuiop123", "liverpoolfc1892", "Summer2026!!", "belongbelong",
     "SamanthaGreen2026", "samantha.green", "green.samantha!", "samanthagreen-2026", "greensamantha.school",
     "aaaaaaaaaaaaaaaa"],
)  # fmt: skip
def test_common_passwords_and_own_names_are_refused(password: str) -> None:
    with pytest.raises(Refused, match="easy to guess"):
        secrets.password_hash(password, ("Samantha Green", "s.green@school.example"))


@pytest.mark.parametrize(
    "password", [PASSWORD, "x8Kd93kslQ-2mmQ", "violet kettle orbit", "x" + "ab cd ef" * 24]
)
def test_good_passwords_are_taken(password: str) -> None:
    assert secrets.password_hash(password, ("Samantha Green",)).startswith("$argon2id$")


def admin_command(seeded: Seeded) -> Caller:
    """Whoever runs commands on the machine."""
    return command_caller(seeded.deployment)


def _signed_in(seeded: Seeded, user: str) -> Caller:
    signed = signing.sign_in(seeded.deployment, user, PASSWORD, None, "192.0.2.1")
    return signing.session_caller(seeded.deployment, signed.cookie, purpose=signed.cookie, request_id=None)


def _again(seeded: Seeded, caller: Caller) -> Caller:
    """The same browser once more; its cookie was kept as the purpose of its first call."""
    return signing.session_caller(seeded.deployment, caller.purpose or "", purpose=None, request_id=None)
