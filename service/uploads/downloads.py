"""The uploader's own downloads: what is to be mended with its cells, made from the sealed files."""

from typing import Any

from data_contracts.errors import Refused
from service.core.audit import Event
from service.core.callers import Caller
from service.core.permissions import NotAllowed, check
from service.uploads.apart import in_own_process
from service.uploads.status import as_problem, own_upload, problems_of
from service.uploads.upload_rows import UploadRow

MOST_ROWS = 100_000
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def marked_up(caller: Caller, upload_id: str) -> str:
    """The problems of an upload as CSV with the cells' values. Raises as `marked_workbook`."""
    upload, problems = _asked(caller, upload_id, "csv")
    return in_own_process(caller.deployment.home, "csv", upload.files, {"problems": problems}).decode()


def marked_workbook(caller: Caller, upload_id: str) -> bytes:
    """The files with something to correct as one workbook, those cells highlighted in place, to be uploaded again.

    Every file of a table with problems is in it, so that sent again it stands for the table as a whole.
    Raises NotFound outside the reader's schools, NotAllowed for anyone but its uploader, Refused once the
    raw files are deleted or where nothing in them can be marked.
    """
    upload, problems = _asked(caller, upload_id, "xlsx")
    broken = {problem["table"] for problem in problems if problem["line"] is not None}
    beside = [str(one["file"]) for one in upload.extracts if str(one["table"]) in broken]
    asked = {"problems": problems, "beside": beside}
    return in_own_process(caller.deployment.home, "workbook", upload.files, asked)


def _asked(caller: Caller, upload_id: str, kind: str) -> tuple[UploadRow, list[dict[str, Any]]]:
    """An upload and its problems; that its cells were read is noted."""
    with caller.writing() as tx:
        upload = own_upload(caller, tx, upload_id)
        check(caller.reader, "uploads.values", upload.school)
        if upload.by != caller.reader.account_id:
            raise NotAllowed("Only the person who uploaded these files can download them.")
        problems = [as_problem(row) for row in problems_of(caller, tx, upload_id, limit=MOST_ROWS)]
        caller.record(tx, Event.UPLOAD_VALUES_READ, school=upload.school, subject=upload.id, kind=kind)
    if upload.raw_deleted_at is not None or not upload.files:
        raise Refused("The files of this upload have been deleted.", hint="Upload them again.")
    return upload, problems
