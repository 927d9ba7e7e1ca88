"""The command line as scripts use it: exit codes, JSON, and messages that say what to do."""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_belong

pytestmark = pytest.mark.xdist_group("command-line")


def latest(demo: dict[str, Any], position: int = 0) -> tuple[str, Path]:
    school = demo["schools"][position]
    return school["urn"], Path(school["extracts"]) / demo["latest_term"]


def test_check_needs_neither_home_nor_school(demo: dict[str, Any], tmp_path: Path) -> None:
    _, folder = latest(demo)
    done = run_belong("check", str(folder), "--json", check=False, cwd=tmp_path)
    assert done.returncode in (0, 10), done.stderr
    report = json.loads(done.stdout)
    assert {"pupils", "attendance", "behaviour", "suspensions", "sen"} <= set(report["counts"])
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_option_is_a_usage_error() -> None:
    assert run_belong("check", "--no-such-option", check=False).returncode == 2


def test_a_file_that_cannot_be_understood_is_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_bytes(b"\x00\x01\x02 not a table")
    done = run_belong("check", str(tmp_path), "--json", check=False)
    assert done.returncode == 11
    assert "Pupils.csv" in done.stdout


def test_loading_the_same_again_changes_nothing(own_home: Path, demo: dict[str, Any]) -> None:
    urn, folder = latest(demo)
    done = run_belong("load", str(folder), "--school", urn, "--home", str(own_home), "--json", check=False)
    assert done.returncode in (0, 10), done.stderr
    assert sum(row.get("changed", 0) for row in json.loads(done.stdout)["tables"]) == 0


def test_a_school_that_is_not_synthetic_is_refused_until_its_governance_is_complete(
    own_home: Path, demo: dict[str, Any]
) -> None:
    _, folder = latest(demo)
    run_belong("schools", "add", "123456", "--name", "Real School", "--home", str(own_home))
    done = run_belong("load", str(folder), "--school", "123456", "--home", str(own_home), check=False)
    assert done.returncode == 11
    assert "governance" in done.stderr


def test_a_paused_school_is_not_scored(own_home: Path, demo: dict[str, Any]) -> None:
    urn, _ = latest(demo)
    home = ("--home", str(own_home))
    run_belong("pause", urn, "--reason", "The feed is being mended", *home)
    done = run_belong("score", "--as-of", demo["latest_term"], "--school", urn, *home, check=False)
    assert done.returncode == 12
    assert "paused" in done.stderr


def test_a_demo_never_builds_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = run_belong("demo", "--home", str(tmp_path), "--no-serve", check=False)
    assert done.returncode == 11
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_the_demo_file_is_for_its_owner_only(demo_home: Path) -> None:
    assert os.stat(demo_home / "demo.json").st_mode & 0o777 == 0o600


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    small = ("--schools", "2", "--pupils", "60", "--years", "1", "--mis", "arbor,sims")
    for name in ("a", "b"):
        run_belong("synthesise", str(tmp_path / name), *small)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert files
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    shutil.rmtree(tmp_path / "b")


def test_what_moved_since_an_earlier_term_adds_up(own_home: Path) -> None:
    with sqlite3.connect(own_home / "belong.sqlite") as database:
        pupil, *terms = database.execute(
            "SELECT pupil_id, min(term), max(term) FROM score WHERE log_odds IS NOT NULL "
            "GROUP BY pupil_id HAVING count(DISTINCT term) > 1 ORDER BY pupil_id"
        ).fetchone()
    run = run_belong(
        "explain",
        pupil,
        "--home",
        str(own_home),
        "--term",
        terms[1],
        "--since",
        terms[0],
        "--families",
        "--json",
    )
    earlier = run_belong("explain", pupil, "--home", str(own_home), "--term", terms[0], "--json")
    now, then = (json.loads(done.stdout) for done in (run, earlier))
    assert sum(now["families"].values()) == pytest.approx(now["log_odds"] - now["base_log_odds"], abs=1e-9)
    assert sum(one["moved"] for one in now["changes"]) == pytest.approx(
        now["log_odds"] - then["log_odds"], abs=1e-9
    )
    gone = run_belong("explain", pupil, "--home", str(own_home), "--since", "2019-autumn", check=False)
    assert "Nothing is published" in gone.stderr
