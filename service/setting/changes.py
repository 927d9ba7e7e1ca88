"""What a school changed on a day, in a person's words: told on the weekly line, so that a bend has a question."""

from dataclasses import dataclass
from datetime import date

from data_contracts.errors import Refused
from service.core.audit import Event
from service.core.base import now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.setting import setting_store
from service.setting.setting_rows import SettingChangeRow

LONGEST = 120
FIRST_DAY = date(2015, 9, 1)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its day, what it was, who wrote it down."""

    id: str
    on: date
    words: str
    by: str


def changes_of(tx: Transaction, school: str) -> tuple[Change, ...]:
    """A school's changes, newest first."""
    return tuple(
        Change(row.id, row.changed_on, row.words, row.by_name) for row in setting_store.changes(tx, school)
    )


def add_change(caller: Caller, tx: Transaction, school: str, on: date, words: str) -> str:
    """Write down a change; Refused without words, and for a day before 2015 or after a year from now."""
    check(caller.reader, "setting.change", school)
    said = " ".join(words.split())
    if not said:
        raise Refused("Say what changed.", hint="For example: new behaviour policy.")
    if len(said) > LONGEST:
        raise Refused(f"Use at most {LONGEST} characters.", hint="A few words are enough.")
    if not FIRST_DAY <= on <= _latest():
        raise Refused(
            f"{on.day} {on:%B %Y} is not a day that can be shown.",
            hint="Give the day on which it began, at most a year from now.",
        )
    row = SettingChangeRow(
        school=school, changed_on=on, words=said, by_account=caller.reader.account_id,
        by_name=caller.reader.name or caller.reader.user,
    )  # fmt: skip
    told = caller.record(tx, Event.SETTING_CHANGED, school=school, change="added")
    told.add(row)
    told.subject = row.id
    return row.id


def remove_change(caller: Caller, tx: Transaction, school: str, change_id: str) -> None:
    """Remove a change; NotFound where the school has no such change."""
    check(caller.reader, "setting.change", school)
    row = setting_store.change(tx, school, change_id)
    if row is None:
        raise NotFound("This change is not here any more.")
    caller.record(tx, Event.SETTING_CHANGED, school=school, subject=change_id, change="removed").delete(row)


def _latest() -> date:
    today = now().date()
    return date(today.year + 1, today.month, min(today.day, 28))
