"""The day that lists, dues and reviews are told for: today in the school's own time, or the day a demo is set to.

A set day moves no timestamp, no sign-in and no log: those are always of the real moment.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SCHOOLS_TIME = ZoneInfo("Europe/London")
_day: date | None = None


def today() -> date:
    """The day pages are shown for."""
    return _day or datetime.now(SCHOOLS_TIME).date()


def set_day(day: date | None) -> None:
    """Show everything as on one day (a demo, a test), or with None as it is."""
    global _day
    _day = day
