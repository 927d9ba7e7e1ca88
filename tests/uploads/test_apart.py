"""A file nobody knows costs the pages nothing: it is opened in a process of its own, within bounds."""

import resource
import time
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.core.homes import Home
from service.uploads import apart, vault
from service.uploads.apart import TooManyOpen
from testbed.deployments import open_deployment

ASKED = {
    "layout": ["Own.csv"],
    "told": {},
    "values": True,
    "known": [],
    "file": None,
    "table": None,
    "fields": None,
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    with open_deployment(tmp_path / "home") as deployment:
        return deployment.home


def test_a_long_file_of_unknown_layout_costs_this_process_little(home: Home) -> None:
    rows = b"\n".join(b"%d,Hart,12/05/2026,Something else,%d" % (n, n) for n in range(200_000))
    files = vault.keep(home, "999001", [("Own.csv", b"Child,Name,Day,What,Much\n" + rows)])
    before, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = apart.in_own_process(home, "propose", files, ASKED)
    assert b'"Own.csv"' in answer
    assert time.process_time() - before < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 50 * 1024
    assert not [path for path in home.work.rglob("*") if path.is_file()]


def test_a_heading_made_to_be_slow_is_none(home: Home) -> None:
    hostile = b"x" + b"-" * 60_000 + b"!"
    files = vault.keep(home, "999001", [("Own.csv", hostile + b",Name,Day\n1,Hart,12/05/2026\n" * 3)])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    apart.in_own_process(home, "propose", files, ASKED)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 30


def test_what_takes_too_long_is_stopped_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = vault.keep(home, "999001", [("Own.csv", b"a,b\n1,2\n")])
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.05)
    with pytest.raises(Refused, match="too large or too unusual"):
        apart.in_own_process(home, "propose", files, ASKED)
    assert not [path for path in home.work.rglob("*") if path.is_file()]


def test_more_than_a_few_at_once_are_told_to_wait(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WAIT_SECONDS", 0.1)
    for _ in range(apart.AT_ONCE):
        apart._room.acquire()
    try:
        with pytest.raises(TooManyOpen):
            apart.in_own_process(home, "propose", [], ASKED)
    finally:
        for _ in range(apart.AT_ONCE):
            apart._room.release()
