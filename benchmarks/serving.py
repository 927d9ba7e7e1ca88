"""`belong serve` as a process of its own on loopback, for benchmarks and journeys that need the real one."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import event


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`belong serve` as a process of its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--home", str(home), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(address)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def wait_until_healthy(address: str, seconds: float = 180) -> None:
    """Return when `/healthz` answers 200; fail after `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{address}/healthz", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} did not answer within {seconds:.0f} s")


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
