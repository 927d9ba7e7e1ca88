"""A pause by the data protection officer is lifted by them alone; one switch pauses everything."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_contracts.errors import Held, Refused
from service.app.cli.app import app
from service.core.callers import Caller, command_caller
from service.core.permissions import ROLES, RULES, NotAllowed
from service.schools import keeping as schools
from service.schools.lines import known_school
from service.scoring.publishing import check_scorable
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, TERM, Seeded

WHY = {"reason": "Something is wrong."}
FLAGS = "/api/v1/flags"
OF_OWN = {"school": OWN, "term": TERM}


def _belong(home: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home)], catch_exceptions=True)
    return done.exit_code, f"{done.output}{done.exception or ''}"


def _halted(seeded: Seeded, urn: str = OWN) -> bool:
    with seeded.deployment.database.reading() as tx:
        return known_school(tx, urn).halted_at is not None


@pytest.mark.parametrize("role", sorted(RULES["school.pause"] - {"dpo"}))
def test_what_the_officer_paused_nobody_else_resumes(fresh: Seeded, role: str) -> None:
    officer = fresh.client("dpo")
    assert officer.post(f"/api/v1/schools/{OWN}/pause", json=WHY).status_code == 200
    other = fresh.client(role)
    assert other.post(f"/api/v1/schools/{OWN}/resume", json=WHY).status_code == 403
    assert other.post(f"/api/v1/schools/{OWN}/pause", json=WHY).status_code == 422, "it would be theirs then"
    assert _halted(fresh)
    assert officer.post(f"/api/v1/schools/{OWN}/resume", json=WHY).status_code == 200
    assert not _halted(fresh)


def test_nor_does_the_command_line(fresh: Seeded) -> None:
    schools.pause(caller(fresh.deployment, "dpo", [OWN]), OWN, "Wrong.")
    with pytest.raises(NotAllowed, match="data protection officer"):
        schools.resume(command_caller(fresh.deployment), OWN, "It seems fine.")
    code, told = _belong(fresh.deployment.home.path, "resume", OWN, "--reason", "x")
    assert code != 0, told
    assert _halted(fresh)


def test_an_officer_takes_over_what_somebody_else_paused(fresh: Seeded) -> None:
    schools.pause(caller(fresh.deployment, "head", [OWN]), OWN, "Wrong.")
    schools.pause(caller(fresh.deployment, "dpo", [OWN]), OWN, "It is.")
    with pytest.raises(NotAllowed):
        schools.resume(caller(fresh.deployment, "head", [OWN]), OWN, "Fine again.")


def test_one_switch_pauses_every_school_and_the_next_one(fresh: Seeded) -> None:
    home, machine = fresh.deployment.home.path, command_caller(fresh.deployment)
    code, told = _belong(home, "pause", "--all", "--reason", "x")
    assert code == 0, told
    assert [_halted(fresh, urn) for urn in (OWN, OTHER)] == [True, True]
    assert fresh.client("inclusion_lead").get(FLAGS, params=OF_OWN).status_code == 409
    schools.register(machine, "999003", name="A new school", phase="secondary", mis="sims")
    assert _halted(fresh, "999003")
    with machine.reading() as tx, pytest.raises(Held, match="whole deployment"):
        check_scorable(machine, tx, OWN)
    assert fresh.client("head").post(f"/api/v1/schools/{OWN}/resume", json=WHY).status_code == 422
    code, told = _belong(home, "resume", "--all", "--reason", "x")
    assert code == 0, told
    assert fresh.client("inclusion_lead").get(FLAGS, params=OF_OWN).status_code == 200


def test_a_school_paused_by_itself_stays_so_when_all_go_on(fresh: Seeded) -> None:
    machine = command_caller(fresh.deployment)
    schools.pause(caller(fresh.deployment, "dpo", [OWN]), OWN, "Wrong.")
    schools.pause_all(machine, "All wrong.")
    schools.resume_all(machine, "All fine.")
    assert [_halted(fresh, urn) for urn in (OWN, OTHER)] == [True, False]


def test_the_officers_switch_is_theirs_too(fresh: Seeded) -> None:
    every = fresh.deployment.all_urns()
    schools.pause_all(caller(fresh.deployment, "dpo", every), "Wrong.")
    for other in (command_caller(fresh.deployment), caller(fresh.deployment, "admin", every)):
        with pytest.raises(NotAllowed):
            schools.resume_all(other, "Fine.")
        with pytest.raises(Refused, match="already"):
            schools.pause_all(other, "Wrong.")
    schools.resume_all(caller(fresh.deployment, "dpo", every), "Fine.")


@pytest.mark.parametrize("role", ROLES)
def test_only_who_looks_after_every_school_pauses_them_all(fresh: Seeded, role: str) -> None:
    """The seeds' accounts reach one school each."""
    answer = fresh.client(role).post("/api/v1/deployment/pause", json=WHY)
    assert answer.status_code == 403
    whole: Caller = caller(fresh.deployment, role, fresh.deployment.all_urns())
    if role in ("admin", "dpo"):
        assert schools.pause_all(whole, "Wrong.") == [OWN, OTHER] or _halted(fresh)
    else:
        with pytest.raises(NotAllowed):
            schools.pause_all(whole, "Wrong.")


def test_one_school_or_all_is_asked_for(fresh: Seeded) -> None:
    home = fresh.deployment.home.path
    for arguments in (("pause", "--reason", "x"), ("pause", OWN, "--all", "--reason", "x")):
        code, told = _belong(home, *arguments)
        assert code != 0
        assert "--all" in told
    assert not _halted(fresh)
