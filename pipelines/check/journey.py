"""The check journey itself: collect, read, group, check, report."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from data_contracts.calendar import term as find_term
from data_contracts.contract import versions
from data_contracts.errors import Refused
from data_contracts.known_on import share_assumed
from data_contracts.problems import Problem
from data_contracts.reading.extract import Extract
from data_contracts.reading.extract import Mapping as ConfirmedMapping
from data_contracts.reading.faults import file_problem
from data_contracts.reading.read import read_set
from data_contracts.reading.sources import Given, Source, collect
from data_contracts.schools import School, read_school
from pipelines.check.practice import Recorded
from pipelines.check.report import CheckReport
from pipelines.check.sets import ExtractSet, SetChecked, check_set

Progress = Callable[[str, int, int], None]


def _silent(text: str, done: int, total: int) -> None:
    """No one is watching."""


def _school_beside(paths: Sequence[Path]) -> School | None:
    """The school described by a `school.toml` in one of the folders given or just above it."""
    for path in paths:
        folder = path if path.is_dir() else path.parent
        for candidate in (folder / "school.toml", folder.parent / "school.toml"):
            if candidate.is_file():
                try:
                    return read_school(candidate)
                except Refused:
                    return None
    return None


def _school_of_group(group: str, given: School | None) -> School | None:
    """Folders of several schools may be checked at once: each set asks for its own description."""
    return given or (_school_beside([Path(group)]) if group and Path(group).is_dir() else None)


def _read(
    sources: list[Source], mappings: Sequence[ConfirmedMapping], progress: Progress
) -> tuple[dict[str, ExtractSet], list[Problem]]:
    """Files of one folder or zip are read together; a file whose set can't be told makes one of its own."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(source.group, []).append(source)
    sets: dict[str, ExtractSet] = {}
    problems: list[Problem] = []
    done = 0

    def tell(name: str) -> None:
        nonlocal done
        progress(f"Reading {name}", done, len(sources))
        done += 1

    for group, members in groups.items():
        extracts, wrong = read_set(members, mappings, tell)
        problems += wrong
        if extracts:
            unread = [problem for extract in extracts for problem in extract.problems]
            sets[group] = ExtractSet(group, extracts, unread)
    return sets, problems


def _joined(sets: dict[str, ExtractSet]) -> list[ExtractSet]:
    """A folder is a set of its own; when some sets lack pupils that others bring, all are one set."""
    have = [found for found in sets.values() if "pupils" in found.tables()]
    if not have or len(have) == len(sets):
        return list(sets.values())
    if len(have) > 1:  # several schools or terms, and a stray folder: that one stays by itself
        return list(sets.values())
    joined = ExtractSet(have[0].name, [])
    for found in sets.values():
        joined.extracts += found.extracts
        joined.problems += found.problems
    return [joined]


def _counted(results: list[SetChecked], extracts: Iterable[Extract]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for result in results:
        for checked in result.checked:
            count = counts.setdefault(checked.table, {"rows": 0, "kept": 0, "quarantined": 0})
            count["rows"] += checked.rows
            count["kept"] += len(checked.good)
            count["quarantined"] += checked.quarantined
    for extract in extracts:
        unread = sum(1 for problem in extract.problems if problem.severity == "row")
        if unread:
            count = counts.setdefault(extract.table, {"rows": 0, "kept": 0, "quarantined": 0})
            count["rows"] += unread
            count["quarantined"] += unread
    return counts


def _good(results: list[SetChecked]) -> dict[str, pd.DataFrame]:
    frames: dict[str, list[pd.DataFrame]] = {}
    for result in results:
        for checked in result.checked:
            frames.setdefault(checked.table, []).append(checked.good)
    return {
        table: pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]
        for table, found in frames.items()
    }


def _recorded(found: ExtractSet, result: SetChecked, school: School | None) -> Recorded:
    """The practice report of one set: how its school records behaviour."""
    good = {checked.table: checked.good for checked in result.checked}
    counts = [extract.recorders for extract in found.extracts if extract.recorders is not None]
    return Recorded(
        school=school.urn
        if school
        else Path(found.name).parent.name or Path(found.name).name or "these files",
        term=result.term.id if result.term else "",
        behaviour=good.get("behaviour", pd.DataFrame(columns=["type", "local_type", "date"])),
        attendance=good.get("attendance", pd.DataFrame({"code": [], "date": pd.to_datetime([])})),
        recorders=max(counts, default=None),
    )


def check(
    paths: Sequence[Given | str] | Given | str,
    *,
    school: School | None = None,
    term: str | None = None,
    today: date | None = None,
    roll: pd.DataFrame | None = None,
    mappings: Sequence[ConfirmedMapping] = (),
    progress: Progress | None = None,
) -> CheckReport:
    """Read and check files, folders and zipped sets, on a disk or in hand. Nothing is stored.

    `roll`: pupils known from earlier loads (contract columns), for sets without a pupils extract.
    `mappings`: layouts a person of this school has confirmed. Refused only for an unknown `term`; what files
    hold never raises.
    """
    several = [paths] if isinstance(paths, str | Path | Source) else paths
    given = tuple(Path(each) if isinstance(each, str) else each for each in several)
    on_disk = tuple(each for each in given if isinstance(each, Path))
    progress = progress or _silent
    named = find_term(term) if term else None
    school = school or _school_beside(on_disk)
    sources, problems = collect(given)
    if not sources and not problems:
        problems.append(file_problem(", ".join(each.name for each in given) or "upload", "nothing_to_read"))
    sets, unreadable = _read(sources, mappings, progress)
    results, recorded = [], []
    groups = _joined(sets)
    for done, found in enumerate(groups):
        progress(f"Checking {Path(found.name).name or 'the files'}", done, len(groups))
        own = _school_of_group(found.name, school)
        results.append(check_set(found, school=own, term=named, today=today or date.today(), roll=roll))
        recorded.append(_recorded(found, results[-1], own))
    progress("Checked", len(groups), len(groups))
    problems += unreadable
    for result in results:
        problems += result.problems + [p for checked in result.checked for p in checked.problems]
    extracts = [extract for found in groups for extract in found.extracts]
    good = _good(results)
    return CheckReport(
        extracts=extracts,
        good=good,
        problems=problems,
        counts=_counted(results, extracts),
        contracts={table: version for table, version in versions().items() if table in good},
        paths=on_disk,
        terms=tuple(sorted({result.term.id for result in results if result.term})),
        known_on=share_assumed(good),
        recorded=tuple(recorded),
    )
