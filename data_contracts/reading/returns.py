"""A School Census return, from XML or from COLLECT's tables, into extracts.

Both carry the same facts: pupils on and off roll, SEN, suspensions, sessions counted per code. A return says
nothing of days, so counts get the return's period and SEN statuses the census day.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from data_contracts.reading.canonical import read_table, samples
from data_contracts.reading.dates import is_filler, read_date
from data_contracts.reading.extract import Extract
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading

_SEASONS = {"aut": "autumn", "spr": "spring", "sum": "summer"}
_NAMED = re.compile(
    r"(?<!\d)(20\d\d)[ _-]{0,4}(aut|spr|sum)|(aut|spr|sum)[a-z]{0,8}[ _-]{0,4}(20\d\d)(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Entry:
    """One element or row of the return: where it stands, whose it is, what it says (canonical field → text)."""

    file: str
    line: int
    values: dict[str, str]


@dataclass
class Return:
    """All entries of one return by table; `titles` the return's own name of each field, for messages."""

    mis: str
    season: str | None = None
    year: int | None = None
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    only: dict[str, list[str]] = field(default_factory=dict)  # notes that are about one table alone

    def add(self, table: str, entry: Entry) -> None:
        self.entries.setdefault(table, []).append(entry)


def named_season(text: str) -> tuple[int, str] | None:
    """(2025, 'spring') out of a file name such as 2025_spring_pupilonroll.csv."""
    match = _NAMED.search(text)
    if not match:
        return None
    year, season = (match[1], match[2]) if match[1] else (match[4], match[3])
    return int(year), _SEASONS[season.lower()]


def _nth_thursday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 7 * (nth - 1))


def census_day(year: int, season: str) -> date:
    """First Thursday in October, third Thursday in January and in May."""
    month, nth = {"autumn": (10, 1), "spring": (1, 3), "summer": (5, 3)}[season]
    return _nth_thursday(year, month, nth)


def return_after(day: date) -> tuple[int, str]:
    """The first return whose census day is not before `day`."""
    days = [
        (census_day(y, s), y, s) for y in (day.year, day.year + 1) for s in ("spring", "summer", "autumn")
    ]
    _, year, season = min(found for found in days if found[0] >= day)
    return year, season


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian rule (Butcher's form)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, rest = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, rest + 1)


def _spring_holiday(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def attendance_period(year: int, season: str, second_half: bool) -> tuple[date, date]:
    """Which days the counts of a return speak of: always the term before it."""
    if season == "spring":
        return date(year - 1, 8, 1), date(year - 1, 12, 31)
    if season == "summer":
        return date(year, 1, 1), easter(year)
    if second_half:
        return _spring_holiday(year), date(year, 7, 31)
    return easter(year) + timedelta(days=1), _spring_holiday(year) - timedelta(days=1)


def _latest_event(found: Return) -> date | None:
    texts = [
        entry.values.get(name, "")
        for table, name in (
            ("suspensions", "start_date"),
            ("pupils", "entry_date"),
            ("pupils", "leaving_date"),
        )
        for entry in found.entries.get(table, [])
    ]
    dates = [moment.date() for text in set(texts) if not is_filler(text) and (moment := read_date(text))]
    return max(dates, default=None)


def _settle_season(found: Return) -> None:
    if found.year and found.season:
        return
    latest = _latest_event(found)
    if latest is None:
        found.notes.append("It is not clear which term's return this is, so counts have no period.")
        return
    found.year, found.season = return_after(latest)
    found.notes.append(f"Nothing names the return; by its latest date it is {found.season} {found.year}.")


def _with_period(found: Return) -> None:
    """Counts get their period, SEN entries the census day, where the return is known."""
    if not found.year or not found.season:
        return
    day = census_day(found.year, found.season).isoformat()
    for entry in found.entries.get("sen", []):
        entry.values.setdefault("start_date", day)
    for entry in found.entries.get("attendance_summary", []):
        second = entry.values.pop("second_half", "") == "yes"
        start, end = attendance_period(found.year, found.season, second)
        entry.values.update(period_start=start.isoformat(), period_end=end.isoformat())
    found.notes.append(f"Return: {found.season} {found.year}, census day {day}.")
    if "sen" in found.entries:
        found.only["sen"] = ["A return gives no start of a SEN status; the census day is taken."]


def _leavers_year(found: Return) -> None:
    """Leavers carry no year group in some returns: worked out from the date of birth."""
    if not found.year:
        return
    start = found.year if found.season == "autumn" else found.year - 1
    worked_out = 0
    for entry in found.entries.get("pupils", []):
        born = read_date(entry.values.get("dob", ""))
        if not entry.values.get("nc_year") and entry.values.get("leaving_date") and born:
            age = start - born.year - ((born.month, born.day) > (8, 31))
            if 0 <= age - 4 <= 14:
                entry.values["nc_year"] = "R" if age == 4 else str(age - 4)
                worked_out += 1
    if worked_out:
        note = f"The year group of {worked_out} leavers was worked out from the date of birth."
        found.only.setdefault("pupils", []).append(note)


def _grid(file: str, entries: Sequence[Entry]) -> tuple[Grid, list[str]]:
    names = sorted({name for entry in entries for name in entry.values})
    rows = [names, *[[entry.values.get(name, "") for name in names] for entry in entries]]
    return Grid(file, rows, [1, *[entry.line for entry in entries]], "return"), names


def _extract(found: Return, table: str, file: str, entries: Sequence[Entry]) -> Extract:
    grid, names = _grid(file, entries)
    mapping = {name: place for place, name in enumerate(names)}
    heading = Heading(table, 0, 1, mapping, "long", (), tuple(names), found.mis, 0.0)
    extract = read_table(grid, heading)
    if table == "attendance_summary":
        extract.frame["_of_return"] = True  # its period follows from the return; the file says none
    extract.mapping = {name: found.titles.get(name, name) for name in names}
    if found.year and found.season:
        extract.return_term = f"{found.year}-{found.season}"
    about = [f"School Census return, {table.replace('_', ' ')}.", *found.notes, *found.only.get(table, [])]
    said = [
        _as_in_return(name, found, sample) for name, sample in samples(table, names, extract.frame).items()
    ]
    extract.evidence = [*about, *said]
    extract.not_read, extract.schools = found.unread, found.schools
    if found.unread:
        extract.evidence.append(f"Not read at all: {', '.join(found.unread)}.")
    return extract


_WORKED_OUT = {
    "mis_id": "each pupil is known by their place in the return",
    "period_start": "period_start follows from which return it is",
    "period_end": "period_end follows from which return it is",
    "fsm": "fsm is yes where a period of free school meals is open on census day",
}


def _as_in_return(name: str, found: Return, sample: str) -> str:
    title = found.titles.get(name)
    worked_out = _WORKED_OUT.get(name)
    return (
        f"{worked_out[0].upper()}{worked_out[1:]}.{sample}"
        if worked_out
        else f"'{title or name}' is read as {name}.{sample}"
    )


def extracts(found: Return) -> list[Extract]:
    """An extract for each table and file of the return."""
    _settle_season(found)
    _leavers_year(found)
    _with_period(found)
    made = []
    for table, entries in found.entries.items():
        for file in dict.fromkeys(entry.file for entry in entries):
            made.append(_extract(found, table, file, [entry for entry in entries if entry.file == file]))
    return made


def open_fsm(periods: Sequence[tuple[str, str]], day: date | None) -> bool:
    """Whether any period of free school meals (start, end; '' open) holds on `day` (else is open)."""
    for start, end in periods:
        first = None if is_filler(start) else read_date(start)
        last = read_date(end) if end and not is_filler(end) else None
        if (
            first
            and (day is None or first.date() <= day)
            and (last is None or day is None or last.date() >= day)
        ):
            return True
    return False
