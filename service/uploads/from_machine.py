"""Loading folders of extracts: checks side by side, commits one after the other in term order."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from joblib.externals.loky import Future, get_reusable_executor

from data_contracts import calendar
from data_contracts.errors import BelongError, Held, Refused
from data_contracts.reading.extract import Mapping as ConfirmedMapping
from data_contracts.schools import School, read_school
from pipelines.check import CheckReport, check
from service.core.callers import Caller, at_machine
from service.core.governance import check_governance
from service.core.permissions import SYSTEM_ADMINISTRATOR
from service.core.progress import tell
from service.schools import known_school
from service.uploads.commits import commit_load, keep_problems
from service.uploads.loading import Progress, Wanted, as_school, computed, known_roll
from service.uploads.mapping import confirmed
from service.uploads.types import news, note_new

MOST_TRIES = 3
AHEAD = (
    2  # checked extracts waiting for each worker, so that memory stays flat however many folders there are
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with one school's extracts of one term; `term` None lets the files say it."""

    school: School
    path: Path
    term: str | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How folders are loaded: by whom, whether a person said yes to jumps, and by which confirmed mappings."""

    by: str
    approved: bool = False
    keep_others: bool = False
    mappings: tuple[ConfirmedMapping, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of folders: lines of the tables, and by school problems, sentences and what stopped it."""

    tables: list[dict[str, Any]]
    problems: dict[str, list[dict[str, Any]]]
    said: dict[str, list[str]]
    stopped: list[BelongError]


def load_folder(
    home: Path,
    folder: Path,
    school: str,
    *,
    term: str | None = None,
    by: str = SYSTEM_ADMINISTRATOR,
    approved: bool = False,
    keep_others: bool = False,
    mappings: Sequence[ConfirmedMapping] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Load one term's folder, or a school's folder with a sub-folder per term id.

    Returns {school, terms, tables: [{term, table, rows, kept, quarantined}], problems, findings, quarantined}.
    Raises Refused where files could not be used, Held where a person should look first (`approved`); what
    was loaded of earlier terms stays loaded.
    """
    with at_machine(home) as caller:
        folders = _folders(caller, folder, school, term)
        how = Terms(by, approved or keep_others, keep_others, tuple(mappings))
        loaded = _load_all(caller, folders, how, progress)
    if loaded.stopped:
        raise loaded.stopped[0]
    return _outcome(school, loaded)


def load_trust(
    home: Path,
    folders: Mapping[str, Path],
    *,
    by: str,
    approved: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Load several schools' folders at once, every term of each: {schools: {urn: outcome}, quarantined, stopped}.

    A folder that is held or refused doesn't keep the others: `stopped` says which and why.
    """
    with at_machine(home) as caller:
        wanted = [part for urn, path in folders.items() for part in _folders(caller, path, urn, None)]
        wanted.sort(key=lambda part: (_begins(part.term), part.school.urn))
        loaded = _load_all(caller, wanted, Terms(by, approved), progress)
    outcomes = {urn: _outcome(urn, loaded) for urn in folders}
    return {
        "schools": outcomes,
        "quarantined": sum(each["quarantined"] for each in outcomes.values()),
        "stopped": [{"message": error.message, "hint": error.hint} for error in loaded.stopped],
        "exit_code": max((error.exit_code for error in loaded.stopped), default=0),
    }


def schools_below(folder: Path) -> dict[str, Path]:
    """The schools' folders in a trust's folder: named by URN, or described by a `school.toml`."""
    found: dict[str, Path] = {}
    for path in sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []:
        described = path / "school.toml"
        urn = read_school(described).urn if described.is_file() else path.name
        if len(urn) == 6 and urn.isdigit():
            found[urn] = path
    if not found:
        raise Refused(
            f"{folder} holds no school's folder.",
            hint="Name the school with --school, or name each school's folder by its URN.",
        )
    return found


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


def _check(folder: Folder, mappings: Sequence[ConfirmedMapping], roll: Any) -> CheckReport:
    """One folder's report as it travels between processes: the rows read once, as those that may be loaded."""
    report = check([folder.path], school=folder.school, term=folder.term, roll=roll, mappings=mappings)
    extracts = [replace(each, frame=each.frame.iloc[:0], problems=[]) for each in report.extracts]
    return replace(report, extracts=extracts)


def _checked(caller: Caller, folders: Sequence[Folder], how: Terms) -> Iterator[CheckReport]:
    """The check of each folder, in order; several at a time where there is more than one."""
    jobs = min(os.cpu_count() or 1, len(folders))
    if jobs == 1:
        yield from (_check(each, _mappings(caller, each, how), _roll(caller, each)) for each in folders)
        return
    workers = get_reusable_executor(max_workers=jobs)
    waiting: deque[Future] = deque()
    for folder in folders:
        mappings = _mappings(caller, folder, how)
        waiting.append(workers.submit(_check, folder, mappings, _roll(caller, folder)))
        if len(waiting) >= jobs * AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _mappings(caller: Caller, folder: Folder, how: Terms) -> tuple[ConfirmedMapping, ...]:
    """What was given with the command, then what the school has confirmed before."""
    with caller.reading() as tx:
        return (*how.mappings, *confirmed(tx, folder.school.urn))


def _roll(caller: Caller, folder: Folder) -> Any:
    with caller.reading() as tx:
        return known_roll(tx, folder.school.urn, folder.term)


def _load_all(caller: Caller, folders: Sequence[Folder], how: Terms, progress: Progress | None) -> Loaded:
    """Load folders in order. After one that stopped, the later terms of its school wait; other schools go on."""
    tables: list[dict[str, Any]] = []
    problems: dict[str, list[dict[str, Any]]] = {}
    said: dict[str, list[str]] = {}
    stopped: dict[str, BelongError] = {}
    for number, (folder, report) in enumerate(zip(folders, _checked(caller, folders, how), strict=True)):
        urn, name = folder.school.urn, f"{folder.school.name}, {folder.term or folder.path.name}"
        tell(progress, f"Loading {name}", number, len(folders))
        if urn in stopped:
            continue
        problems.setdefault(urn, []).extend(problem.as_dict() for problem in report.problems)
        _note_new(caller, folder, report)
        said.setdefault(urn, []).extend(_said(folder, report, several=len(folders) > 1))
        try:
            tables += _load_one(caller, folder, report, how)
        except (Refused, Held) as error:
            stopped[urn] = error
    tell(progress, "Loaded", len(folders), len(folders))
    return Loaded(tables, problems, said, list(stopped.values()))


def _note_new(caller: Caller, folder: Folder, report: CheckReport) -> None:
    """Which types wait for an answer, so that it can be given before the next night."""
    term = folder.term or next(iter(report.terms), None)
    with caller.reading() as tx:
        new = news(tx, folder.school.urn, term, report.new_types)
    if new:
        with caller.writing() as tx:
            note_new(tx, folder.school.urn, term, report.new_types)


def _said(folder: Folder, report: CheckReport, *, several: bool) -> list[str]:
    """What the check found, in its own sentences; of several folders each names its own."""
    place = f"{folder.school.urn} {folder.term or folder.path.name}: " if several else ""
    return [f"{place}{sentence}" for sentence in report.findings()]


def _load_one(caller: Caller, folder: Folder, report: CheckReport, how: Terms) -> list[dict[str, Any]]:
    """Compute and commit one folder's load; computed again when another load was faster."""
    wanted = Wanted(folder.school, [folder.path], folder.term, how.by, how.approved, None, how.keep_others)
    for attempt in range(MOST_TRIES):
        load = computed(caller, wanted, report)
        result = load.result
        if result.status == "refused":
            said = report.findings() or [f"{each.file}: {each.message}" for each in result.problems[:3]]
            more = f" (and {len(said) - 3} more findings)" if len(said) > 3 else ""
            raise Refused(
                f"{folder.path} could not be used. {' '.join(said[:3])}{more}",
                hint="See: belong check FOLDER",
            )
        if result.status == "held":
            raise Held(
                f"{folder.path} needs a person's approval: {' '.join(result.held)}",
                hint="If the numbers are right, load it with --approve; if it is only a part, with --keep-others.",
            )
        if not load.changes:
            return []
        try:
            with caller.writing() as tx:
                commit_load(tx, caller, load)
                keep_problems(tx, load.school, result.problems, load_id=load.load_id)
        except Held:
            if attempt == MOST_TRIES - 1:
                raise
            continue
        break
    named = ("rows", "kept", "quarantined", "assumed", "new", "gone")
    return [
        {"school": load.school, "term": result.term, "table": table}
        | {name: numbers.get(name, 0) for name in named}
        for table, numbers in result.counts.items()
    ]


def _outcome(school: str, loaded: Loaded) -> dict[str, Any]:
    tables = [row for row in loaded.tables if row["school"] == school]
    return {
        "school": school,
        "terms": sorted({row["term"] for row in tables}, key=_begins),
        "tables": tables,
        "problems": loaded.problems.get(school, []),
        "findings": loaded.said.get(school, []),
        "quarantined": sum(row["quarantined"] for row in tables),
    }
