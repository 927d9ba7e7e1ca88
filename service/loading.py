"""Computing a load outside any transaction: check the files, take the good rows, say what to commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data_contracts.schools import School
from pipelines.check import CheckReport
from pipelines.load import LoadRequest, take
from service.callers import Caller
from service.commits import LoadToCommit
from service.db import lake_store
from service.db.base import new_id
from service.db.school_rows import SchoolRow

Progress = Callable[[str, int, int], None]


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
    """Merge a checked load against the manifest as it stands now; writes lake files, commits nothing."""
    deployment, urn = caller.deployment, wanted.school.urn
    load_id = new_id("l")
    request = LoadRequest(load_id, wanted.school, wanted.paths, wanted.term, wanted.by, wanted.approved)
    with caller.reading() as tx:
        base = lake_store.live_ids(tx, urn)
        view = deployment.view(tx, caller.reader.schools)
        aliases = lake_store.StoredAliases(tx)
        key = deployment.home.alias_key()
        result = take(report, request, deployment.lake, view, aliases, key, date.today(), progress)
    return LoadToCommit(load_id, urn, result, base, wanted.by, wanted.upload_id)
