"""A pupil's timeline as it stood when something was published, and what has become of its records since.

A load that tells anything new of a term writes the school's whole timeline of the term; the newest one that was
not undone by then is what stood.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from pipelines.events import merged
from pipelines.explanation.records import Incident, Mark, Records, SenRow, Suspension, records_of
from pipelines.indicators import days
from service.core.audit import Told
from service.records.lake_rows import LakeFileRow, LoadRow
from service.records.pupil_rows import TimelineRow

Since = Literal["corrected since", "undone since", "erased since"]
Record = Mark | Incident | Suspension | SenRow
Loads = Mapping[str, LoadRow]


class Published(Protocol):
    """What is asked of a publication here: the moment it was made."""

    @property
    def at(self) -> datetime:
        """When it was made."""
        ...


TIMELINES = select(TimelineRow.term, TimelineRow.school, TimelineRow.events).where(
    TimelineRow.pupil_id == bindparam("pupil_id"),
    TimelineRow.school.in_(bindparam("schools", expanding=True)),
    TimelineRow.retired_by.is_(None),
)
EXTRACTS = select(LakeFileRow.school, LakeFileRow.term).where(
    LakeFileRow.school.in_(bindparam("schools", expanding=True)),
    LakeFileRow.table == "sen",
    LakeFileRow.retired_by.is_(None),
)
"""The terms for which schools gave an extract of SEN: each stands until the next."""


def timeline(read: Told, pupil_id: str, schools: Collection[str]) -> list[dict[str, Any]]:
    """A pupil's dated records at these schools, as `pipelines.events.merged` puts the terms' files together."""
    rows = list(read.tx.execute(TIMELINES, {"pupil_id": pupil_id, "schools": list(schools)}))
    files = [(row.term, row.events) for row in rows]
    extracts: defaultdict[str, list[str]] = defaultdict(list)
    for row in read.tx.execute(EXTRACTS, {"schools": sorted({row.school for row in rows})}) if rows else ():
        extracts[row.school].append(row.term)
    return merged(files, extracts)


def moved_since(tx: Session, schools: Collection[str], at: datetime) -> bool:
    """Whether a load of these schools was made or undone after a moment: if not, what stood then stands now."""
    query = select(LoadRow.id).where(
        LoadRow.school.in_(schools), or_(LoadRow.at > at, LoadRow.undone_at > at)
    )
    return tx.scalars(query.limit(1)).first() is not None


def timelines_of(
    read: Told, pupils: Collection[str], schools: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """As `timeline`, of some pupils at once."""
    query = select(TimelineRow.pupil_id, TimelineRow.term, TimelineRow.school, TimelineRow.events).where(
        TimelineRow.pupil_id.in_(pupils), TimelineRow.school.in_(schools), TimelineRow.retired_by.is_(None)
    )
    files: defaultdict[str, list[tuple[str, list[dict[str, Any]]]]] = defaultdict(list)
    named = set()
    for row in read.tx.execute(query):
        files[row.pupil_id].append((row.term, row.events))
        named.add(row.school)
    extracts: defaultdict[str, list[str]] = defaultdict(list)
    for row in read.tx.execute(EXTRACTS, {"schools": sorted(named)}) if named else ():
        extracts[row.school].append(row.term)
    return {pupil: merged(told, extracts) for pupil, told in files.items()}


def timeline_at(
    read: Told, pupil_id: str, schools: Collection[str], publication: Published
) -> list[dict[str, Any]]:
    """A pupil's events at these schools as they stood when a publication was made, as `timeline` gives them."""
    rows = _stood(read.tx, pupil_id, schools, publication.at)
    files = [(row.term, row.events) for row in rows]
    named = {row.school for row in rows}
    return merged(files, _extracts(read.tx, named, publication.at))


def since(
    read: Told, pupil_id: str, schools: Collection[str], publication: Published, then: Records
) -> dict[str, Since]:
    """By record id, what became of the records a publication was made of and that no longer stand as they did.

    `then` are the pupil's records at the publication, or as they were written down. Where the pupil has no
    timeline of a record's term any more, it was erased with all its versions; where its load was undone, it is
    not the school's word any more; any other that is missing or says something else was corrected.
    """
    tx = read.tx
    stood = _stood(tx, pupil_id, schools, publication.at)
    held = _by_id(records_of(timeline(read, pupil_id, schools), then.as_of, then.term, school=then.school))
    undone, kept = _undone(tx, stood, then), _kept(tx, pupil_id, schools)
    found: dict[str, Since] = {}
    for name, record in _by_id(then).items():
        if held.get(name) == record:
            continue
        if (record.school, _term(record)) not in kept:
            found[name] = "erased since"
        else:
            found[name] = "undone since" if name in undone and name not in held else "corrected since"
    return found


def _by_id(records: Records) -> dict[str, Record]:
    every: list[Record] = [*records.incidents, *records.suspensions, *records.sen, *(records.marks or ())]
    return {one.id: one for one in every}


def _term(record: Record) -> str:
    return record.term if isinstance(record, Mark | SenRow) else days.term_at(record.on)


def _kept(tx: Session, pupil_id: str, schools: Collection[str]) -> set[tuple[str, str]]:
    """The schools and terms of which any version of the pupil's timeline is kept."""
    query = select(TimelineRow.school, TimelineRow.term).where(
        TimelineRow.pupil_id == pupil_id, TimelineRow.school.in_(schools)
    )
    return {(row.school, row.term) for row in tx.execute(query)}


def _undone(tx: Session, stood: Sequence[TimelineRow], then: Records) -> set[str]:
    """The ids of records that came with loads that were undone since."""
    loads = _loads(tx, {row.school for row in stood})
    files = [(row.term, row.events) for row in stood if loads[row.load_id].undone_at is not None]
    return set(_by_id(records_of(merged(files, {}), then.as_of, then.term)))


def _stood(tx: Session, pupil_id: str, schools: Collection[str], at: datetime) -> list[TimelineRow]:
    """The pupil's timelines that stood at a moment, one for each school and term."""
    query = select(TimelineRow).where(TimelineRow.pupil_id == pupil_id, TimelineRow.school.in_(schools))
    rows = list(tx.scalars(query))
    loads = _loads(tx, {row.school for row in rows})
    writers = _writers(tx, {(row.school, row.term) for row in rows})
    stood = {place: _standing(names, loads, at) for place, names in writers.items()}
    return [row for row in rows if row.load_id == stood.get((row.school, row.term))]


def _loads(tx: Session, schools: Collection[str]) -> dict[str, LoadRow]:
    query = select(LoadRow).where(LoadRow.school.in_(schools))
    return {row.id: row for row in tx.scalars(query)} if schools else {}


def _writers(tx: Session, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """The loads that wrote the timelines of these schools and terms, also where they left no row of the pupil."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    query = (
        select(TimelineRow.school, TimelineRow.term, TimelineRow.load_id, TimelineRow.retired_by)
        .where(
            TimelineRow.school.in_({school for school, _ in places}),
            TimelineRow.term.in_({term for _, term in places}),
        )
        .distinct()
    )
    for row in tx.execute(query) if places else ():
        found[row.school, row.term] |= {name for name in (row.load_id, row.retired_by) if name}
    return found


def _standing(names: Collection[str], loads: Loads, at: datetime) -> str | None:
    """Of the loads that wrote something, the newest that was there and not undone at a moment."""
    there = [loads[name] for name in names if name in loads and _there(loads[name], at)]
    newest = max(there, key=lambda load: load.at, default=None)
    return newest.id if newest is not None else None


def _there(load: LoadRow, at: datetime) -> bool:
    return load.at <= at and (load.undone_at is None or load.undone_at > at)


def _extracts(tx: Session, schools: Collection[str], at: datetime) -> dict[str, list[str]]:
    """The terms for which schools had given a SEN extract by a moment."""
    query = select(LakeFileRow.school, LakeFileRow.term, LakeFileRow.load_id).where(
        LakeFileRow.school.in_(schools), LakeFileRow.table == "sen"
    )
    loads, found = _loads(tx, schools), defaultdict[str, list[str]](list)
    for row in tx.execute(query) if schools else ():
        if row.load_id in loads and _there(loads[row.load_id], at) and row.term not in found[row.school]:
            found[row.school].append(row.term)
    return found
