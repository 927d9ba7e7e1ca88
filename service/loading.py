"""Computing a load outside any transaction: check the files, take the good rows, say what to commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from data_contracts.schools import School
from pipelines.check import CheckReport
from pipelines.load import LoadRequest, take
from service.callers import Caller
from service.commits import LoadToCommit
from service.db import lake_store
from service.db.base import new_id
from service.db.school_rows import SchoolRow

Progress = Callable[[str, int, int], None]
EXAMPLE = " For example:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A load that is asked for: files of one term of one school, by whom, and whether a person said yes."""

    school: School
    paths: Sequence[Path]
    term: str | None
    by: str
    approved: bool = False
    upload_id: str | None = None


def as_school(row: SchoolRow) -> School:
    """The contracts' word for a school's row."""
    return School(row.urn, row.name, row.phase, row.mis, row.synthetic)


def computed(
    caller: Caller, wanted: Wanted, report: CheckReport, progress: Progress | None = None
) -> LoadToCommit:
    """Merge a checked load against the manifest as it stands now; writes lake files, commits nothing.

    A load without one good row is refused: it must not take the place of what is there.
    """
    deployment, urn = caller.deployment, wanted.school.urn
    load_id = new_id("l")
    request = LoadRequest(load_id, wanted.school, wanted.paths, wanted.term, wanted.by, wanted.approved)
    with caller.reading() as tx:
        base = lake_store.live_ids(tx, urn)
        view = deployment.view(tx, caller.reader.schools)
        aliases = lake_store.StoredAliases(tx)
        key = deployment.home.alias_key()
        result = take(report, request, deployment.lake, view, aliases, key, date.today(), progress)
    if not any(len(frame) for frame in report.good.values()):
        result = replace(result, status="refused", files=(), roll=(), aliases=(), events=())
    return LoadToCommit(load_id, urn, result, base, wanted.by, wanted.upload_id)


def told(report: CheckReport) -> list[dict[str, Any]]:
    """What each file was taken for and why, without the examples: a cell's value is for its uploader alone."""
    said: list[dict[str, Any]] = [dict(extract.explained()) for extract in report.extracts]
    return [{**one, "evidence": [line.split(EXAMPLE)[0] for line in one["evidence"]]} for one in said]
