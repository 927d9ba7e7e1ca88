"""Facts about a school's setting: written anew with every load, read by term."""

from collections.abc import Collection, Iterable
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from service.db.setting_rows import SettingFactRow
from service.setting.facts import Fact


def replace_facts(tx: Session, school: str, term: str, facts: Iterable[Fact]) -> None:
    """Put a term's facts in the place of those before."""
    tx.execute(delete(SettingFactRow).where(SettingFactRow.school == school, SettingFactRow.term == term))
    rows = [{**asdict(fact), "school": school, "term": term} for fact in facts]
    if rows:
        tx.execute(insert(SettingFactRow), rows)


def facts(tx: Session, schools: Collection[str], terms: Collection[str]) -> list[SettingFactRow]:
    """The facts of these schools in these terms."""
    query = select(SettingFactRow).where(SettingFactRow.school.in_(schools), SettingFactRow.term.in_(terms))
    return list(tx.scalars(query))
