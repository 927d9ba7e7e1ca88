"""The uploader's own downloads: what is to be mended with its cells, made from the sealed files."""

from data_contracts import marked
from data_contracts.downloads import problems_csv
from data_contracts.errors import Refused
from data_contracts.problems import Problem
from data_contracts.reading.sources import Source
from service.audit import Event
from service.callers import Caller
from service.permissions import NotAllowed, check
from service.reads.uploads import as_problem, own_upload, problems_of
from service.uploads import vault

MOST_ROWS = 100_000
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def marked_up(caller: Caller, upload_id: str) -> str:
    """The problems of an upload as CSV with the cells' values. Raises as `marked_workbook`."""
    problems, files, _ = _opened(caller, upload_id, "csv")
    return "\ufeff" + problems_csv(problems, files)


def marked_workbook(caller: Caller, upload_id: str) -> bytes:
    """The files with something to correct as one workbook, those cells highlighted in place, to be uploaded again.

    Every file of a table with problems is in it, so that sent again it stands for the table as a whole.
    Raises NotFound outside the reader's schools, NotAllowed for anyone but its uploader, Refused once the
    raw files are deleted or where nothing in them can be marked.
    """
    problems, files, tables = _opened(caller, upload_id, "xlsx")
    broken = {problem.table for problem in problems if problem.line is not None}
    beside = [file for file, table in tables.items() if table in broken]
    data, sheets = marked.marked_workbook(problems, files, beside)
    if not sheets:
        raise Refused(
            "None of these problems can be highlighted in a workbook.",
            hint="Download the list as CSV and correct the rows in your school's system.",
        )
    return data


def _opened(caller: Caller, upload_id: str, kind: str) -> tuple[list[Problem], list[Source], dict[str, str]]:
    """An upload's problems, its files, and which table each was taken for; that they were read is noted."""
    with caller.writing() as tx:
        upload = own_upload(caller, tx, upload_id)
        check(caller.reader, "uploads.values", upload.school)
        if upload.by != caller.reader.account_id:
            raise NotAllowed("Only the person who uploaded these files can download them.")
        rows = problems_of(caller, tx, upload_id, limit=MOST_ROWS)
        problems = [Problem(**as_problem(row)) for row in rows]
        tables = {str(one["file"]): str(one["table"]) for one in upload.extracts}
        caller.record(tx, Event.UPLOAD_VALUES_READ, school=upload.school, subject=upload.id, kind=kind)
    if upload.raw_deleted_at is not None or not upload.files:
        raise Refused("The files of this upload have been deleted.", hint="Upload them again.")
    return problems, vault.opened(caller.deployment.home, upload.files), tables
