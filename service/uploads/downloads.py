"""The uploader's own download: the rows to mend with their cells, made from the sealed files."""

from data_contracts.downloads import write_problems_csv
from data_contracts.errors import Refused
from data_contracts.problems import Problem
from service.audit import Event
from service.callers import Caller
from service.permissions import NotAllowed, check
from service.reads.uploads import as_problem, own_upload, problems_of
from service.uploads import vault

MOST_ROWS = 100_000


def marked_up(caller: Caller, upload_id: str) -> str:
    """The problems of an upload as CSV with the cells' values.

    Raises NotFound outside the reader's schools, NotAllowed for anyone but its uploader, Refused once the
    raw files are deleted.
    """
    with caller.writing() as tx:
        upload = own_upload(caller, tx, upload_id)
        check(caller.reader, "uploads.values", upload.school)
        if upload.by != caller.reader.account_id:
            raise NotAllowed("Only the person who uploaded these files can have them back.")
        rows = problems_of(caller, tx, upload_id, limit=MOST_ROWS)
        problems = [Problem(**as_problem(row)) for row in rows]
        caller.record(tx, Event.UPLOAD_VALUES_READ, school=upload.school, subject=upload.id)
    if upload.raw_deleted_at is not None or not upload.files:
        raise Refused("The raw files of this upload are no longer kept.", hint="Upload them again.")
    with vault.opened(caller.deployment.home, upload.files) as paths:
        target = paths[0].parent / ".to-mend.csv"
        write_problems_csv(problems, target, paths)
        return target.read_text("utf-8")
