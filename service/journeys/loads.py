"""Loading folders of extracts: checks side by side, commits one after the other in term order."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from data_contracts import calendar
from data_contracts.errors import Held, Refused
from data_contracts.schools import School
from pipelines.check import CheckReport, check
from service.callers import Caller, command_caller
from service.commits import commit_load, keep_problems, same_roll
from service.deployment import Deployment
from service.governance import check_governance
from service.loading import Progress, Wanted, as_school, computed
from service.reads.schools import known_school
from service.scoring import tell

MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with one school's extracts of one term; `term` None lets the files say it."""

    school: School
    path: Path
    term: str | None


def load_folder(
    home: Path,
    folder: Path,
    school: str,
    *,
    term: str | None = None,
    by: str = "command line",
    approved: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Load one term's folder, or a school's folder with a sub-folder per term id.

    Returns {school, terms, tables: [{term, table, rows, kept, quarantined}], problems, quarantined}.
    Raises Refused where files could not be used, Held where a person should look first (`approved`).
    """
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        folders = _folders(caller, folder, school, term)
        tables, problems = _load_all(caller, folders, by=by, approved=approved, progress=progress)
    return _outcome(school, tables, problems)


def load_trust(
    home: Path, folders: Mapping[str, Path], *, by: str, progress: Progress | None = None
) -> dict[str, Any]:
    """Load several schools' folders at once, every term of each: {schools: {urn: outcome}, quarantined}."""
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        wanted = [part for urn, path in folders.items() for part in _folders(caller, path, urn, None)]
        wanted.sort(key=lambda part: (_begins(part.term), part.school.urn))
        tables, problems = _load_all(caller, wanted, by=by, approved=False, progress=progress)
    outcomes = {urn: _outcome(urn, [t for t in tables if t["school"] == urn], problems) for urn in folders}
    return {"schools": outcomes, "quarantined": sum(each["quarantined"] for each in outcomes.values())}


def _begins(term: str | None) -> str:
    return calendar.term(term).start.isoformat() if term else ""


def _folders(caller: Caller, folder: Path, urn: str, term: str | None) -> list[Folder]:
    """The term folders below a folder, earliest first, or the folder itself."""
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder.", hint="Name the folder that holds the extracts.")
    with caller.reading() as tx:
        row = known_school(tx, urn)
    check_governance(caller.deployment.home, urn, synthetic=row.synthetic)
    known = {each.id for each in calendar.TERMS}
    terms = sorted((path for path in folder.iterdir() if path.name in known), key=lambda p: _begins(p.name))
    if not terms:
        own = folder.name if folder.name in known else None
        return [Folder(as_school(row), folder, term or own)]
    return [Folder(as_school(row), path, path.name) for path in terms if term in (None, path.name)]


def _checked(folders: Sequence[Folder]) -> Iterator[CheckReport]:
    """The check of each folder, in order; several at a time where there is more than one."""
    jobs = min(os.cpu_count() or 1, len(folders))
    if jobs == 1:
        yield from (check([each.path], school=each.school, term=each.term) for each in folders)
        return
    tasks = (delayed(check)([each.path], school=each.school, term=each.term) for each in folders)
    yield from Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs")(tasks)


def _load_all(
    caller: Caller, folders: Sequence[Folder], *, by: str, approved: bool, progress: Progress | None
) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    tables: list[dict[str, Any]] = []
    problems: dict[str, list[dict[str, Any]]] = {}
    for number, (folder, report) in enumerate(zip(folders, _checked(folders), strict=True)):
        tell(
            progress, f"Loading {folder.school.name}, {folder.term or folder.path.name}", number, len(folders)
        )
        load = _load_one(caller, folder, report, by=by, approved=approved)
        tables += load
        found = [problem.as_dict() for problem in (*report.refused, *report.problems)]
        problems.setdefault(folder.school.urn, []).extend(found)
    tell(progress, "Loaded", len(folders), len(folders))
    return tables, problems


def _load_one(
    caller: Caller, folder: Folder, report: CheckReport, *, by: str, approved: bool
) -> list[dict[str, Any]]:
    """Compute and commit one folder's load; computed again when another load was faster."""
    wanted = Wanted(folder.school, [folder.path], folder.term, by, approved)
    for attempt in range(MOST_TRIES):
        load = computed(caller, wanted, report)
        result = load.result
        if result.status == "refused":
            said = "; ".join(f"{problem.file}: {problem.message}" for problem in result.problems[:3])
            raise Refused(f"{folder.path} could not be used. {said}", hint="See: belong check FOLDER")
        if result.status == "held":
            raise Held(
                f"{folder.path} waits for a person: {' '.join(result.held)}",
                hint="If that is right, load it with --approve.",
            )
        try:
            with caller.writing() as tx:
                if result.status == "unchanged" and same_roll(tx, load):
                    return []
                commit_load(tx, caller, load)
                keep_problems(tx, load.school, result.problems, load_id=load.load_id)
        except Held:
            if attempt == MOST_TRIES - 1:
                raise
            continue
        break
    return [
        {
            "school": load.school,
            "term": result.term,
            "table": table,
            "rows": numbers.get("rows", 0),
            "kept": numbers.get("kept", 0),
            "quarantined": numbers.get("quarantined", 0),
        }
        for table, numbers in result.counts.items()
    ]


def _outcome(
    school: str, tables: list[dict[str, Any]], problems: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    return {
        "school": school,
        "terms": sorted({row["term"] for row in tables}, key=_begins),
        "tables": tables,
        "problems": problems.get(school, []),
        "quarantined": sum(row["quarantined"] for row in tables),
    }
