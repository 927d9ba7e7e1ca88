"""A school's term into the lake: check, find who is who, merge, and say what changed. Commits nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from data_contracts.problems import Problem
from data_contracts.schools import School
from pipelines.events import TimelineEvent
from pipelines.identity import Alias
from pipelines.lake import LakeFile

Status = Literal["loaded", "held", "refused", "unchanged"]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What is to be loaded, for which school and term, by whom, and whether a person said yes to a hold."""

    load_id: str
    school: School
    paths: Sequence[Path]
    term: str | None = None
    by: str = ""
    approved: bool = False


@dataclass(frozen=True, slots=True)
class RollEntry:
    """One pupil on one school's roll in one term: the only place where a pupil_id meets a name."""

    pupil_id: str
    school: str
    upn: str | None
    admission_number: str | None
    mis_id: str | None
    surname: str | None
    forename: str | None
    dob: date | None
    sex: str | None
    nc_year: str | None
    registration_group: str | None
    entry_date: date | None
    leaving_date: date | None
    enrol_status: str | None
    term: str


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load would change; the caller commits it in one transaction.

    `files` are the new live files (each takes the place of its table × school × term), `counts` the lineage
    per table: rows read, kept, quarantined, and of the kept ones new, changed and gone.
    """

    status: Status
    term: str | None
    files: tuple[LakeFile, ...] = ()
    roll: tuple[RollEntry, ...] = ()
    aliases: tuple[Alias, ...] = ()
    problems: tuple[Problem, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    contracts: dict[str, str] = field(default_factory=dict)
    events: tuple[TimelineEvent, ...] = ()
