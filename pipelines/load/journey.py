"""The load journey: check a school's files, then plan the load of what is good."""

from datetime import date

from pipelines.check import check
from pipelines.identity import Aliases
from pipelines.lake import Lake, LakeView
from pipelines.load.checked import load_report
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
    """Check and plan in one go; see `load_report` for what the statuses mean."""
    if progress is not None:
        progress(f"Checking {request.school.name}", 0, 1)
    report = check(request.paths, school=request.school, term=request.term, today=today)
    return load_report(report, request, lake, view, aliases, key, today, progress)
