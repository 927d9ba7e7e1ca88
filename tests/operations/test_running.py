"""Readiness, logs, metrics, stopping: what a running service says about itself and never about a pupil."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from service.core import logs
from service.core.migrate import downgrade
from service.operations import metrics
from service.operations.api import router
from service.operations.observed import Observed
from service.operations.stopping import stop_on_signals
from testbed.deployments import app_with
from testbed.hanging import HANGS_AFTER
from tests.life.living import Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")
NAME = "Zaphodson"


@pytest.fixture
def log_lines() -> io.StringIO:
    """What this process logs from here on."""
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    logs.configure(stream)
    yield stream
    logging.getLogger().handlers[:] = before


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@BOTH
def test_ready_means_database_schema_lake_and_model(records: Living) -> None:
    with TestClient(app_with(records.deployment, router)) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        checks = {check["name"]: check["ok"] for check in answer.json()["checks"]}
        assert checks == {"database": True, "schema": True, "lake": True, "model": True}


def test_a_lost_lake_file_a_changed_model_and_an_older_schema_are_not_ready(records: Living) -> None:
    deployment = records.deployment
    next(deployment.home.lake.rglob("*.parquet")).unlink()
    manifest = next(deployment.home.registry.rglob("manifest.json"))
    manifest.write_text(manifest.read_text() + " ")
    with TestClient(app_with(deployment, router)) as client:
        answer = client.get("/readyz")
        failed = {check["name"] for check in answer.json()["checks"] if not check["ok"]}
        assert (answer.status_code, failed) == (503, {"lake", "model"})
    downgrade(deployment.settings, "0100_support")
    with TestClient(app_with(deployment, router)) as client:  # another process, which hasn't looked yet
        failed = {check["name"] for check in client.get("/readyz").json()["checks"] if not check["ok"]}
        assert "schema" in failed


def test_a_log_line_holds_known_fields_and_no_text_of_an_exception(log_lines: io.StringIO) -> None:
    try:
        raise ValueError(f"the cell held {NAME}")
    except ValueError:
        logs.log("service.test").error("step failed", step="check", pupil=NAME, account="a123", exc_info=True)
        logging.getLogger("sqlalchemy").exception("parameters %s", NAME)
        logging.getLogger("uvicorn.error").warning("refused %s", NAME)
        logging.getLogger("somebody").warning(f"read {NAME}")
    first, second, third, fourth = read(log_lines)
    assert NAME not in log_lines.getvalue()
    assert (first["error"], first["step"]) == ("ValueError", "check")
    assert first["account"] != "a123"
    assert str(first["where"]).startswith("tests.operations")
    assert (second["event"], second["error"]) == ("message of another package", "ValueError")
    assert third["event"] == "refused %s"
    assert fourth["event"] == "message of another package"


@pytest.mark.parametrize(
    ("name", "message", "values", "said"),
    [
        ("uvicorn.error", "Started server process [%d]", (4711,), "Started server process [4711]"),
        (
            "uvicorn.error",
            "Uvicorn running on %s://%s:%d (Press CTRL+C to quit)",
            ("http", "127.0.0.1", 8000),
            "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        ),
        ("alembic.runtime.migration", "Running %s", ("upgrade 1 -> 2",), "Running upgrade 1 -> 2"),
        ("uvicorn.error", "Started server process [%d]", (NAME,), "Started server process [%d]"),
        ("uvicorn.error", f"Traceback:\n  ValueError: {NAME}", (), "message of another package"),
        ("uvicorn.error", ValueError(NAME), (), "message of another package"),
        ("uvicorn.error", OSError(98, NAME), (), os.strerror(98)),
        ("somebody", "Started server process [%d]", (4711,), "message of another package"),
    ],
)
def test_other_packages_are_quoted_where_their_values_are_known_to_be_harmless(
    log_lines: io.StringIO,
    name: str,
    message: object,
    values: tuple[object, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger, above = logging.getLogger(name), logging.getLogger()
    before = above.handlers[:]
    above.handlers[:] = [one for one in before if getattr(one, "stream", None) is log_lines]
    try:
        logger.error(message, *values)
    finally:
        above.handlers[:] = before
    assert [line["event"] for line in read(log_lines)] == [said]
    assert NAME not in log_lines.getvalue() + capsys.readouterr().err


def test_a_server_that_cannot_start_tells_no_words_of_the_exception(log_lines: io.StringIO) -> None:
    @asynccontextmanager
    async def failing(_app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError(NAME)
        yield

    server = uvicorn.Server(uvicorn.Config(FastAPI(lifespan=failing), port=0, log_config=None))
    with pytest.raises(SystemExit):
        server.run()
    told = [line["event"] for line in read(log_lines)]
    assert f"Started server process [{os.getpid()}]" in told
    assert "Application startup failed. Exiting." in told
    assert NAME not in log_lines.getvalue()


def test_a_request_is_noted_by_template_never_by_path(records: Living, log_lines: io.StringIO) -> None:
    pupils = APIRouter()

    @pupils.get("/pupils/{pupil_id}")
    def pupil(pupil_id: str) -> dict[str, str]:
        if pupil_id == "broken":
            raise RuntimeError(NAME)
        return {}

    app = app_with(records.deployment, pupils, router)
    app.add_middleware(Observed)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get(f"/pupils/{NAME}?q={NAME}", headers={"X-Request-Id": "abcdef-12345"})
        assert answer.headers["X-Request-Id"] == "abcdef-12345"
        assert client.get("/pupils/broken").status_code == 500
        assert client.get(f"/nowhere/{NAME}").status_code == 404
        assert NAME not in client.get("/readyz", headers={"X-Request-Id": NAME * 20}).headers["X-Request-Id"]
    assert NAME not in log_lines.getvalue()
    noted = [line for line in read(log_lines) if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in noted] == [
        ("/pupils/{pupil_id}", 200),
        ("/pupils/{pupil_id}", 500),
        ("unknown", 404),
    ]


def test_metrics_stand_on_a_port_of_their_own(records: Living, free_port: int) -> None:
    metrics.answered("GET", "/pupils/{pupil_id}", 200, 0.02)
    metrics.stepped("check", "done")
    metrics.listen(free_port, records.deployment.database, work=records.deployment.home.work)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
        told = answer.read().decode()
    assert 'belong_requests_total{method="GET",route="/pupils/{pupil_id}",status="200"}' in told
    assert 'belong_job_steps_total{outcome="done",step="check"}' in told
    assert "belong_oldest_job_seconds 0.0" in told


COUNTING = """
import sys
from service.operations import metrics
for _ in range(int(sys.argv[1])):
    metrics.answered("GET", "/flags", 200, 0.01)
"""


def test_several_server_processes_add_up(records: Living, free_port: int, tmp_path: Path) -> None:
    before = os.environ.copy()
    try:
        metrics.prepare(tmp_path, workers=2)
        for times in ("2", "3"):
            subprocess.run([sys.executable, "-c", COUNTING, times], check=True)
    finally:
        os.environ.clear()
        os.environ.update(before)
    metrics.listen(free_port, records.deployment.database, work=tmp_path, workers=2)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
        told = answer.read().decode()
    assert 'belong_requests_total{method="GET",route="/flags",status="200"} 5.0' in told


def test_the_first_signal_asks_and_the_second_is_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as asked:
        assert not asked.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked.wait(HANGS_AFTER)
        assert signal.getsignal(signal.SIGTERM) == before
    assert threading.current_thread() is threading.main_thread()
