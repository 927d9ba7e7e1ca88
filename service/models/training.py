"""Training asked for from a page: the worker does it in the name of whoever asked. The model in use stays."""

from dataclasses import dataclass
from datetime import datetime

from data_contracts.errors import BelongError, Refused
from service.accounts import Names
from service.core import job_store
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.job_rows import JobRow
from service.core.permissions import check

TRAIN = "train"
NO_SCHOOL = "-"
LEAST_TERMS = 4
"""Loaded terms before training can begin: three to learn, adjust and test on, and the one that shows what came."""


@dataclass(frozen=True, slots=True)
class Training:
    """The latest training asked for, by whom. `refusal` says what was missing where nothing could be learned."""

    asked_at: datetime
    by: str
    working: bool
    refusal: str


def ask_training(caller: Caller) -> None:
    """Queue a training for the worker. Refused while one is at work."""
    check(caller.reader, "model.promote")
    with caller.writing() as tx:
        last = job_store.latest(tx, TRAIN)
        if last is not None and last.state in (job_store.WAITING, job_store.RUNNING):
            raise Refused(
                "A model is already being trained.",
                hint="Wait until it has finished. It takes a few minutes.",
            )
        job_id = new_id("j")
        job = JobRow(
            id=job_id,
            kind=TRAIN,
            school=NO_SCHOOL,
            subject=caller.reader.account_id,
            step=TRAIN,
            state=job_store.WAITING,
            payload={"by": caller.reader.account_id},
            dedupe=f"{TRAIN}:{job_id}",
            created_at=now(),
        )
        job_store.enqueue(tx, job)


def last_training(tx: Transaction) -> Training | None:
    """The latest training, None where none was asked for."""
    job = job_store.latest(tx, TRAIN)
    if job is None:
        return None
    by = Names(tx).of(str(job.payload.get("by") or job.subject))
    return Training(job.created_at, by, job.state in (job_store.WAITING, job_store.RUNNING), job.error)


def trained(caller: Caller) -> str:
    """Learn from all that is loaded, in the name of whoever asked; returns what was missing, '' where a model was
    made."""
    from service.models.learning import learned_by

    try:
        learned_by(caller)
    except BelongError as error:
        return str(error)
    return ""
