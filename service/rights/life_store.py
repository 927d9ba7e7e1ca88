"""What is kept, for how long, and all that is kept about one pupil. Every query names its schools."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, delete, func, select, update
from sqlalchemy.orm import Session

from pipelines.lake import LakeFile
from service.accounts import InvitationRow, SessionRow, TokenRow
from service.core.audit import Recorded, Told, no_event
from service.core.once_rows import IdempotencyRow
from service.records import AliasRow, DoNotScoreRow, LakeFileRow, LoadRow, ProblemRow, RollRow
from service.rights.life_rows import RequestRow, SubjectExportRow
from service.rights.tables import metadata
from service.scoring import PublicationRow, ScoreRow
from service.uploads import UploadRow

KEPT_WITHOUT_PUPIL = frozenset({"data_request"})
"""Tables that outlive an erasure with their pupil_id emptied: what was asked for and answered."""


def pupil_tables() -> list[Table]:
    """Every table that has a pupil_id, whichever room it belongs to; a new one is found by itself."""
    return [table for table in metadata.sorted_tables if "pupil_id" in table.columns]


def rows_of_pupil(read: Told, table: Table, pupil_id: str, schools: Collection[str]) -> list[dict[str, Any]]:
    """All rows of one table about a pupil at these schools ('' holds what is national)."""
    query = select(table).where(table.c.pupil_id == pupil_id, table.c.school.in_([*schools, ""]))
    return [dict(row) for row in read.tx.execute(query).mappings()]


@no_event("whether a pupil is one of the reader's own; what is then done is told")
def schools_of_pupil(tx: Session, pupil_id: str, schools: Collection[str]) -> set[str]:
    """At which of these schools a pupil is or ever was on roll."""
    query = select(RollRow.school).distinct().where(RollRow.pupil_id == pupil_id, RollRow.school.in_(schools))
    return set(tx.scalars(query))


def scores_of_pupil(
    read: Told, pupil_id: str, schools: Collection[str]
) -> list[tuple[ScoreRow, PublicationRow]]:
    """Every score kept of a pupil beside its publication, those of replaced ones too, oldest first."""
    query = (
        select(ScoreRow, PublicationRow)
        .join(PublicationRow, PublicationRow.id == ScoreRow.publication_id)
        .where(ScoreRow.pupil_id == pupil_id, ScoreRow.school.in_(schools))
        .order_by(PublicationRow.at, ScoreRow.id)
    )
    return [(row[0], row[1]) for row in read.tx.execute(query)]


def erase_pupil(told: Recorded, pupil_id: str, schools: Collection[str]) -> dict[str, int]:
    """Remove a pupil's rows from every table; returns how many by table."""
    counts: dict[str, int] = {}
    for table in pupil_tables():
        theirs: tuple[ColumnElement[bool], ...] = (
            table.c.pupil_id == pupil_id,
            table.c.school.in_([*schools, ""]),
        )
        if table.name in KEPT_WITHOUT_PUPIL:
            done = told.tx.execute(update(table).where(*theirs).values(pupil_id=None))
        else:
            done = told.tx.execute(delete(table).where(*theirs))
        counts[table.name] = int(getattr(done, "rowcount", 0))
    answers = delete(IdempotencyRow).where(cast(IdempotencyRow.body, String).contains(pupil_id))
    counts["idempotency"] = int(getattr(told.tx.execute(answers), "rowcount", 0))
    return counts


def lake_rows(tx: Session, schools: Collection[str], *, live: bool, held: bool = False) -> list[LakeFileRow]:
    """The manifest's rows of these schools: the live ones, or also those kept for undo.

    `held` keeps others from changing them until this transaction ends.
    """
    query = select(LakeFileRow).where(LakeFileRow.school.in_(schools)).order_by(LakeFileRow.id)
    query = query.where(LakeFileRow.retired_by.is_(None)) if live else query
    return list(tx.scalars(query.with_for_update() if held else query))


def replace_lake_row(told: Recorded, row: LakeFileRow, file: LakeFile) -> None:
    """Put a rewritten file in a row's place under a new id, so that a load under way sees the change."""
    told.tx.add(LakeFileRow(**{**asdict(file), "load_id": row.load_id, "retired_by": row.retired_by}))
    told.delete(row)


def lake_paths(tx: Session, schools: Collection[str]) -> set[str]:
    """Every path the manifest names, live or kept for undo."""
    return set(tx.scalars(select(LakeFileRow.path).where(LakeFileRow.school.in_(schools))))


def terms_held(tx: Session, table: Table, schools: Collection[str]) -> set[str]:
    """The terms a table has rows for."""
    return set(tx.scalars(select(table.c.term).distinct().where(table.c.school.in_(schools))))


def drop_terms(told: Recorded, table: Table, terms: Collection[str], schools: Collection[str]) -> int:
    """Delete the rows of some terms."""
    done = told.tx.execute(delete(table).where(table.c.school.in_(schools), table.c.term.in_(terms)))
    return int(getattr(done, "rowcount", 0))


def count_rows(tx: Session, table: Table, schools: Collection[str]) -> int:
    """How many rows of a table these schools have."""
    return tx.scalar(select(func.count()).select_from(table).where(table.c.school.in_(schools))) or 0


def drop_before(
    told: Recorded, table: Table, column: str, moment: datetime | date, schools: Collection[str] | None
) -> int:
    """Delete rows whose moment lies before another; None where a table belongs to no school."""
    query = delete(table).where(table.c[column] < moment)
    if schools is not None:
        query = query.where(table.c.school.in_(schools))
    return int(getattr(told.tx.execute(query), "rowcount", 0))


def drop_old_sessions(told: Recorded, before: datetime) -> int:
    """Forget sessions, invitations and tokens that were over long ago."""
    count, ended = 0, func.coalesce(TokenRow.ended_at, TokenRow.expires_at)
    over = ((SessionRow, SessionRow.seen_at), (InvitationRow, InvitationRow.expires_at), (TokenRow, ended))
    for row, column in over:
        count += int(getattr(told.tx.execute(delete(row).where(column < before)), "rowcount", 0))
    return count


def drop_problems_of_nothing(told: Recorded, schools: Collection[str]) -> int:
    """Delete what was to be mended in uploads and loads that are gone."""
    uploads = select(UploadRow.id).where(UploadRow.school.in_(schools))
    loads = select(LoadRow.id).where(LoadRow.school.in_(schools))
    gone = delete(ProblemRow).where(
        ProblemRow.school.in_(schools),
        func.coalesce(ProblemRow.upload_id, "").not_in(uploads),
        func.coalesce(ProblemRow.load_id, "").not_in(loads),
    )
    return int(getattr(told.tx.execute(gone), "rowcount", 0))


def drop_aliases_of_nobody(told: Recorded, schools: Collection[str]) -> int:
    """Delete the hashes of identifiers whose pupil no roll holds any more; `schools` must be all there are."""
    known = select(RollRow.pupil_id).where(RollRow.school.in_(schools))
    gone = delete(AliasRow).where(AliasRow.school.in_([*schools, ""]), AliasRow.pupil_id.not_in(known))
    return int(getattr(told.tx.execute(gone), "rowcount", 0))


def uploads_with_raw_files(tx: Session, schools: Collection[str]) -> list[UploadRow]:
    """Uploads whose raw files are still kept."""
    query = select(UploadRow).where(UploadRow.school.in_(schools), UploadRow.raw_deleted_at.is_(None))
    return list(tx.scalars(query))


def open_uploads(tx: Session, schools: Collection[str]) -> int:
    """How many uploads of these schools are waiting or in work."""
    query = select(UploadRow.id).where(
        UploadRow.school.in_(schools), UploadRow.status.in_(("queued", "running"))
    )
    return len(list(tx.scalars(query)))


@no_event("whether a pupil is marked; marking is told")
def open_mark(tx: Session, pupil_id: str, schools: Collection[str]) -> DoNotScoreRow | None:
    """The mark that keeps a pupil out of scoring now."""
    query = select(DoNotScoreRow).where(
        DoNotScoreRow.pupil_id == pupil_id,
        DoNotScoreRow.school.in_(schools),
        DoNotScoreRow.ended_at.is_(None),
    )
    return tx.scalars(query).first()


@no_event("pseudonyms, for the officers who set the marks")
def marks(tx: Session, schools: Collection[str]) -> list[DoNotScoreRow]:
    """All marks that stand, newest first."""
    query = select(DoNotScoreRow).where(DoNotScoreRow.school.in_(schools), DoNotScoreRow.ended_at.is_(None))
    return list(tx.scalars(query.order_by(DoNotScoreRow.at.desc(), DoNotScoreRow.id.desc())))


def blank_scores(told: Recorded, pupil_id: str, schools: Collection[str], sentence: str) -> int:
    """Take the figures of a pupil out of everything published; the row stays and says that it can't say."""
    blank = dict.fromkeys(
        ("log_odds", "base_log_odds", "probability", "similar_pupils", "similar_suspended",
         "similar_low", "similar_high", "similar_from", "similar_to", "similar_short",
         "flag_list", "values", "contributions", "account")
    )  # fmt: skip
    done = told.tx.execute(
        update(ScoreRow)
        .where(ScoreRow.pupil_id == pupil_id, ScoreRow.school.in_(schools))
        .values(**blank, flagged=False, new=False, abstained=sentence)
    )
    return int(getattr(done, "rowcount", 0))


@no_event("what was asked, by pseudonym; each request and answer is told")
def data_request(tx: Session, request_id: str, schools: Collection[str]) -> RequestRow | None:
    """One request, if it is at one of these schools."""
    query = select(RequestRow).where(RequestRow.id == request_id, RequestRow.school.in_(schools))
    return tx.scalars(query).first()


@no_event("what was asked, by pseudonym; each request and answer is told")
def data_requests(tx: Session, schools: Collection[str], *, open_only: bool) -> list[RequestRow]:
    """Requests, those due soonest first."""
    query = select(RequestRow).where(RequestRow.school.in_(schools))
    if open_only:
        query = query.where(RequestRow.closed_at.is_(None))
    return list(tx.scalars(query.order_by(RequestRow.due_on, RequestRow.id)))


@no_event("which copy there is; opening its file is told")
def export(tx: Session, export_id: str, schools: Collection[str]) -> SubjectExportRow | None:
    """One subject-access export, if it is at one of these schools."""
    query = select(SubjectExportRow).where(
        SubjectExportRow.id == export_id, SubjectExportRow.school.in_(schools)
    )
    return tx.scalars(query).first()


@no_event("which copies are over; that they go is told")
def exports_expired(tx: Session, schools: Collection[str], day: date) -> list[SubjectExportRow]:
    """Exports whose time is over."""
    query = select(SubjectExportRow).where(
        SubjectExportRow.school.in_(schools), SubjectExportRow.expires_on < day
    )
    return list(tx.scalars(query))


@no_event("which copies there are; opening one is told")
def exports_of(tx: Session, pupil_id: str, schools: Collection[str]) -> list[SubjectExportRow]:
    """All exports prepared about one pupil."""
    query = select(SubjectExportRow).where(
        SubjectExportRow.pupil_id == pupil_id, SubjectExportRow.school.in_(schools)
    )
    return list(tx.scalars(query))


@no_event("keyed hashes, for a new key; the change of key is told")
def aliases(tx: Session, schools: Collection[str]) -> list[AliasRow]:
    """Every alias of these schools and the national ones."""
    return list(tx.scalars(select(AliasRow).where(AliasRow.school.in_([*schools, ""]))))


@no_event("a pseudonym by keyed hash, for an officer who met a pupil's number")
def pupil_by_alias(tx: Session, hashed: str) -> str | None:
    """The pupil behind a keyed hash."""
    return tx.scalar(select(AliasRow.pupil_id).where(AliasRow.hash == hashed))  # scope: by keyed hash


def rehash_aliases(told: Recorded, new: dict[str, str], schools: Collection[str]) -> int:
    """Give aliases their hashes under a new key; those without one are dropped. Returns how many went."""
    known = aliases(told.tx, schools)
    kept = {
        new[row.hash]: {"hash": new[row.hash], "school": row.school, "kind": row.kind,
                        "pupil_id": row.pupil_id, "load_id": row.load_id}
        for row in known
        if row.hash in new
    }  # fmt: skip
    told.tx.execute(delete(AliasRow).where(AliasRow.school.in_([*schools, ""])))
    for row in kept.values():
        told.tx.execute(AliasRow.__table__.insert().values(**row))  # type: ignore[attr-defined]
    return len(known) - len(kept)


@no_event("numbers hashed under a new key and shown to nobody; the change of key is told")
def identifiers(tx: Session, schools: Collection[str]) -> list[tuple[str, str, str]]:
    """(school, kind, text) of every identifier that a roll entry of these schools holds."""
    columns = (RollRow.school, RollRow.upn, RollRow.admission_number, RollRow.mis_id)
    found = tx.execute(select(*columns).where(RollRow.school.in_(schools)).distinct())
    return [
        (school, kind, text)
        for school, *texts in found
        for kind, text in zip(("upn", "admission_number", "mis_id"), texts, strict=True)
        if text
    ]


def export_file(export_id: str) -> str:
    """The name of the file that an export lies in."""
    return f"{export_id}.sealed"


@no_event("names of files, of nobody")
def export_files(tx: Session, schools: Collection[str]) -> set[str]:
    """The files of every export that is kept."""
    query = select(SubjectExportRow.id).where(SubjectExportRow.school.in_(schools))
    return {export_file(export_id) for export_id in tx.scalars(query)}


def raw_file_names(tx: Session, schools: Collection[str]) -> set[str]:
    """The sealed files of every upload whose raw files are kept."""
    return {entry["stored"] for row in uploads_with_raw_files(tx, schools) for entry in row.files}
