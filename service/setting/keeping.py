"""Keeping a term's facts in step with its records: called in the transaction that changes the records."""

from collections.abc import Iterable
from typing import Any

from service.core.audit import Told
from service.records import lake_store, roll_store
from service.setting import setting_store
from service.setting.facts import OnRoll, counted


def keep_setting(told: Told, school: str, term: str) -> None:
    """Count a school's term anew from its roll and timelines as they stand in this transaction."""
    events = {row.pupil_id: row.events for row in lake_store.live_timelines(told, school, term)}
    roll = on_roll(roll_store.roll_of(told, school, term))
    feeds = lake_store.feeds(told.tx, school, term)
    setting_store.replace_facts(told, school, term, counted(term, roll, events, feeds))


def on_roll(rows: Iterable[Any]) -> list[OnRoll]:
    """What counting needs of roll rows or entries."""
    return [OnRoll(row.pupil_id, row.nc_year, row.entry_date, row.leaving_date) for row in rows]
