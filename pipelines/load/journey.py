"""The load journey: check a school's files, then take what is good into the lake."""

from datetime import date

from pipelines.check import check
from pipelines.identity import Aliases
from pipelines.lake import Lake, LakeView
from pipelines.load.request import LoadRequest, LoadResult, Progress
from pipelines.load.take import take


def load(
    request: LoadRequest,
    lake: Lake,
    view: LakeView,
    aliases: Aliases,
    key: bytes,
    today: date,
    progress: Progress | None = None,
) -> LoadResult:
    """Check and take in one go; see `take` for what the statuses mean."""
    if progress is not None:
        progress(f"Checking {request.school.name}", 0, 1)
    report = check(request.paths, school=request.school, term=request.term, today=today)
    return take(report, request, lake, view, aliases, key, today, progress)
