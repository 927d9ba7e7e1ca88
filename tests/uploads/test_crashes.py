"""Killed anywhere, every act is done or not begun once the service has started again; nothing is left behind.

A sample of the moments; `python -m benchmarks.crash` takes them all.
"""

import os
import random
import signal
from pathlib import Path

import pytest

from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.operations import doctor
from service.operations.backup import make_backup
from service.records import roll_store
from service.rights import retention, sweeping
from service.uploads import receiving
from service.uploads.receiving import receive
from testbed.crashes import World, acts, looked_over, start_again, state
from testbed.crashing import KILLED, Range, days_later, in_a_process
from tests.uploads.conftest import TERM, URN, School, behaviour, pupils

SEED, EACH = 7, 3
CORRECTED = behaviour().replace(b",2,", b",4,", 1)


def first_pupil(deployment: Deployment) -> str:
    with command_caller(deployment).reading() as tx:
        return min(row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a test"), URN, TERM))


@pytest.fixture(scope="module")
def world(whole_home: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("kept")
    with Deployment.open(whole_home[0]) as deployment:
        made = make_backup(command_caller(deployment), folder / "backups", keys_to=folder / "keys")
    files = (("Behaviour.csv", CORRECTED),)
    return World(URN, TERM, files, first_pupil, b"Surname1", folder / "keys", made["folder"])


@pytest.mark.parametrize("name", ["upload", "load", "erasure", "retention", "backup", "restore"])
def test_killed_at_any_moment_it_is_done_or_not_begun(
    name: str, world: World, whole_home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    (act,) = (one for one in acts(world) if one.name == name)
    measured = Range.measured(act, whole_home[0], tmp_path, start_again, state, looked_over(world))
    assert measured.of >= 10
    moments = sorted(random.Random(SEED).sample(range(1, measured.of + 1), EACH))
    killed = [measured.killed_at(moment) for moment in moments]
    assert [one for one in killed if one.faults] == []


def test_files_whose_row_was_never_written_go_within_the_hour(school: School) -> None:
    """The process dies between the keeping of the files and the commit: no row names them, and none ever will."""
    home = school.deployment.home

    def receive_and_die() -> None:
        receiving._queued = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        receive(school.caller(), URN, TERM, [("Pupils.csv", pupils())])

    assert in_a_process(receive_and_die, (home.path,))[0] == KILLED
    left = [path for path in home.uploads.rglob("*") if path.is_file()]
    assert len(left) == 1
    keeper = retention.keeper(school.deployment)
    sweeping.sweep(keeper)
    assert left[0].exists(), "whoever is about to name it has the time"
    days_later(home.path, 4 / 24)
    (said,) = [
        one for one in doctor.doctor(home.path, school.deployment.settings)
        if one.name == "files" and one.state == "wrong"
    ]  # fmt: skip
    assert said.message.startswith("nothing names 1 file, first uploads/")
    days_later(home.path, 1 / 24)
    sweeping.sweep(keeper)
    assert not left[0].exists()
    assert [path for path in home.uploads.rglob("*") if path.is_file()] == []
    assert school.send({"Pupils.csv": pupils()}).status == "done"


def test_the_moments_are_found_by_themselves(tmp_path: Path) -> None:
    """A write, a rename and a removal that nobody named are met before and after."""

    def work() -> None:
        (tmp_path / "a").write_text("x")
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "b").unlink()

    ended, seen = in_a_process(work, (tmp_path,))
    assert ended == 0
    assert seen == [
        "before open a", "after open a", "before rename a", "after rename a", "before unlink b", "after unlink b",
    ]  # fmt: skip
    assert in_a_process(work, (tmp_path,), 4)[0] < 0
    assert (tmp_path / "b").exists()
