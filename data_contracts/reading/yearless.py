"""Dates over marks without a year ('Mon 8 Sep', '08/09 AM'): the year comes from the period in the title."""

import re
from datetime import datetime

from data_contracts.reading.dates import is_date, read_date
from data_contracts.reading.faults import FileRefused

_SEARCHED = 40
_LEAST = 4
_DAY = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,]*)?"
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:/(?P<m>\d{1,2})|[ -](?P<mon>[a-z]{3,9}))"
    r"(?P<rest>[\s_-]*(?:am|pm)?)",
    re.IGNORECASE,
)
_ANY_DATE = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)? [A-Za-z]{3,9},? \d{4}"
)


def period_in(rows: list[list[str]]) -> tuple[datetime, datetime] | None:
    """First and last day when the rows (of a title) name exactly two dates."""
    words = " ".join(cell for row in rows for cell in row)
    found = [date for text in _ANY_DATE.findall(words) if is_date(text) and (date := read_date(text))]
    return (found[0], found[1]) if len(found) == 2 and found[0] <= found[1] else None


def _dated(cell: str, period: tuple[datetime, datetime]) -> str | None:
    """The cell with the one year that puts it into the period; None when none does."""
    match = _DAY.fullmatch(cell.strip())
    if not match:
        return None
    for year in range(period[0].year, period[1].year + 1):
        moment = read_date(
            f"{match['d']}/{match['m']}/{year}" if match["m"] else f"{match['d']} {match['mon']} {year}"
        )
        if moment and period[0] <= moment <= period[1]:
            return f"{moment:%d/%m/%Y} {match['rest'].strip(' _-')}".strip()
    return None


def with_years(rows: list[list[str]]) -> list[list[str]]:
    """`rows` with full dates in the row of headings that has none; FileRefused when nothing tells the year."""
    for place, row in enumerate(rows[:_SEARCHED]):
        bare = [number for number, cell in enumerate(row) if len(cell) < 30 and _DAY.fullmatch(cell.strip())]
        if len(bare) < _LEAST or len(bare) * 2 < sum(1 for cell in row if cell.strip()):
            continue
        period = period_in(rows[:place])
        full = {n: _dated(row[n], period) for n in bare} if period else {}
        if not full or not all(full.values()):
            raise FileRefused("years_missing")
        changed = [full.get(number) or cell for number, cell in enumerate(row)]
        return [*rows[:place], changed, *rows[place + 1 :]]
    return rows
