"""`belong serve` as a process of its own on loopback, and a small home for it, for those that need the real one."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import event

from testbed.hanging import HANGS_AFTER, wait_until

SMALL_MODEL = """[events]
train = 10
calibrate = 3
test = 3
[training]
candidates = ["splines"]
[bootstrap]
repeats = 5
[validation]
pupils_apart = false
schools_apart = false
"""


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`belong serve` as a process of its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "service.app.cli", "serve", "--home", str(home), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address, process=process)
        yield address
    finally:
        process.terminate()
        process.wait(HANGS_AFTER)


def wait_until_healthy(
    address: str, seconds: float = HANGS_AFTER, process: "subprocess.Popen[bytes] | None" = None
) -> None:
    """Return when `/healthz` answers 200; fail after `seconds`, or when the server's process has ended."""

    def healthy() -> bool:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server of {address} ended with {process.returncode}")
        try:
            return httpx2.get(f"{address}/healthz", timeout=HANGS_AFTER).status_code == 200
        except httpx2.TransportError:
            return False

    wait_until(healthy, f"{address} to answer", seconds=seconds)


WHO_ASKS = re.compile(r"FROM (session|account|counter)\b.*WHERE", re.DOTALL)
"""Looked up for every request, whatever the page: whose session it is and how often they asked."""


def questions(app: Any, client: Any, path: str) -> int:
    """How many times a page reads the database, beside finding out who asks. Redirects are followed first."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().lower().startswith(("select", "with")) and not WHO_ASKS.search(statement):
            asked.append(statement)

    at = str(client.get(path).url)
    engine = app.state.deployment.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get(at).raise_for_status()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)


def small_home(path: Path, schools: int, pupils: int, years: int) -> Path:
    """A small synthetic trust with a model made to serve by force: it is too small to pass its gates."""
    from pipelines.synthesise import synthesise
    from service.app import journeys
    from service.core.deployment import Deployment
    from service.core.homes import Home

    trust = synthesise(path / "extracts", schools=schools, pupils=pupils, years=years, seed=7)
    Home.create(path)
    for one in trust.schools:
        journeys.register_school(path, one.urn, name=one.name, phase=one.phase, mis=one.mis)
    folders = {one.urn: path / "extracts" / one.urn for one in trust.schools}
    journeys.load_trust(path, folders, by="benchmark")
    (path / "belong.toml").write_text(SMALL_MODEL, "utf-8")
    model_id = journeys.train_model(path)["model_id"]
    with Deployment.open(path) as deployment:
        deployment.registry.promote(
            model_id, "benchmark", "a measurement", force_reason="small and synthetic"
        )
    for term in trust.terms[-2:]:
        journeys.score_term(path, term, by="benchmark", anyway="small and synthetic")
    return path
