"""The manifest of the lake, the aliases, the roll and the timelines: what one load commits."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from pipelines.identity import Alias
from pipelines.lake import Lake, LakeFile, LakeView
from service.core.audit import Recorded, Told, no_event
from service.core.base import now
from service.records.lake_rows import LakeFileRow, LoadRow, ProblemRow
from service.records.pupil_rows import AliasRow, RollRow, TimelineRow

CHUNK = 500
VERSIONED = (LakeFileRow, RollRow, TimelineRow)


class StoredAliases:
    """The roll's aliases, read through an open transaction."""

    def __init__(self, tx: Session) -> None:
        self._tx = tx

    @no_event("pseudonyms by keyed hash, for a load that is told")
    def find(self, hashes: Collection[str]) -> dict[str, str]:
        """The pupil_id of every hash that is known."""
        found: dict[str, str] = {}
        for part in _chunks(list(hashes)):
            query = select(AliasRow.hash, AliasRow.pupil_id).where(
                AliasRow.hash.in_(part)
            )  # scope: by keyed hash
            found.update({row.hash: row.pupil_id for row in self._tx.execute(query)})
        return found

    @no_event("dates of birth tell two pupils of a load apart; the load is told")
    def births(self, school: str, pupil_ids: Collection[str]) -> dict[str, date]:
        """The date of birth of those of these pupils who stand on the school's roll."""
        found: dict[str, date] = {}
        for part in _chunks(sorted(pupil_ids)):
            query = select(RollRow.pupil_id, RollRow.dob).where(
                RollRow.school == school, RollRow.retired_by.is_(None), RollRow.pupil_id.in_(part)
            )
            found.update({row.pupil_id: row.dob for row in self._tx.execute(query) if row.dob is not None})
        return found


def _chunks(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def live_rows(tx: Session, schools: Collection[str]) -> list[LakeFileRow]:
    """The live lake files of these schools."""
    query = (
        select(LakeFileRow)
        .where(LakeFileRow.school.in_(schools), LakeFileRow.retired_by.is_(None))
        .order_by(LakeFileRow.id)
    )
    return list(tx.scalars(query))


def tables_held(tx: Session, school: str) -> frozenset[tuple[str, str]]:
    """The (table, term) that a school's live lake files hold: what is not among them was never loaded."""
    query = select(LakeFileRow.table, LakeFileRow.term).where(
        LakeFileRow.school == school, LakeFileRow.retired_by.is_(None)
    )
    return frozenset((row.table, row.term) for row in tx.execute(query))


def as_lake_file(row: LakeFileRow) -> LakeFile:
    """The lake's own word for a row of the manifest."""
    return LakeFile(
        row.table, row.school, row.term, row.path, row.sha256, row.rows, row.load_id, row.first_loaded
    )


def live_ids(tx: Session, school: str) -> frozenset[int]:
    """Which manifest rows of a school are live."""
    query = select(LakeFileRow.id).where(LakeFileRow.school == school, LakeFileRow.retired_by.is_(None))
    return frozenset(tx.scalars(query))


def feeds(tx: Session, school: str, term: str) -> set[str]:
    """The tables that stand for a school and term: what was never loaded is not among them."""
    query = select(LakeFileRow.table).where(
        LakeFileRow.school == school, LakeFileRow.term == term, LakeFileRow.retired_by.is_(None)
    )
    return set(tx.scalars(query))


def standing(tx: Session, school: str) -> frozenset[int | str]:
    """What a school's records are made of: its live files and the loads that stand. Another load changes it."""
    return live_ids(tx, school) | loads_standing(tx, school)


def loads_standing(tx: Session, school: str) -> frozenset[str]:
    """The loads of a school that nobody has undone. Erasing a pupil leaves them as they are."""
    query = select(LoadRow.id).where(LoadRow.school == school, LoadRow.undone_at.is_(None))
    return frozenset(tx.scalars(query))


def load(tx: Session, load_id: str, schools: Collection[str]) -> LoadRow | None:
    """One load, if it is at one of these schools."""
    return tx.scalars(select(LoadRow).where(LoadRow.id == load_id, LoadRow.school.in_(schools))).first()


def loads(tx: Session, school: str) -> list[LoadRow]:
    """A school's loads, newest first."""
    return list(tx.scalars(select(LoadRow).where(LoadRow.school == school).order_by(LoadRow.at.desc())))


def newer_load(tx: Session, row: LoadRow) -> LoadRow | None:
    """A load that came after and still stands: of the same term, or one that replaced something of this one."""
    later = (LoadRow.school == row.school, LoadRow.at > row.at, LoadRow.undone_at.is_(None))
    replaced = select(LakeFileRow.retired_by).where(
        LakeFileRow.school == row.school, LakeFileRow.load_id == row.id, LakeFileRow.retired_by.is_not(None)
    )
    query = select(LoadRow).where(*later, or_(LoadRow.term == row.term, LoadRow.id.in_(replaced)))
    return tx.scalars(query.limit(1)).first()


def terms_of(tx: Session, row: LoadRow) -> set[str]:
    """The terms a load brought files for."""
    query = select(LakeFileRow.term).where(LakeFileRow.school == row.school, LakeFileRow.load_id == row.id)
    return {row.term, *tx.scalars(query)}


def replace_files(told: Recorded, load_id: str, files: Iterable[LakeFile]) -> None:
    """Each file takes the place of the live file of its table, school and term."""
    for file in files:
        told.tx.execute(
            update(LakeFileRow)
            .where(
                LakeFileRow.table == file.table,
                LakeFileRow.school == file.school,
                LakeFileRow.term == file.term,
                LakeFileRow.retired_by.is_(None),
            )
            .values(retired_by=load_id)
        )
        told.tx.add(LakeFileRow(**{**asdict(file), "load_id": load_id}))


def replace_rows(
    told: Recorded,
    kind: type[Any],
    load_id: str,
    school: str,
    term: str,
    rows: list[dict[str, Any]],
    *,
    only: Collection[str] | None = None,
) -> None:
    """These rows take the place of the live roll or timeline rows of a school and term, or of some pupils'."""
    standing = (kind.school == school, kind.term == term, kind.retired_by.is_(None))
    for part in [None] if only is None else _chunks(sorted(only)):
        named = standing if part is None else (*standing, kind.pupil_id.in_(part))
        told.tx.execute(update(kind).where(*named).values(retired_by=load_id))
    if rows:
        told.tx.execute(insert(kind), rows)


def live_timelines(read: Told, school: str, term: str) -> list[TimelineRow]:
    """The timelines of a school and term that stand."""
    query = select(TimelineRow).where(
        TimelineRow.school == school, TimelineRow.term == term, TimelineRow.retired_by.is_(None)
    )
    return list(read.tx.scalars(query))


def add_aliases(told: Recorded, load_id: str, aliases: Iterable[Alias]) -> list[str]:
    """Add new aliases; returns hashes another load has given to another pupil in the meantime."""
    new = {alias.hash: alias for alias in aliases}
    known = StoredAliases(told.tx).find(new)
    clashes = [text for text, pupil_id in known.items() if new[text].pupil_id != pupil_id]
    rows = [{**asdict(alias), "load_id": load_id} for text, alias in new.items() if text not in known]
    if rows and not clashes:
        told.tx.execute(insert(AliasRow), rows)
    return clashes


@no_event("places and rules, no cell; the upload or load is told")
def add_problems(tx: Session, rows: list[dict[str, Any]]) -> None:
    """Keep rows that wait to be mended. Names out of files, as of a zip's members, are cut to what is kept of them."""
    if rows:
        tx.execute(
            insert(ProblemRow), [{name: _cut(name, value) for name, value in row.items()} for row in rows]
        )


def _cut(name: str, value: Any) -> Any:
    most = getattr(ProblemRow.__table__.c[name].type, "length", None)
    return value[:most] if isinstance(value, str) and most else value


@no_event("places and rules, no cell; the upload is told")
def clear_problems(tx: Session, upload_id: str, school: str) -> None:
    """Forget what an earlier attempt at the same upload had found."""
    tx.execute(delete(ProblemRow).where(ProblemRow.upload_id == upload_id, ProblemRow.school == school))


def problems(
    tx: Session,
    school: str,
    *,
    upload_id: str | None = None,
    load_id: str | None = None,
    after: int = 0,
    limit: int = 500,
) -> list[ProblemRow]:
    """Problems of one upload or load in reading order, after a row id."""
    query = select(ProblemRow).where(ProblemRow.school == school, ProblemRow.id > after)
    if upload_id is not None:
        query = query.where(ProblemRow.upload_id == upload_id)
    if load_id is not None:
        query = query.where(ProblemRow.load_id == load_id)
    return list(tx.scalars(query.order_by(ProblemRow.id).limit(limit)))


@no_event("terms, of nobody")
def roll_terms(tx: Session, school: str) -> set[str]:
    """The terms for which a school's roll is kept."""
    query = select(RollRow.term).where(RollRow.school == school, RollRow.retired_by.is_(None)).distinct()
    return set(tx.scalars(query))


def undo(told: Recorded, row: LoadRow, by: str) -> None:
    """Retire what a load brought and bring back what it had replaced."""
    for kind in VERSIONED:
        own = (kind.school == row.school, kind.load_id == row.id, kind.retired_by.is_(None))
        told.tx.execute(update(kind).where(*own).values(retired_by=f"undo-{row.id}"))
        replaced = (kind.school == row.school, kind.retired_by == row.id)
        told.tx.execute(update(kind).where(*replaced).values(retired_by=None))
    row.undone_at, row.undone_by = now(), by


def loaded_terms(tx: Session, *schools: str) -> list[str]:
    """Term ids for which any of the schools has live files, in no order."""
    query = (
        select(LakeFileRow.term)
        .where(LakeFileRow.school.in_(schools), LakeFileRow.retired_by.is_(None))
        .distinct()
    )
    return list(tx.scalars(query))


def terms_by_school(tx: Session, urns: Collection[str]) -> dict[str, list[str]]:
    """The loaded terms of several schools in one query, in no order; [] for a school without any."""
    query = (
        select(LakeFileRow.school, LakeFileRow.term)
        .where(LakeFileRow.school.in_(urns), LakeFileRow.retired_by.is_(None))
        .distinct()
    )
    found: dict[str, list[str]] = {urn: [] for urn in urns}
    for urn, term in tx.execute(query):
        found[urn].append(term)
    return found


def live_view(tx: Session, lake: Lake, schools: Collection[str]) -> LakeView:
    """The live lake files of these schools, to be read."""
    return lake.view([as_lake_file(row) for row in live_rows(tx, schools)])
