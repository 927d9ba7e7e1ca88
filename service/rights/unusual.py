"""What a day's retention never does by itself, because a wrong clock or a slip in the schedule would do it.

Rows and files go in small parts, a term or a day at a time. A run that would take much at once, or that comes
long after anything else was noted, waits until a person has looked and said yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from data_contracts.errors import Held
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.engine import Transaction

SHARE, FLOOR = 0.2, 20
"""Of one table: this part, and more than so many rows or files, is much at once unless it is one term."""
QUIET_DAYS = 60
CLOCK, MUCH = "clock", "much"
CONFIRM = (
    "Look at the machine's clock and at [retention] of governance.toml. Then the data protection officer confirms "
    "it at Waiting for a person, or run: belong retention run --yes-delete"
)


class Waits(Held):
    """A run that was taken back, and waits for a person. `why` is CLOCK or MUCH, `gone` what would have gone."""

    def __init__(self, why: str, message: str, gone: Mapping[str, int]) -> None:
        super().__init__(message, hint=CONFIRM)
        self.why, self.gone = why, dict(gone)


@dataclass
class Taken:
    """What a run takes of each table: of how many, and in how many parts; a term is one part."""

    gone: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def note(self, table: str, gone: int, of: int, parts: int) -> None:
        """Count what went of a table."""
        self.gone[table], self.of[table], self.parts[table] = gone, of, parts

    def much(self) -> list[str]:
        """Tables of which more would go at once than ever should."""
        return [
            name
            for name, gone in self.gone.items()
            if gone > FLOOR and gone > SHARE * self.of[name] and self.parts[name] > 1
        ]


def check(tx: Transaction, taken: Taken, gone: Mapping[str, int], today: date) -> None:
    """Raise Waits for a run that a person should look at first; `gone` is all that it would take."""
    quiet = quiet_days(tx, today)
    if gone and quiet is not None and quiet > QUIET_DAYS:
        message = f"Nothing was noted here for {quiet} days, so the clock may be wrong; nothing was deleted."
        raise Waits(CLOCK, message, gone)
    much = taken.much()
    if much:
        name = max(much, key=lambda each: taken.gone[each] / taken.of[each])
        said = f"{taken.gone[name]} of {taken.of[name]} entries of {name}"
        raise Waits(MUCH, f"Much would go at once ({said}); nothing was deleted.", gone)


def check_agreed(gone: Mapping[str, int], agreed: Mapping[str, Any]) -> None:
    """Raise Waits where more would go than a person has seen and agreed to, but for what a few days add."""
    for name, count in gone.items():
        seen = int(agreed.get(name, 0))
        if count > seen + FLOOR:
            said = f"{count} instead of {seen} entries of {name}"
            raise Waits(MUCH, f"More would go now than was shown ({said}); nothing was deleted.", gone)


def quiet_days(tx: Transaction, today: date) -> int | None:
    """Days between `today` and the last event before yesterday; None where there is none.

    Events since retention began to wait don't count: under a wrong clock they are as wrong.
    """
    yesterday = datetime.combine(today - timedelta(days=1), time(), UTC)
    began = _began_to_wait(tx)
    last = audit_store.last_at(tx, yesterday, before=began.id if began else None)
    return None if last is None else (today - last.date()).days


def waiting(tx: Transaction) -> AuditRow | None:
    """The event that says what waits for a person; None once a run went through."""
    last = audit_store.search(tx, before=None, limit=1, event=Event.RETENTION_WAITS)
    kept = audit_store.search(tx, before=None, limit=1, event=Event.RETENTION_KEPT)
    return last[0] if last and (not kept or kept[0].id < last[0].id) else None


def _began_to_wait(tx: Transaction) -> AuditRow | None:
    kept = audit_store.search(tx, before=None, limit=1, event=Event.RETENTION_KEPT)
    return audit_store.first_after(tx, kept[0].id if kept else 0, Event.RETENTION_WAITS)
