"""`belong load` killed at any moment leaves the old state or the new one, and goes through when begun again."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.load import plan
from service.app.journeys import load_folder
from service.records import lake_store
from service.uploads import from_machine as loads
from tests.uploads.conftest import TERM, URN, School, behaviour

CORRECTED = behaviour().replace(b",2,", b",4,", 1)


def _die_at(module: Any, name: str, call: int, patch: Callable[..., None]) -> None:
    """Kill this process right after the nth call of a function."""
    real, calls = getattr(module, name), [0]

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        calls[0] += 1
        if calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    patch(module, name, wrapped)


@pytest.mark.parametrize(
    ("module", "name", "new"),
    [
        (loads, "_check", False),
        (plan, "write_file", False),
        (loads, "computed", False),
        (loads, "commit_load", False),
        (loads, "keep_problems", False),
        (loads, "_outcome", True),
    ],
)
def test_a_killed_load_leaves_the_old_or_the_new_state(
    loaded: School, tmp_path: Path, module: Any, name: str, new: bool
) -> None:
    folder = tmp_path / TERM
    folder.mkdir()
    (folder / "Behaviour.csv").write_bytes(CORRECTED)
    home = loaded.deployment.home.path
    loaded.deployment.close()
    child = os.fork()
    if child == 0:
        _die_at(module, name, 1, setattr)
        load_folder(home, folder, URN)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended), "the load was not killed there"
    assert _changed(loaded) == (1 if new else 0)
    load_folder(home, folder, URN)
    assert _changed(loaded) == 1
    with loaded.caller().reading() as tx:
        assert len(lake_store.loads(tx, URN)) == 2
        keys = [(row.table, row.term) for row in lake_store.live_rows(tx, {URN})]
    assert len(keys) == len(set(keys))


def _changed(school: School) -> int:
    rows = school.lake("behaviour")
    assert len(rows) == 40
    return int((rows["points"].abs() == 4).sum())
