"""Nobody waits for SQLite's one writer while a load is counted."""

import sqlite3
from typing import Any

import pytest

from pipelines.load import LoadResult
from service.core import holding
from service.uploads import commits
from tests.uploads.conftest import TERM, URN, WHOLE, School, behaviour


def test_others_can_write_while_a_load_is_counted(loaded: School, monkeypatch: pytest.MonkeyPatch) -> None:
    database = loaded.deployment.home.path / "belong.sqlite"
    asked = []

    def counted(*told: Any) -> Any:
        with sqlite3.connect(database, timeout=0, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")  # "database is locked" where a writer is at work
            other.execute("ROLLBACK")
        asked.append(told[0])
        return real(*told)

    real = commits.counted
    monkeypatch.setattr(commits, "counted", counted)
    assert loaded.send({**WHOLE, "Behaviour.csv": behaviour(38)}).status == "done"
    assert asked == [TERM]


def test_a_load_that_another_overtook_is_refused(loaded: School) -> None:
    """Also where the other brought no file of the lake, but another roll or none."""
    caller = loaded.caller()
    with caller.reading() as tx:
        first, second = (
            commits.to_commit(tx, load_id, URN, LoadResult("loaded", TERM), by="Test")
            for load_id in ("l1", "l2")
        )
    with caller.writing() as tx:
        commits.commit_load(tx, caller, first)
    with pytest.raises(holding.Overtaken), caller.writing() as tx:
        commits.commit_load(tx, caller, second)
