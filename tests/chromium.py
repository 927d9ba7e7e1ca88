"""Debian's chromium, one for a whole test process, and what happens to browser tests where it is missing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed.chromium import CHROMIUM, FLAGS

NOT_RUN: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's chromium."""
    from playwright.sync_api import sync_playwright

    assert Path(CHROMIUM).exists(), "chromium is missing: apt-get install -y chromium fonts-dejavu-core"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without chromium, browser tests are listed as not run; on a build server they fail instead."""
    if shutil.which("chromium") or "CI" in os.environ:
        return
    away = [item for item in items if item.get_closest_marker("browser")]
    if away:
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]
        config.stash[NOT_RUN] = [item.nodeid for item in away]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which browser tests were not run, and how to run them."""
    away = config.stash.get(NOT_RUN, [])
    if away:
        terminalreporter.section("browser tests not run: chromium is missing")
        terminalreporter.line("apt-get install -y --no-install-recommends chromium fonts-dejavu-core")
        for name in away:
            terminalreporter.line(f"  {name}")
