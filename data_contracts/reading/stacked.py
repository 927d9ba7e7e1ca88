"""Headings written over one another: dates over AM and PM, and the titles of groups over their columns."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from data_contracts.reading.dates import read_date
from data_contracts.reading.spellings import plain

WEEK_CELL = re.compile(r"(mon|tue|tues|wed|thu|thur|thurs|fri)(?:day)?(am|pm|a|p)")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
_SESSIONS = {"AM": "AM", "PM": "PM", "A": "AM", "P": "PM", "MORNING": "AM", "AFTERNOON": "PM", "AM SESSION": "AM",
             "PM SESSION": "PM", "AMREG": "AM", "PMREG": "PM", "AM REG": "AM", "PM REG": "PM"}  # fmt: skip


@lru_cache(maxsize=4_096)
def _session_word(cell: str) -> str | None:
    return _SESSIONS.get(cell.strip().upper().rstrip("."))


def half_word(cell: str) -> bool:
    return _session_word(cell) is not None or WEEK_CELL.fullmatch(plain(cell)) is not None


def _day_of_week(cell: str, week: str) -> str | None:
    """'Tue PM' below the date of its week's Monday: '09/09/2025 PM'; None for any other cell or day above."""
    match, start = WEEK_CELL.fullmatch(plain(cell)), read_date(week)
    if not match or not start or start.weekday():
        return None
    day = start + timedelta(days=_WEEKDAYS.index(match[1][:3]))
    return f"{day:%d/%m/%Y} {'AM' if match[2].startswith('a') else 'PM'}"


def _padded(rows: list[list[str]]) -> list[list[str]]:
    width = max(len(row) for row in rows)
    return [row + [""] * (width - len(row)) for row in rows]


def _dated_from_the_right(rows: list[list[str]], dated: int, halves: int) -> bool:
    """Where columns were turned round, a date stands over the last of its sessions, not the first."""
    sessions = [place for place, cell in enumerate(rows[halves]) if _session_word(cell)]
    first, last = (
        next((p for p in way if read_date(rows[dated][p])), None) for way in (sessions, sessions[::-1])
    )
    return first is not None and first > sessions[0] and last == sessions[-1]


def dated_sessions(rows: list[list[str]]) -> list[str] | None:
    """One row of headings out of two or three: dates (written once for both) and AM/PM in either order, with
    the names of days between or above; None when the rows are no such thing. A serial number counts as a
    date here, since the other row says that it is one."""
    halves = next((n for n, row in enumerate(rows) if sum(1 for c in row if half_word(c)) >= 2), None)
    if halves is None or any(
        sum(1 for cell in row if cell.strip()) < 2 for row in rows[:-1] if len(rows) > 2
    ):
        return None
    dated = next((n for n, row in enumerate(rows) if n != halves and any(read_date(c) for c in row)), None)
    if dated is None:
        return None
    rows = _padded(rows)
    if _dated_from_the_right(rows, dated, halves):
        turned = dated_sessions([row[::-1] for row in rows])
        return turned[::-1] if turned else None
    joined: list[str] = []
    current, session = "", None
    for place, below in enumerate(rows[halves]):
        above = rows[dated][place].strip()
        moment = read_date(above) if above else None
        current = f"{moment:%d/%m/%Y}" if moment else "" if above else current
        said = _session_word(below)
        session = said or (session if halves < dated and moment and not below.strip() else None)
        day = None if said or halves < dated else _day_of_week(below, current)
        if day and moment and not plain(below).startswith("mon"):
            return None  # a week that begins in the middle of one: nobody can say which columns it is over
        if day or (session and current):
            joined.append(day or f"{current} {session}")
        else:
            joined.append(next((row[place].strip() for row in reversed(rows) if row[place].strip()), ""))
    return joined


def grouped_headings(upper: list[str], lower: list[str], known: Callable[[str], bool]) -> list[str] | None:
    """One row of headings out of two: the titles of groups ('Pupil', 'Legal') and the headings below them.

    A heading below stands alone where it says enough ('UPN'), and with its group's title where it stands
    there twice or says nothing by itself ('Legal' over 'Surname'). None where the lower row is not all
    headings, so that a row of data is never taken for one.
    """
    upper, lower = _padded([upper, lower])
    below = [cell.strip() for cell in lower]
    filled = [cell for cell in below if cell]
    above = [cell.strip() for cell in upper if cell.strip()]
    if len(filled) < _LEAST or len(above) < _LEAST:
        return None
    joined: list[str] = []
    group = ""
    for place, cell in enumerate(below):
        group = upper[place].strip() or group
        if not cell:
            joined.append(upper[place].strip())
            continue
        both = f"{group} {cell}"
        alone = known(cell) and filled.count(cell) == 1
        if not alone and not known(both) and not known(cell):
            return None
        joined.append(cell if alone or cell == group or not known(both) else both)
    said_above = any(known(cell) for cell in above)
    return joined if said_above or joined != below else None


_LEAST = 2
