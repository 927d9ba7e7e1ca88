"""The load journey: check the files, merge what is good, keep every problem in the result."""

from dataclasses import replace
from datetime import date

from pipelines.check import check
from pipelines.identity import Aliases
from pipelines.lake import Lake, LakeView
from pipelines.load.merge import merge
from pipelines.load.request import LoadRequest, LoadResult, Progress


def load(
    request: LoadRequest,
    lake: Lake,
    view: LakeView,
    aliases: Aliases,
    key: bytes,
    today: date,
    progress: Progress | None = None,
) -> LoadResult:
    """Check a school's extracts and prepare their place in the lake; nothing is live until it is committed.

    Refused where no file could be understood, held where the check or the lake says that a person should
    look first and nobody has approved.
    """
    if progress is not None:
        progress("checking", 0.0)
    report = check(request.paths, school=request.school, term=request.term, today=today)
    said = {
        "problems": (*report.refused, *report.problems),
        "contracts": dict(report.contracts),
    }
    counts = {table: dict(numbers) for table, numbers in report.counts.items()}
    if not report.good:
        return LoadResult("refused", request.term, counts=counts, **said)
    if report.held and not request.approved:
        return LoadResult("held", request.term, counts=counts, held=tuple(map(str, report.held)), **said)
    result = merge(report.good, request, lake, view, aliases, key, today, progress)
    for table, numbers in result.counts.items():
        counts.setdefault(table, {}).update(numbers)
    return replace(result, counts=counts, **said)
