"""A small synthetic trust, built once through the real command line and shared by every test that reads it.

Tests that change a home copy it first (`own_home`); nobody writes to the shared one.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import chromium, pytest_collection_modifyitems, pytest_terminal_summary

__all__ = ["chromium", "pytest_collection_modifyitems", "pytest_terminal_summary"]

TODAY = "2026-09-14"
"""The day the tests look at pages on: the made world ends in summer 2026, whatever year it is."""
os.environ.setdefault("BELONG_TODAY", TODAY)
SMALL_DEMO = ("--schools", "3", "--pupils", "500", "--years", "4", "--seed", "7")
BUILD_LIMIT_SECONDS = 600


def run_belong(*arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, in a process of its own."""
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
    return subprocess.run(
        [sys.executable, "-m", "service.app.cli", *arguments],
        check=check,
        capture_output=True,
        text=True,
        env=environment,
        timeout=BUILD_LIMIT_SECONDS,
        **options,
    )


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared demo home: 3 schools of 500 pupils, 4 years. Read only.

    While developing, `BELONG_TEST_HOME` may name one already built (`belong demo --home … --no-serve` with
    the options of `SMALL_DEMO`), which saves its two minutes; it is copied and brought to this release's
    revision. CI always builds its own.
    """
    if (built := os.environ.get("BELONG_TEST_HOME")) and "CI" not in os.environ:
        copy = Path(shutil.copytree(built, tmp_path_factory.mktemp("built") / "home"))
        run_belong("migrate", "--home", str(copy))
        return copy
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home, lock = root / "demo-home", root / "demo-home.lock"
    try:
        lock.touch(exist_ok=False)
    except FileExistsError:
        _wait_for(home / "demo.json", root / "demo-home.failed")
        return home
    done = run_belong("demo", "--home", str(home), "--no-serve", *SMALL_DEMO, check=False)
    if done.returncode != 0:
        (root / "demo-home.failed").write_text(done.stderr)
        pytest.fail(f"the demo did not build (exit {done.returncode}):\n{done.stderr}")
    return home


def _wait_for(path: Path, failure: Path) -> None:
    until = time.monotonic() + BUILD_LIMIT_SECONDS
    while not path.exists():
        if failure.exists():
            pytest.fail(f"the demo did not build:\n{failure.read_text()}")
        if time.monotonic() > until:
            pytest.fail("the demo did not build in time")
        time.sleep(0.5)


@pytest.fixture(scope="session")
def demo(demo_home: Path) -> dict[str, Any]:
    """What `demo.json` says: schools, accounts with tokens, model."""
    described: dict[str, Any] = json.loads((demo_home / "demo.json").read_text("utf-8"))
    return described


@pytest.fixture
def own_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo home that a test may change."""
    return Path(shutil.copytree(demo_home, tmp_path / "home"))
