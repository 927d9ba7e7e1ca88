"""The worker: takes one job after the other, keeps its lease while it computes, and stops when asked."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.app.askers import on_behalf
from service.app.steps import Work, give_up, perform
from service.audit.sealing import seal_all
from service.core import job_store, logs
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.job_rows import JobRow
from service.core.permissions import ADMIN, Reader
from service.core.private import keep_private
from service.operations import metrics
from service.operations.stopping import stop_on_signals
from service.rights import retention
from service.rights.sweeping import sweep

BEATS_PER_LEASE = 4
IDLE_SECONDS = 0.5
MOST_ATTEMPTS = 5
SEAL_EVERY_SECONDS = 60.0
HOUSE_EVERY_SECONDS = 60.0
SWEEP_EVERY_SECONDS = 600.0
SWEEPS_PER_LAKE = 12  # of so many sweeps one walks the lake too, whose files may lie for a day
NICENESS = 10


def worker_caller(deployment: Deployment) -> Caller:
    """Who a worker is in the audit log where nobody asked for the work; it works for every school."""
    urns = deployment.all_urns()
    return Caller(deployment, Reader("worker", "worker", "Worker", ADMIN, urns, via="command"))


@dataclass
class Worker:
    """Works through the lease table until told to stop. One job at a time; run more processes for more."""

    deployment: Deployment
    checkpoint: Callable[[str], None] = lambda _name: None
    stopping: threading.Event = field(default_factory=threading.Event)
    seal_every: float = SEAL_EVERY_SECONDS
    _kept_house_at: float = 0.0
    _swept_at: float = -SWEEP_EVERY_SECONDS
    _sweeps: int = 0

    @property
    def lease(self) -> float:
        """For how many seconds a job is a worker's own unless it says that it is still at it."""
        return float(self.deployment.settings.lease_seconds)

    def run(self) -> None:
        """Work until `stopping` is set; the step in hand is finished first."""
        sealing = threading.Thread(target=self._seal_regularly, name="seals", daemon=True)
        sealing.start()
        while not self.stopping.is_set():
            worked = self.work_once()
            self._keep_house()
            if not worked:
                self.stopping.wait(IDLE_SECONDS)
        sealing.join()

    def work_once(self) -> bool:
        """Take and perform one step; False where there was nothing to do."""
        caller = worker_caller(self.deployment)
        with caller.writing() as tx:
            for worn in job_store.worn_out(tx, most_attempts=MOST_ATTEMPTS):
                give_up(on_behalf(caller, tx, worn), tx, worn)
            job = job_store.claim(tx, self.lease, most_attempts=MOST_ATTEMPTS)
            asker = caller if job is None else on_behalf(caller, tx, job)
        if job is None:
            return False
        self._perform(asker, job)
        return True

    def _perform(self, caller: Caller, job: JobRow) -> None:
        with self._lease_kept(job):
            try:
                perform(Work(caller, job, self.checkpoint))
                metrics.stepped(job.step, "done")
            except job_store.LeaseLost:
                metrics.stepped(job.step, "lost")
            except Exception as error:  # noqa: BLE001  # any step may fail; the job must not be lost with it
                metrics.stepped(job.step, "failed")
                logs.log("service.worker").error("step failed", job=job.id, step=job.step, exc_info=error)
                self._note_failure(job, error)

    def _note_failure(self, job: JobRow, error: Exception) -> None:
        """Leave the job to be tried again after a pause; only the error's kind is kept, never its text."""
        with self.deployment.database.writing() as tx:
            job_store.defer(
                tx, job.id, job.fence, seconds=min(30.0, 2.0**job.attempts), error=type(error).__name__
            )

    @contextmanager
    def _lease_kept(self, job: JobRow) -> Iterator[None]:
        """Extend the lease from a thread of its own while the step computes."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self.lease / BEATS_PER_LEASE):
                with self.deployment.database.writing() as tx:
                    if not job_store.extend(tx, job.id, job.fence, self.lease):
                        return

        thread = threading.Thread(target=beat, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _seal_regularly(self) -> None:
        """Seal what the audit log has gathered, also while a long job is in work; and once more at the end."""
        over = False
        while not over:
            over = self.stopping.wait(self.seal_every)
            try:
                seal_all(self.deployment)
            except Exception as error:  # noqa: BLE001  # a database that is away for a minute must not end the seals
                logs.log("service.worker").error("sealing failed", exc_info=error)

    def _keep_house(self) -> None:
        """Between jobs: take stock, let go what was kept long enough."""
        if time.monotonic() - self._kept_house_at > HOUSE_EVERY_SECONDS:
            self._kept_house_at = time.monotonic()
            self.deployment.database.take_stock()
            retention.run_if_due(self.deployment)
        if time.monotonic() - self._swept_at > SWEEP_EVERY_SECONDS:
            self._swept_at = time.monotonic()
            self._sweep()

    def _sweep(self) -> None:
        """Delete what nothing names. A file that can't be deleted is the doctor's finding: the queue must go on."""
        try:
            sweep(retention.keeper(self.deployment), lake=self._sweeps % SWEEPS_PER_LAKE == 0)
            self._sweeps += 1
        except OSError as error:
            logs.log("service.worker").error("files were not swept", exc_info=error)


def run(home: Path, parent: int | None = None) -> None:
    """Run a worker process until SIGTERM or SIGINT; what it was doing is finished or taken up by the next.

    With `parent` (the server's process id) it also ends when that process is gone.
    """
    os.nice(NICENESS)
    keep_private()
    logs.configure()
    with Deployment.open(home) as deployment, stop_on_signals() as asked:
        worker = Worker(deployment, stopping=asked)
        if parent is not None:
            threading.Thread(target=_end_with_parent, args=(worker, parent), daemon=True).start()
        worker.run()


def _end_with_parent(worker: Worker, parent: int) -> None:
    """A worker inside a server must not outlive it."""
    while os.getppid() == parent:
        time.sleep(1.0)
    worker.stopping.set()


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
