"""Dates and times as MIS exports write them: day first, and never guessed where they could mean two days."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ],
        start=1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:[T ,]{1,8}(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?P<f>[.,]\d{1,9})?)?"
    r"\s{0,8}(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"\s{0,8}(?P<zone>Z|[+-]\d\d:?\d\d)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,8}\.?,?\s{1,8})?"
_ISO = re.compile(
    rf"{_WEEKDAY}(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}{_ZONE}", re.IGNORECASE
)
_SLASHED = re.compile(
    rf"{_WEEKDAY}(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}|\d\d){_TIME}", re.IGNORECASE
)
_WORDED = re.compile(
    rf"{_WEEKDAY}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -/]{{0,8}}(?P<mon>[a-z]{{3,9}})"
    rf"[ -/,]{{0,8}}(?P<y>\d{{4}}|\d\d){_TIME}",
    re.IGNORECASE,
)
_WORDED_US = re.compile(rf"(?P<mon>[a-z]{{3,9}})\.? (?P<d>\d{{1,2}}),? (?P<y>\d{{4}}){_TIME}", re.IGNORECASE)
_YEAR_WORD = re.compile(rf"(?P<y>\d{{4}})-(?P<mon>[a-z]{{3,9}})-(?P<d>\d{{1,2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_OBJECT = re.compile(r'\{"date": ?"([^"]+)"')
_FORMS = (_ISO, _SLASHED, _WORDED, _WORDED_US, _YEAR_WORD, _COMPACT)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_SERIALS = range(25_569, 73_051)  # 1970 to 2099; smaller and larger numbers are not dates
_CENTURY_PIVOT = 40  # two-digit years 00-39 are 20xx, so no living pupil is misplaced


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _to_school_clock(moment: datetime, zone: str | None) -> datetime:
    """A moment with a zone as the clock on the school's wall showed it (British Summer Time by rule)."""
    if not zone:
        return moment
    if zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        moment -= sign * timedelta(hours=hours, minutes=minutes)
    summer_from = _last_sunday(moment.year, 3) + timedelta(hours=1)
    summer_to = _last_sunday(moment.year, 10) + timedelta(hours=1)
    return moment + timedelta(hours=1) if summer_from <= moment < summer_to else moment


def _year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return 2000 + number if number < _CENTURY_PIVOT else 1900 + number


def _hour(parts: dict[str, str | None]) -> int:
    hour, half = int(parts.get("h") or 0), (parts.get("half") or "").lower()[:1]
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour


def _to_second(fraction: str | None) -> int:
    """1 where a part of a second is nearer the next one: a spreadsheet's midnight may be a hair short."""
    return int(fraction is not None and fraction[1] >= "5")


def _moment(parts: dict[str, str | None]) -> datetime | None:
    month = _MONTHS.get((parts.get("mon") or "").lower()) or int(parts.get("m") or 0)
    try:
        moment = datetime(
            _year(parts["y"] or ""),
            month,
            int(parts["d"] or 0),
            _hour(parts),
            int(parts.get("mi") or 0),
            int(parts.get("s") or 0),
        )
    except ValueError:
        return None
    moment += timedelta(seconds=_to_second(parts.get("f")))
    return _to_school_clock(moment, parts.get("zone")) if 1900 <= moment.year <= 2099 else None


# what stands for 'no date' in databases and spreadsheets; any day 0 does too
_FILLER_DAYS = frozenset({(1, 1), (31, 12), (12, 31), (30, 12), (12, 30), (6, 6)})
_FILLER_YEARS = frozenset({1753, 1970, 2079, 2099, 2100, 2199, 2200, 2299, 2999, 3000})
_FILLER_TEXTS = frozenset({"0", "0.0", "00:00", "00:00:00", "2958465", "-693593"})
_LAST_FILLER, _FIRST_FAR = 1901, 9990
_ZERO_MONTHS = (0, 1)


@lru_cache(maxsize=65_536)
def is_filler(text: str) -> bool:
    """A date that means none: 01/01/1900, 31/12/9999, 00/01/1900, 0001-01-01T00:00:00, Excel's 0."""
    text = " ".join(text.split())
    if text in _FILLER_TEXTS:
        return True
    wrapped = _OBJECT.match(text)
    match = next((m for form in _FORMS if (m := form.fullmatch(wrapped[1] if wrapped else text))), None)
    if match is None:
        return False
    parts = match.groupdict()
    day, month = int(parts["d"]), _MONTHS.get((parts.get("mon") or "").lower()) or int(parts.get("m") or 0)
    year = int(parts["y"]) if len(parts["y"]) == len("1900") else None
    if day == 0 and month in _ZERO_MONTHS:
        return True
    far = year is not None and (year <= _LAST_FILLER or year >= _FIRST_FAR or year in _FILLER_YEARS)
    return far and (day, month) in _FILLER_DAYS


def read_date(text: str) -> datetime | None:
    """The moment a cell means, None when it means none; 03/04/2025 is the third of April."""
    text = " ".join(text.split())
    wrapped = _OBJECT.match(text)
    if wrapped:
        text = wrapped.group(1)
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            return _moment(match.groupdict())
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIALS:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))
    return None


def month_first(texts: list[str]) -> bool:
    """True when slashed dates only make sense as month/day/year: some have a day above 12 in second place
    and none has one in first place, or the first number never changes while the second does (days of one month
    of one year; the first of each month is left out, since terms and reviews do begin on it)."""
    found = [m for text in set(texts) if (m := _SLASHED.fullmatch(text.strip()))]
    firsts, seconds = {int(m["d"]) for m in found}, {int(m["m"]) for m in found}
    if max(firsts, default=0) > 12:
        return False
    one_month = len({(m["d"], m["y"]) for m in found}) == 1 and firsts != {1} and len(seconds) >= _SEVERAL
    return max(seconds, default=0) > 12 or one_month


_SEVERAL = 6
_HOURS, _MINUTES = 24, 60
_HAIR_SHORT = 59.5  # seconds


def read_clock(text: str) -> str | None:
    """A time of day as HH:MM, None when it is none: '9:05', '14.20', '2:20 pm', 0.375 (of a day)."""
    text = text.strip()
    match = re.fullmatch(r"(\d{1,2})[:.](\d\d)(?::(\d\d(?:\.\d+)?))?\s*([AaPp]\.?[Mm]\.?)?", text)
    if match:
        hour, minute = _hour({"h": match[1], "half": match[4]}), int(match[2])
        if hour >= _HOURS or minute >= _MINUTES:
            return None
        minute += float(match[3] or 0) >= _HAIR_SHORT
        return f"{(hour + minute // 60) % _HOURS:02d}:{minute % _MINUTES:02d}"
    if re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", text):
        return f"{text[:2]}:{text[2:]}"
    if re.fullmatch(r"0\.\d{2,}", text):
        minutes = round(float(text) * 1440)
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    moment = read_date(text)
    return moment.strftime("%H:%M") if moment else None


def is_date(text: str) -> bool:
    """A heading that is a date (serial numbers and bare years are not taken for one)."""
    return not _SERIAL.fullmatch(text.strip()) and read_date(text) is not None


def day(moment: datetime) -> date:
    return moment.date()
