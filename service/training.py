"""Training asked for from a page: the worker does it, and what came of it can be read. Nothing serves by it."""

from dataclasses import dataclass
from datetime import datetime

from data_contracts.errors import BelongError, Refused
from service.callers import Caller
from service.db import job_store
from service.db.base import new_id, now
from service.db.engine import Transaction
from service.db.school_rows import JobRow
from service.permissions import check

TRAIN = "train"
NO_SCHOOL = "-"
LEAST_TERMS = 4
"""Loaded terms before training can begin: three to learn, adjust and test on, and the one that shows what came."""


@dataclass(frozen=True, slots=True)
class Training:
    """The latest training asked for. `refusal` says what was missing where nothing could be learned."""

    asked_at: datetime
    working: bool
    refusal: str


def ask_training(caller: Caller) -> None:
    """Queue a training for the worker. Refused while one is at work."""
    check(caller.reader, "model.promote")
    with caller.writing() as tx:
        last = job_store.latest(tx, TRAIN)
        if last is not None and last.state in (job_store.WAITING, job_store.RUNNING):
            raise Refused("A training is at work already.", hint="Wait until it has ended; it takes minutes.")
        job_id = new_id("j")
        job = JobRow(
            id=job_id,
            kind=TRAIN,
            school=NO_SCHOOL,
            subject=caller.reader.account_id,
            step=TRAIN,
            state=job_store.WAITING,
            payload={},
            dedupe=f"{TRAIN}:{job_id}",
            created_at=now(),
        )
        job_store.enqueue(tx, job)


def last_training(tx: Transaction) -> Training | None:
    """The latest training, None where none was asked for."""
    job = job_store.latest(tx, TRAIN)
    if job is None:
        return None
    return Training(job.created_at, job.state in (job_store.WAITING, job_store.RUNNING), job.error)


def trained(caller: Caller) -> str:
    """Learn from all that is loaded, in the worker; returns what stood in the way, '' where a model was made."""
    from service.journeys.learning import (
        train_model,
    )  # shap's door takes seconds that uploads need not wait for

    try:
        train_model(caller.deployment.home.path)
    except BelongError as error:
        return str(error)
    return ""
