"""From a check's report to lake files: what is good is merged, every problem stays in the result."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.identity import Aliases
from pipelines.lake import Lake, LakeView
from pipelines.load.merge import merge
from pipelines.load.request import LoadRequest, LoadResult, Progress

if TYPE_CHECKING:
    from pipelines.check import CheckReport


def take(
    report: "CheckReport",
    request: LoadRequest,
    lake: Lake,
    view: LakeView,
    aliases: Aliases,
    key: bytes,
    today: date,
    progress: Progress | None = None,
) -> LoadResult:
    """Prepare a checked load's place in the lake; nothing is live until the caller commits it.

    Refused where nothing good was found, held where the check or the lake says that a person should look
    first and nobody has approved.
    """
    said: dict[str, Any] = {
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
