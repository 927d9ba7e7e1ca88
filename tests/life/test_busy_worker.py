"""A worker with a long job in its hands still seals the audit log."""

import threading

import pytest

from service.app.worker import Worker
from service.core import job_store
from service.core.audit import audit_store
from service.core.base import new_id, now
from service.core.job_rows import JobRow
from service.uploads.receiving import PUBLISH, RESCORE
from testbed.hanging import HANGS_AFTER, wait_until
from tests.life.living import SCHOOLS, TERMS, Living

pytestmark = pytest.mark.xdist_group("records")


def test_a_worker_seals_while_it_is_busy(records: Living) -> None:
    job = JobRow(
        id=new_id("j"), kind=RESCORE, school=SCHOOLS[0], subject="x", step=PUBLISH, state=job_store.WAITING,
        payload={"term": TERMS[-1], "by": "a"}, dedupe=new_id("d"), created_at=now(),
    )  # fmt: skip
    with records.dpo.writing() as tx:
        job_store.enqueue(tx, job)
    sealed = []

    def seal_seen() -> bool:
        with records.deployment.database.reading() as tx:
            sealed.extend(audit_store.seals(tx))
        return bool(sealed)

    def busy(_place: str) -> None:
        wait_until(seal_seen, "a seal")
        worker.stopping.set()

    worker = Worker(records.deployment, checkpoint=busy, seal_every=0.1)
    too_long = threading.Timer(HANGS_AFTER, worker.stopping.set)
    too_long.start()
    worker.run()
    too_long.cancel()
    assert sealed
