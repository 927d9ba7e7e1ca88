"""Facts about a school's setting: written anew with every load, read by term."""

from collections.abc import Collection, Iterable
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from service.core.audit import Told
from service.setting.facts import Fact
from service.setting.setting_rows import SettingChangeRow, SettingFactRow


def replace_facts(told: Told, school: str, term: str, facts: Iterable[Fact]) -> None:
    """Put a term's facts in the place of those before."""
    told.tx.execute(
        delete(SettingFactRow).where(SettingFactRow.school == school, SettingFactRow.term == term)
    )
    rows = [{**asdict(fact), "school": school, "term": term} for fact in facts]
    if rows:
        told.tx.execute(insert(SettingFactRow), rows)


def facts(tx: Session, school: str, term: str) -> list[SettingFactRow]:
    """A school's facts in one term."""
    query = select(SettingFactRow).where(SettingFactRow.school == school, SettingFactRow.term == term)
    return list(tx.scalars(query))


def facts_beside(
    tx: Session,
    school: str,
    terms: Collection[str],
    others: Collection[str],
    term: str,
    by_week: Collection[str] = (),
) -> list[SettingFactRow]:
    """A school's facts in some terms, its weeks in others, and the whole of each other school in one term."""
    weekly = SettingFactRow.term.in_(by_week) & (SettingFactRow.grouping == "week")
    own = SettingFactRow.school.in_([school]) & (SettingFactRow.term.in_(terms) | weekly)
    beside = (
        SettingFactRow.school.in_(others) & (SettingFactRow.term == term) & (SettingFactRow.grouping == "all")
    )
    return list(tx.scalars(select(SettingFactRow).where(own | beside)))


def whole_schools(tx: Session, schools: Collection[str], terms: Collection[str]) -> list[SettingFactRow]:
    """The facts about whole schools in some terms."""
    query = select(SettingFactRow).where(
        SettingFactRow.school.in_(schools),
        SettingFactRow.term.in_(terms),
        SettingFactRow.grouping.in_(("all", "practice")),
    )
    return list(tx.scalars(query))


def changes(tx: Session, school: str) -> list[SettingChangeRow]:
    """What a school changed, newest first."""
    query = (
        select(SettingChangeRow)
        .where(SettingChangeRow.school == school)
        .order_by(SettingChangeRow.changed_on.desc(), SettingChangeRow.id)
    )
    return list(tx.scalars(query))


def change(tx: Session, school: str, change_id: str) -> SettingChangeRow | None:
    """One change of a school."""
    query = select(SettingChangeRow).where(
        SettingChangeRow.school == school, SettingChangeRow.id == change_id
    )
    return tx.scalars(query).first()
