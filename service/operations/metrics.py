"""Figures for Prometheus on a port of their own: counts and times by route template, never by person."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, start_http_server
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric

from service.core.engine import Database
from service.operations import state_store

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("belong_requests", "Requests answered.", ["method", "route", "status"])
DURATIONS = Histogram("belong_request_seconds", "Time to answer.", ["route"], buckets=SECONDS)
STEPS = Counter("belong_job_steps", "Steps of uploads and other work.", ["step", "outcome"])


class QueueCollector:
    """Reads the state of the work from the database whenever figures are fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """Jobs by state, and for how long the oldest has waited."""
        jobs = GaugeMetricFamily("belong_jobs", "Jobs by state.", labels=["state"])
        for state, count in state_store.jobs_by_state(self._database).items():
            jobs.add_metric([state], count)
        yield jobs
        yield GaugeMetricFamily(
            "belong_oldest_job_seconds",
            "How long the oldest open job has waited.",
            value=state_store.oldest_wait(self._database),
        )


def prepare(work: Path, workers: int) -> None:
    """Before several server processes start: a folder, emptied, in which they add up their counts."""
    if workers > 1:
        folder = work / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        os.environ[FOLDER_VARIABLE] = str(folder)


def listen(
    port: int, database: Database, *, work: Path, workers: int = 1, address: str = "127.0.0.1"
) -> None:
    """Answer on a private port from a thread of this process; nothing where the port is 0."""
    if port == 0:
        return
    registry = REGISTRY
    if workers > 1:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=str(work / "metrics"))
    registry.register(QueueCollector(database))
    start_http_server(port, addr=address, registry=registry)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    REQUESTS.labels(method, route, str(status)).inc()
    DURATIONS.labels(route).observe(seconds)


def stepped(step: str, outcome: str) -> None:
    """Count one step of durable work: done, failed, lost."""
    STEPS.labels(step, outcome).inc()
