"""Sentences beside the lake: in timelines, in what was said of uploads, in the roll. Every query names its school."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.core.audit import Recorded, no_event
from service.records import ProblemRow, RollRow, TimelineRow
from service.uploads import MappingRow, UploadRow

Judge = Callable[[str], bool]
PLACES = ("location", "lesson")
UNNAMED = "a column of sentences"
NOT_READ = "Not read at all: "


@no_event("how many there are is counted; nothing of them is shown")
def sentences_beside(tx: Session, school: str, judge: Judge) -> int:
    """How many sentences stand in timelines, problems, uploads, layouts and the roll."""
    return (
        sum(1 for _ in _in_timelines(tx, school, judge))
        + len(_columns(tx, school, judge))
        + sum(1 for row in _uploads(tx, school) if _cleaned(row.extracts, judge) != row.extracts)
        + len(_layouts(tx, school, judge))
        + len(_groups(tx, school, judge))
    )


def blank_sentences(told: Recorded, school: str, judge: Judge) -> int:
    """Take them out, each whole; returns how many there were. A layout whose headings are sentences goes."""
    tx = told.tx
    count = sentences_beside(tx, school, judge)
    for row in _timelines(tx, school):
        cleaned = [_clean_event(event, judge) for event in row.events]
        if cleaned != row.events:
            row.events = cleaned
    for column in _columns(tx, school, judge):
        own = (ProblemRow.school == school, ProblemRow.column == column)
        tx.execute(update(ProblemRow).where(*own).values(column=UNNAMED))
    for upload in _uploads(tx, school):
        cleaned = _cleaned(upload.extracts, judge)
        if cleaned != upload.extracts:
            upload.extracts = cleaned
    for layout in _layouts(tx, school, judge):
        tx.delete(layout)
    for group in _groups(tx, school, judge):
        own = (RollRow.school == school, RollRow.registration_group == group)
        tx.execute(update(RollRow).where(*own).values(registration_group=None))
    tx.flush()
    return count


def _timelines(tx: Session, school: str) -> list[TimelineRow]:
    return list(tx.scalars(select(TimelineRow).where(TimelineRow.school == school)))


def _in_timelines(tx: Session, school: str, judge: Judge) -> Iterator[str]:
    for row in _timelines(tx, school):
        for event in row.events:
            for name in PLACES:
                text = event.get("detail", {}).get(name)
                if text and judge(str(text)):
                    yield str(text)


def _clean_event(event: dict[str, Any], judge: Judge) -> dict[str, Any]:
    detail = event.get("detail", {})
    kept = {name: value for name, value in detail.items() if name not in PLACES or not judge(str(value))}
    return {**event, "detail": kept} if len(kept) != len(detail) else event


def _columns(tx: Session, school: str, judge: Judge) -> list[str]:
    query = select(ProblemRow.column).where(ProblemRow.school == school).distinct()
    return [column for column in tx.scalars(query) if column and judge(column)]


def _uploads(tx: Session, school: str) -> list[UploadRow]:
    return list(tx.scalars(select(UploadRow).where(UploadRow.school == school)))


def _cleaned(extracts: list[Any], judge: Judge) -> list[Any]:
    """What each file was taken for, its headings that are sentences unnamed."""
    found = []
    for one in extracts:
        unread = [UNNAMED if judge(heading) else heading for heading in one.get("not_read", [])]
        if unread == one.get("not_read", []):
            found.append(one)
            continue
        told = f"{NOT_READ}{', '.join(unread)}."
        evidence = [told if line.startswith(NOT_READ) else line for line in one.get("evidence", [])]
        found.append({**one, "not_read": unread, "evidence": evidence})
    return found


def _layouts(tx: Session, school: str, judge: Judge) -> list[MappingRow]:
    rows = tx.scalars(select(MappingRow).where(MappingRow.school == school))
    return [row for row in rows if any(judge(heading) for heading in row.body["headings"])]


def _groups(tx: Session, school: str, judge: Judge) -> list[str]:
    query = select(RollRow.registration_group).where(RollRow.school == school).distinct()
    return [group for group in tx.scalars(query) if group and judge(group)]
