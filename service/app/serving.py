"""Serving: web processes, and for the embedded default a worker process beside them that is kept alive."""

import ipaddress
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from service.app.web import create_app
from service.core import logs
from service.core.deployment import Deployment
from service.core.private import keep_private
from service.core.settings import Settings, hand_down, settings_for
from service.operations import metrics
from service.shell.patience import Patient

GRACE_SECONDS = 20
RESTART_SECONDS = 2.0


def serve(home: Path, *, host: str, port: int, workers: int = 1, with_worker: bool = True) -> None:
    """Serve until stopped. Requests in hand are answered and the worker's step is finished first."""
    keep_private()
    logs.configure()
    settings = _reachable_as(settings_for(Path(home).resolve()), host, port)
    metrics.prepare(settings.home / "work", workers)
    opened = Deployment.open(settings.home, settings)
    metrics.listen(
        settings.metrics_port,
        opened.database,
        work=settings.home / "work",
        workers=workers,
        address=settings.metrics_address,
    )
    with _worker_beside(settings.home) if with_worker else _nothing():
        shared: dict[str, Any] = {
            "host": host,
            "port": port,
            "timeout_graceful_shutdown": GRACE_SECONDS,
            "access_log": False,
            "log_config": None,
            "server_header": False,
            "proxy_headers": settings.production,
            "http": Patient,
            "ws": "none",
        }
        if workers == 1:
            uvicorn.Server(uvicorn.Config(create_app(settings, opened), **shared)).run()
            return
        hand_down(settings)
        uvicorn.run("service.app.web:from_environment", factory=True, workers=workers, **shared)


def _reachable_as(settings: Settings, host: str, port: int) -> Settings:
    """On a laptop the address given is the address it is reached by."""
    if settings.production:
        return settings
    hosts = settings.allowed_hosts if _is_loopback(host) else ("*",)
    return replace(settings, base_url=f"http://{host}:{port}", allowed_hosts=hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _worker_beside(home: Path) -> Iterator[None]:
    """A worker process that is started again when it ends unasked, and ends with the server."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(home, stopping), name="worker-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join(GRACE_SECONDS)


def _keep_worker(home: Path, stopping: threading.Event) -> None:
    while not stopping.is_set():
        # The server's own id goes along: a worker that is still importing when the server ends has to notice.
        command = [sys.executable, "-m", "service.app.worker", str(home), str(os.getpid())]
        process = subprocess.Popen(command)
        while process.poll() is None and not stopping.wait(0.2):
            continue
        if process.poll() is None:
            process.terminate()
            _ended(process)
        stopping.wait(RESTART_SECONDS)


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
