"""A small synthetic trust, built once through the real command line and shared by every test that reads it.

Tests that change a home copy it first (`own_home`); nobody writes to the shared one.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from testbed.hanging import HANGS_AFTER
from tests.chromium import chromium, pytest_collection_modifyitems, pytest_terminal_summary

__all__ = ["chromium", "pytest_collection_modifyitems", "pytest_terminal_summary"]

TODAY = "2026-09-14"
"""The day the tests look at pages on: the made world ends in summer 2026, whatever year it is."""
os.environ.setdefault("BELONG_TODAY", TODAY)
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
SMALL_DEMO = ("--schools", "3", "--pupils", "500", "--years", "4", "--seed", "7")


def run_belong(*arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, in a process of its own."""
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
    return subprocess.run(
        [sys.executable, "-m", "service.app.cli", *arguments],
        check=check,
        capture_output=True,
        text=True,
        env=environment,
        timeout=HANGS_AFTER,
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
    home, failed = root / "demo-home", root / "demo-home.failed"
    with (root / "demo-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the others wait as long as it takes; who dies lets go of it
        if failed.exists():
            pytest.fail(f"the demo did not build:\n{failed.read_text()}")
        if not (home / "demo.json").exists():
            done = run_belong("demo", "--home", str(home), "--no-serve", *SMALL_DEMO, check=False)
            if done.returncode != 0:
                failed.write_text(done.stderr)
                pytest.fail(f"the demo did not build (exit {done.returncode}):\n{done.stderr}")
    return home


@pytest.fixture(scope="session")
def demo(demo_home: Path) -> dict[str, Any]:
    """What `demo.json` says: schools, accounts with tokens, model."""
    described: dict[str, Any] = json.loads((demo_home / "demo.json").read_text("utf-8"))
    return described


@pytest.fixture
def own_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo home that a test may change."""
    return Path(shutil.copytree(demo_home, tmp_path / "home"))
