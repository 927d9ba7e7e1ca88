"""One-time codes: set up only by showing one, used once each, ended by an administrator."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from data_contracts.errors import Refused
from service.accounts import account_store, second_factor
from service.accounts.keeping import add_account
from service.accounts.signing import session_caller, sign_in
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.permissions import NotSignedIn
from testbed.deployments import open_deployment

USER, PASSWORD = "dpo@school.example", "three unrelated words"


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A real service, where a data protection officer's password alone opens nothing."""
    with open_deployment(tmp_path / "home", production=True, base_url="https://belong.example") as opened:
        yield opened


@pytest.fixture
def dpo(deployment: Deployment) -> Caller:
    """A data protection officer, signed in by password alone for the first time."""
    add_account(command_caller(deployment), USER, role="dpo", schools=[], password=PASSWORD)
    signed = sign_in(deployment, USER, PASSWORD, None, "127.0.0.1")
    assert signed.second_factor_due
    return session_caller(deployment, signed.cookie, purpose=None, request_id=None)


def code_of(begun: dict[str, str], steps: int = 0) -> str:
    return pyotp.TOTP(begun["secret"]).at(int(time.time()) + 30 * steps)


def test_the_session_is_whole_once_a_code_was_shown(dpo: Caller) -> None:
    assert dpo.second_factor_due
    begun = second_factor.begin(dpo)
    assert begun["address"].startswith("otpauth://totp/Belong")
    second_factor.confirm(dpo, begun["pending"], code_of(begun))
    with dpo.reading() as tx:
        assert dpo.session is not None
        row = account_store.session_and_account(tx, dpo.session)
    assert row is not None
    assert row[0].second_factor


def test_an_unconfirmed_secret_locks_nobody_out(dpo: Caller) -> None:
    begun = second_factor.begin(dpo)
    with pytest.raises(Refused, match="not right"):
        second_factor.confirm(dpo, begun["pending"], "000000")
    assert sign_in(dpo.deployment, USER, PASSWORD, None, "127.0.0.1").second_factor_due


def test_a_code_opens_once_and_the_next_one_opens_again(dpo: Caller) -> None:
    begun = second_factor.begin(dpo)
    used = code_of(begun)
    second_factor.confirm(dpo, begun["pending"], used)
    for wrong in (None, used, "12345x"):
        with pytest.raises(NotSignedIn):
            sign_in(dpo.deployment, USER, PASSWORD, wrong, "127.0.0.1")
    assert not sign_in(dpo.deployment, USER, PASSWORD, code_of(begun, 1), "127.0.0.1").second_factor_due


def test_what_is_pending_belongs_to_one_person(dpo: Caller) -> None:
    begun = second_factor.begin(dpo)
    admin = command_caller(dpo.deployment)
    with pytest.raises(Refused):
        second_factor.confirm(admin, begun["pending"], code_of(begun))
    with pytest.raises(Refused, match="too long"):
        second_factor.confirm(dpo, "nonsense", code_of(begun))


def test_an_administrator_ends_the_codes_of_a_lost_phone(dpo: Caller) -> None:
    begun = second_factor.begin(dpo)
    second_factor.confirm(dpo, begun["pending"], code_of(begun))
    second_factor.end(command_caller(dpo.deployment), dpo.reader.account_id)
    with dpo.reading() as tx:
        assert dpo.session is not None
        assert account_store.session_and_account(tx, dpo.session) is None
    assert sign_in(dpo.deployment, USER, PASSWORD, None, "127.0.0.1").second_factor_due
