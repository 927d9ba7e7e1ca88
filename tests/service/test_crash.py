"""kill -9 at every place of an upload's way: nothing lost, nothing twice, the same suggestions in the end."""

import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.engine import Transaction
from service.records import lake_store, roll_store
from service.scoring import score_store
from service.uploads import upload_store
from service.uploads.receiving import receive
from testbed.crashes import opened, work_off
from testbed.deployments import caller

SCHOOL, TERM = "999001", "2026-summer"
PLACES = ("checked", "computed", "before commit", "committed", "scored", "before publish", "published")


@dataclass(frozen=True)
class Outcome:
    """What an upload left behind."""

    status: str
    flags: frozenset[str]
    loads: int
    live_publications: int


def _corrected(home: Path) -> list[tuple[str, bytes]]:
    """The school's extracts of the term, with some incidents taken out."""
    folder = home / "extracts" / SCHOOL / TERM
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    lines = files["Behaviour.csv"].split(b"\r\n")
    files["Behaviour.csv"] = b"\r\n".join(lines[:-40] + lines[-1:])
    return list(files.items())


def _work_and_die(home: Path, place: str) -> bool:
    """Work in a process that is killed at a place, as a power cut would; False where all work was done first."""
    child = os.fork()
    if child == 0:

        def die(name: str) -> None:
            if name == place:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            with opened(home) as deployment:
                work_off(deployment, checkpoint=die)
            code = 0
        finally:
            os._exit(code)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0, "the upload was not finished"
    return os.WIFSIGNALED(ended)


def _finish(home: Path) -> None:
    """A worker that lives takes up what is left."""
    with opened(home) as deployment:
        work_off(deployment)


def _outcome(home: Path, upload_id: str) -> Outcome:
    with opened(home) as deployment, command_caller(deployment).reading() as tx:
        row = upload_store.upload(tx, upload_id, {SCHOOL})
        assert row is not None
        loads = [load for load in lake_store.loads(tx, SCHOOL) if load.by == row.by]
        _one_live_file_per_key(tx)
        live = [one for one in score_store.publications(tx, SCHOOL) if one.term == TERM]
        flags = frozenset(pupil for pupil, _ in score_store.flagged_pupils(tx, SCHOOL, TERM))
        return Outcome(row.status, flags, len(loads), len(live))


def _one_live_file_per_key(tx: Transaction) -> None:
    keys = [(row.table, row.term) for row in lake_store.live_rows(tx, {SCHOOL})]
    assert len(keys) == len(set(keys))
    roll = [row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a test"), SCHOOL, TERM)]
    assert len(roll) == len(set(roll)) > 100


def _upload(home: Path) -> str:
    with opened(home) as deployment:
        return receive(caller(deployment, "inclusion_lead", [SCHOOL]), SCHOOL, TERM, _corrected(home))


@pytest.mark.xdist_group("demo")
def test_killed_anywhere_an_upload_ends_exactly_once(demo_home: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copytree(demo_home, tmp_path / "undisturbed"))
    expected_id = _upload(undisturbed)
    _finish(undisturbed)
    expected = _outcome(undisturbed, expected_id)
    assert expected.status == "done"
    assert (expected.loads, expected.live_publications) == (1, 1)
    for place in PLACES:
        home = Path(shutil.copytree(demo_home, tmp_path / place.replace(" ", "-")))
        upload_id = _upload(home)
        assert _work_and_die(home, place), f"nothing was killed at {place!r}"
        _work_and_die(home, place)  # once more, where the way leads past this place again
        _finish(home)
        assert _outcome(home, upload_id) == expected, place
        shutil.rmtree(home)
