"""The steps of an upload. Each computes outside a transaction and commits its rows with its marker."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from data_contracts.errors import BelongError, Held
from pipelines.check import CheckReport, check
from service.core import job_store
from service.core.audit import Event, no_event
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.holding import Overtaken
from service.core.job_rows import JobRow
from service.models.training import TRAIN, trained
from service.schools.lines import known_school
from service.scoring.publishing import compute_scores, publish
from service.scoring.watch import Waits, look
from service.uploads import releasing, types, upload_store, vault
from service.uploads.commits import LoadToCommit, commit_load, keep_problems
from service.uploads.loading import Wanted, as_school, computed, evidence_without_values, known_roll
from service.uploads.mapping import confirmed
from service.uploads.receiving import LOAD, PUBLISH, RESCORE, UPLOAD
from service.uploads.releasing import ANYWAY
from service.uploads.upload_rows import UploadRow

STEP_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed job in a worker's hands. `checkpoint` is called at places where tests stop the process."""

    caller: Caller
    job: JobRow
    checkpoint: Callable[[str], None] = lambda _name: None

    def finish(self, tx: Transaction, *, step: str, state: str, error: str = "") -> None:
        """Set the marker in the transaction of the step's rows."""
        job_store.finish_step(tx, self.job.id, self.job.fence, step=step, state=state, error=error)

    def say(self, upload: UploadRow, step: str) -> None:
        """Tell whoever watches how far the work has come."""
        with self.caller.writing() as tx:
            upload_store.set_step(tx, upload.id, upload.school, step)


class Watched:
    """Tells how many files are read and checked, at most once a second: each telling is a transaction."""

    EVERY = 1.0

    def __init__(self, work: Work, upload: UploadRow) -> None:
        self.work, self.upload, self.told = work, upload, time.monotonic()

    def tell(self, _text: str, done: int, total: int) -> None:
        if total > 1 and time.monotonic() - self.told >= self.EVERY:
            self.told = time.monotonic()
            self.work.say(self.upload, f"check:{done}/{total}"[:STEP_LENGTH])


def perform(work: Work) -> None:
    """Run the step a job stands at, by its kind."""
    KINDS[work.job.kind](work)


def take_in(work: Work) -> None:
    """The next step of an upload. A BelongError ends the upload with its words; others are tried again."""
    step = {LOAD: load_step, PUBLISH: publish_step}[work.job.step]
    with work.caller.reading() as tx:
        upload = upload_store.upload(tx, work.job.subject, {work.job.school})
    if upload is None:
        with work.caller.writing() as tx:
            work.finish(tx, step=work.job.step, state=job_store.FAILED, error="the upload can't be found")
        return
    try:
        step(work, upload)
    except Overtaken:
        raise  # the worker takes it up again
    except Held as held:
        if work.job.step == LOAD:
            raise
        refuse(work, upload, held)
    except BelongError as error:
        refuse(work, upload, error)


def load_step(work: Work, upload: UploadRow) -> None:
    """Check and load the files: done together, since what is good is loaded while the rest waits."""
    caller = work.caller
    with caller.reading() as tx:
        school = as_school(known_school(tx, upload.school))
        roll = known_roll(tx, upload.school, upload.term)
        mappings = confirmed(tx, upload.school)
    work.say(upload, "check")
    report = check(
        vault.opened(caller.deployment.home, upload.files), school=school, term=upload.term, roll=roll,
        mappings=mappings, progress=Watched(work, upload).tell,
    )  # fmt: skip
    work.checkpoint("checked")
    work.say(upload, "load")
    approved, part = upload.approved_by is not None, bool(work.job.payload.get("keep_others"))
    wanted = Wanted(school, (), upload.term, upload.by, approved, upload.id, part)
    load = computed(caller, wanted, report)
    work.checkpoint("computed")
    with caller.writing() as tx:
        _commit_load_step(tx, work, upload, report, load)
        work.checkpoint("before commit")
    work.checkpoint("committed")


def _commit_load_step(
    tx: Transaction, work: Work, upload: UploadRow, report: CheckReport, load: LoadToCommit
) -> None:
    """What the load brings, what it found to correct, and the marker, in one transaction."""
    row = upload_store.upload(tx, upload.id, {upload.school})
    assert row is not None
    result = load.result
    row.extracts, row.counts, row.held = (
        evidence_without_values(report),
        result.counts,
        list(result.held),
    )
    keep_problems(tx, upload.school, result.problems, upload_id=upload.id)
    types.note_new(tx, upload.school, upload.term, report.new_types)
    if result.status == "refused":
        row.status, row.finished_at = "refused", now()
        row.message = "None of the files could be used. See below what was found in each."
        work.caller.record(tx, Event.UPLOAD_REFUSED, school=upload.school, subject=upload.id)
        return work.finish(tx, step=LOAD, state=job_store.DONE)
    if result.status == "held":
        row.status = "held"
        work.caller.record(tx, Event.UPLOAD_HELD, school=upload.school, subject=upload.id)
        return work.finish(tx, step=LOAD, state=job_store.DONE)
    if load.changes:
        commit_load(tx, work.caller, load)
        row.load_id = load.load_id
    row.status, row.step = "running", "indicators"
    return work.finish(tx, step=PUBLISH, state=job_store.WAITING)


@no_event("how far an upload has come; the publication is told")
def publish_step(work: Work, upload: UploadRow) -> None:
    """Indicators, scores and publication of the upload's term, where a model serves."""
    caller = work.caller
    work.say(upload, "score")
    anyway = str(work.job.payload.get(ANYWAY, ""))
    made = compute_scores(caller, look(caller, upload.term, anyway=anyway), upload.school, upload.term)
    work.checkpoint("scored")
    with caller.writing() as tx:
        row = upload_store.upload(tx, upload.id, {upload.school})
        assert row is not None
        if made is None:
            row.message = "The data is loaded. No model is in use yet, so there are no suggestions."
            row.flags_new = 0
        else:
            row.flags_new = publish(tx, caller, made, by=caller.reader.account_id, load_id=row.load_id).new
            row.message = ""
        row.status, row.step, row.finished_at = "done", "publish", now()
        work.finish(tx, step=PUBLISH, state=job_store.DONE)
        work.checkpoint("before publish")
    work.checkpoint("published")


@no_event("how far the work has come; publication and waiting are told")
def rescore(work: Work) -> None:
    """Score a term again from what is left after an undo; nothing is published where nothing is left."""
    caller, job = work.caller, work.job
    try:
        term = job.payload["term"]
        made = compute_scores(caller, look(caller, term), job.school, term)
        work.checkpoint("scored again")
        with caller.writing() as tx:
            if made is not None:
                publish(tx, caller, made, by=caller.reader.account_id)
            work.finish(tx, step=PUBLISH, state=job_store.DONE)
    except Overtaken:
        raise  # the worker takes it up again
    except BelongError as error:
        with caller.writing() as tx:
            left = upload_store.standing(tx, job.school, job.payload["term"])
            if isinstance(error, Waits) and left is not None:
                left.message = f"Suggestions wait for a person: {error}"
                releasing.wait(tx, caller, left, error.seen)
            work.finish(tx, step=PUBLISH, state=job_store.DONE, error=str(error))


def learn(work: Work) -> None:
    """Train a model from all that is loaded; what stood in the way is kept with the job for its reader."""
    refusal = trained(work.caller)
    with work.caller.writing() as tx:
        work.finish(tx, step=TRAIN, state=job_store.DONE, error=refusal)


def refuse(work: Work, upload: UploadRow, error: BelongError) -> None:
    """End an upload with words a person can act on. What was loaded before stays loaded."""
    with work.caller.writing() as tx:
        row = upload_store.upload(tx, upload.id, {upload.school})
        assert row is not None
        loaded, waits = work.job.step == PUBLISH, isinstance(error, Held)
        row.status = "done" if loaded else "refused"
        row.message, row.finished_at, row.flags_new = str(error), now(), 0
        if loaded:
            row.message = f"Loaded. Suggestions wait for a person: {error}" if waits else f"Loaded. {error}"
        if isinstance(error, Waits):
            releasing.wait(tx, work.caller, row, error.seen)
        event = Event.UPLOAD_HELD if loaded and waits else Event.UPLOAD_REFUSED
        work.caller.record(tx, event, school=upload.school, subject=upload.id)
        work.finish(tx, step=work.job.step, state=job_store.DONE)


def give_up(work_caller: Caller, tx: Transaction, job: JobRow) -> None:
    """A job that broke its worker again and again is not begun again; its upload says so."""
    job.state, job.error = job_store.FAILED, "begun too often"
    row = upload_store.upload(tx, job.subject, {job.school})
    if row is not None:
        row.status, row.finished_at = "failed", now()
        row.message = (
            "These files caused an error in Belong each time it tried to read them. Nothing was loaded."
        )
        if row.load_id is not None:
            row.message = (
                "The files are loaded, but an error in Belong stopped the suggestions each time it tried."
            )
        work_caller.record(tx, Event.UPLOAD_REFUSED, school=job.school, subject=row.id)


KINDS: dict[str, Callable[[Work], None]] = {UPLOAD: take_in, RESCORE: rescore, TRAIN: learn}
"""Every kind of job there is; each is done in the name of whoever asked for it."""
