"""An administrator who keeps an invitation does not come to see pupils by it."""

import re

import pytest

from data_contracts.errors import Refused
from service.accounts import inviting, keeping, vouching
from service.core.audit import audit_store
from service.core.callers import Caller, command_caller
from service.core.permissions import ROLES, SEES_PUPILS, NotAllowed, NotFound, Reader
from service.core.throttle import TooMany
from service.schools import keeping as schools
from testbed.seeds import OTHER, OWN, PASSWORD, Seeded

NEW = "new@belong.example"


def _as(seeded: Seeded, role: str, *schools: str) -> Caller:
    own = frozenset(schools or (OWN,))
    return Caller(seeded.deployment, Reader(seeded.account[f"{role}.{OWN}"], role, role, role, own))


def _join(seeded: Seeded, secret: str, code: str = "") -> str:
    nobody = Caller(seeded.deployment, Reader("nobody", "", "", "none", frozenset()))
    return inviting.accept_invitation(nobody, secret, name="New", password=PASSWORD, code=code)


@pytest.mark.parametrize("role", ROLES)
def test_the_link_alone_opens_no_pupil(fresh: Seeded, role: str) -> None:
    made = inviting.invite(_as(fresh, "admin"), NEW, role=role, schools=[OWN])
    assert made["asks_code"] == (role in SEES_PUPILS)
    if role not in SEES_PUPILS:
        assert _join(fresh, made["secret"])
        return
    with pytest.raises(Refused, match="not the code"):
        _join(fresh, made["secret"])
    _, code = vouching.code_for_colleague(_as(fresh, "inclusion_lead"), made["id"])
    assert _join(fresh, made["secret"], code)
    with fresh.deployment.database.reading() as tx:
        events = [(row.event, row.subject) for row in audit_store.search(tx, before=None, limit=10)]
    assert ("invitation_vouched", made["id"]) in events


def test_who_invited_and_who_is_elsewhere_cannot_read_the_code(fresh: Seeded) -> None:
    made = inviting.invite(_as(fresh, "admin", OWN, OTHER), NEW, role="pastoral", schools=[OWN, OTHER])
    for caller in (_as(fresh, "admin"), _as(fresh, "governor"), _as(fresh, "pastoral")):
        with pytest.raises(NotAllowed):
            vouching.code_for_colleague(caller, made["id"])
    with pytest.raises(NotFound):
        vouching.code_for_colleague(_as(fresh, "inclusion_lead"), made["id"])
    assert vouching.code_for_colleague(_as(fresh, "dpo", OWN, OTHER), made["id"])[1]
    with pytest.raises(NotFound):
        vouching.code_from_the_machine(_as(fresh, "admin"), NEW)
    machine = vouching.code_from_the_machine(command_caller(fresh.deployment), NEW.upper())
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}", machine)
    assert _join(fresh, made["secret"], machine.lower().replace("-", " "))


def test_codes_are_not_guessed(fresh: Seeded) -> None:
    made = inviting.invite(_as(fresh, "admin"), NEW, role="pastoral", schools=[OWN])
    for _ in range(fresh.deployment.settings.sign_ins_per_minute):
        with pytest.raises(Refused):
            _join(fresh, made["secret"], "AAAA-AAAA")
    _, right = vouching.code_for_colleague(_as(fresh, "inclusion_lead"), made["id"])
    with pytest.raises(TooMany):
        _join(fresh, made["secret"], right)


def test_a_claimed_account_is_not_turned_into_one_that_sees_pupils(fresh: Seeded) -> None:
    admin = _as(fresh, "admin", OWN, OTHER)
    made = inviting.invite(admin, NEW, role="governor", schools=[OWN])
    claimed = _join(fresh, made["secret"])
    assert keeping.change_account(admin, claimed, role="inclusion_lead", schools=[OWN]) is not None
    assert keeping.account_of(admin, claimed)["role"] == "governor"
    assert keeping.change_account(admin, claimed, role="trust_lead", schools=[OWN]) is None
    assert keeping.account_of(admin, claimed)["role"] == "trust_lead"


def test_closing_those_who_could_vouch_opens_nothing(fresh: Seeded) -> None:
    machine = command_caller(fresh.deployment)
    for row in keeping.list_accounts(machine):
        if row["role"] in ("inclusion_lead", "head", "dsl", "dpo"):
            keeping.close_account(machine, row["user"])
    assert inviting.invite(_as(fresh, "admin"), NEW, role="inclusion_lead", schools=[OWN])["asks_code"]
    invited = inviting.invite(machine, "machine@belong.example", role="inclusion_lead", schools=[OWN])
    assert invited["asks_code"]
    assert _join(fresh, invited["secret"], vouching.code_from_the_machine(machine, "machine@belong.example"))


def test_a_new_schools_first_account_needs_nobody(fresh: Seeded) -> None:
    schools.register(command_caller(fresh.deployment), "999009", name="Hill", phase="secondary", mis="sims")
    admin = _as(fresh, "admin", OWN, "999009")
    made = inviting.invite(admin, NEW, role="inclusion_lead", schools=["999009"])
    assert _join(fresh, made["secret"])
    second = inviting.invite(admin, "second@belong.example", role="pastoral", schools=["999009"])
    assert second["asks_code"]
