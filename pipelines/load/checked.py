"""From a check's report to lake files: what is good is merged, every problem stays in the result."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.identity import Aliases
from pipelines.lake import Lake, LakeView
from pipelines.load.coarser import without_coarser
from pipelines.load.plan import plan_load
from pipelines.load.request import LoadRequest, LoadResult, Progress

RETURNS = ("census", "collect")

if TYPE_CHECKING:
    from pipelines.check import CheckReport


def load_report(
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

    Refused where nothing good was found (a load without one good row must not take the place of what is
    there), held where the lake says that a person should look first and nobody has approved.
    """
    problems = tuple(report.problems)
    said: dict[str, Any] = {"contracts": dict(report.contracts)}
    counts = {table: dict(numbers) for table, numbers in report.counts.items()}
    if len(report.terms) == 1 and request.term is None:
        request = replace(request, term=report.terms[0])
    if not any(len(frame) for frame in report.good.values()):
        return LoadResult("refused", request.term, counts=counts, problems=problems, **said)
    good, left = without_coarser(report, view, request.school.urn, request.term)
    problems += left
    result = plan_load(good, request, lake, view, aliases, key, today, progress, returned=_returned(report))
    for table, numbers in result.counts.items():
        count = counts.setdefault(table, {})
        count["quarantined"] = count.get("quarantined", 0) + count.get("kept", 0) - numbers["kept"]
        count.update(numbers)
    return replace(result, counts=counts, problems=(*problems, *result.problems), **said)


def _returned(report: "CheckReport") -> frozenset[str]:
    """The tables that only census returns brought."""
    systems: dict[str, set[bool]] = {}
    for extract in report.extracts:
        systems.setdefault(extract.table, set()).add(extract.mis in RETURNS)
    return frozenset(table for table, kinds in systems.items() if kinds == {True})
