"""A school's term into the lake: check, find who is who, merge, and say what changed. Commits nothing."""

from collections.abc import Callable, Mapping, Sequence
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
    """The load that is asked for: files, school, term, by whom, and whether a person approved it despite a
    hold.

    `keep_others`: the files are only a part, so what they don't name stays as it is.
    """

    load_id: str
    school: School
    paths: Sequence[Path]
    term: str | None = None
    by: str = ""
    approved: bool = False
    keep_others: bool = False


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
    preferred_surname: str | None = None
    preferred_forename: str | None = None


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The changes a load would make; the caller commits them in one transaction.

    `files` are the new live files (each takes the place of its table × school × term), `counts` the lineage
    per table: rows read, kept, quarantined, how many of the kept became known on an assumed day, and how many
    rows of the lake they opened (new) and closed (gone). `events` are those of the load's term for the tables
    that changed, `other_terms` those of the terms before it that its rows fell in.
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
    other_terms: Mapping[str, tuple[TimelineEvent, ...]] = field(default_factory=dict)
    keep_others: bool = False
