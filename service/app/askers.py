"""Whose work a job is: what a worker does is recorded under the person who asked for it."""

from dataclasses import replace

from service.accounts import account_store
from service.accounts.readers import reader_of
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.job_rows import JobRow

BY = "by"
"""The key of a job's payload that holds the id of the account that asked."""


def on_behalf(worker: Caller, tx: Transaction, job: JobRow) -> Caller:
    """The worker's caller as the person who asked: their name and role, for every school that the work needs.

    They were allowed to ask when they did; a job whose account is not known stays the worker's own. A training
    queued by the previous release names its account as the subject.
    """
    account = account_store.account(tx, str(job.payload.get(BY) or job.subject))
    if account is None:
        return worker
    urns = worker.reader.schools
    person = reader_of(account, urns, "job")
    return Caller(worker.deployment, replace(person, schools=urns, year_groups=None))
