"""Columns of text into typed columns. Every distinct text is read once, then spread over the rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.contract import Field
from data_contracts.folding import seen
from data_contracts.reading.dates import is_filler, month_first, read_clock, read_date
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.marks import read_mark
from data_contracts.reading.spellings import plain, read_code
from data_contracts.reading.text import DAMAGED

_BLANK = frozenset({"", "-", "n/a", "na", "null", "none", "nan", "#n/a", "00/00/0000", "0000-00-00"})
_BLANK_CODE = frozenset({"", "null", "n/a", "#n/a", "-"})
_TRUE = frozenset({"t", "true", "y", "yes", "1", "✓", "✔", "☑", "x", "on", "1.0"})
_FALSE = frozenset({"f", "false", "n", "no", "0", "off", "0.0", "✗", "☐"})
_YEAR = re.compile(
    r"(?:curriculum|nc|national curriculum)?(?:\s*(?:year|yr|y))?(?:\s*group)?\s*0*(\d{1,2})(?:\.0)?", re.I
)


@dataclass
class Column:
    """A typed column; `unreadable` marks cells that hold text which could not be read (value: missing);
    `fillers`: how many cells hold a date that stands for none."""

    values: pd.Series
    unreadable: np.ndarray
    fillers: int = 0


def _spread(
    texts: np.ndarray, read: Callable[[str], Any], blank: frozenset[str], kind: str
) -> tuple[pd.Series, np.ndarray]:
    """Apply `read` to each distinct text; None from `read` means the text could not be read."""
    places, distinct = pd.factorize(texts)
    found: list[Any] = []
    bad = np.zeros(len(distinct), dtype=bool)
    for position, text in enumerate(distinct):
        clear = seen(text).strip()
        if clear.casefold() in blank:
            found.append(None)
            continue
        value = read(text if read in _AS_WRITTEN else clear)
        bad[position] = value is None
        found.append(value)
    distinct_values = pd.Series(found, dtype=kind)
    return distinct_values.take(places).reset_index(drop=True), bad[places]


def _identifier(text: str) -> str:
    text = text.strip()
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


def _text(text: str) -> str:
    return text.strip()


def _name(text: str) -> str | None:
    return None if DAMAGED in text else " ".join(text.split())


def _year_code(text: str) -> str:
    text = " ".join(text.split())
    match = _YEAR.fullmatch(text)
    if match:
        return str(int(match[1])) if int(match[1]) else "R"
    word = plain(text)
    if word in ("reception", "rec", "yearr", "yr", "fs2", "receptionyear"):
        return "R"
    if word in ("nursery", "fs1", "n", "nursery2", "n2"):
        return "N2"
    if word in ("nursery1", "n1"):
        return "N1"
    return text.upper()


_UNITS = {"day": "days", "session": "sessions", "half day": "sessions", "pt": "points", "point": "points"}
_PER_DAY = 2  # sessions
_FRACTIONS = {re.compile(rf"(?<![\d.])(\d*){sign}"): ".5" for sign in ("½", " 1/2")}
_UNIT_WORD = re.compile(r"\b(?P<unit>half day|day|session|pt|point)s?\Z", re.IGNORECASE)
_UNIT_CLOSE = re.compile(r"[\d.,]+(?P<unit>half day|day|session|pt|point)s?", re.IGNORECASE)
_LONGEST_NUMBER = 60


def _number(text: str, unit: str | None = None) -> float | None:
    """A number, in the column's own `unit` ('days' or 'sessions') where the cell names another of the two.

    A percentage is no number: nothing that is read is one, and 94 % must never pass for 94 sessions.
    """
    text = text.strip().replace("\u2212", "-")
    if len(text) > _LONGEST_NUMBER:
        return None
    for fraction, decimals in _FRACTIONS.items():
        text = fraction.sub(rf"\g<1>{decimals}", text)
    said = _UNIT_WORD.search(text) or _UNIT_CLOSE.fullmatch(text)
    text, named = (
        (text[: said.start("unit")].strip(), _UNITS[said["unit"].casefold()]) if said else (text, None)
    )
    text = re.sub(
        r"^([+-]?\d+),(\d{1,2})$", r"\1.\2", text
    )  # 1,5 is one and a half; 1,500 is a thousand more
    match = re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", text, re.ASCII)
    if not match or not re.search(r"\d", text):
        return None
    number = float(text.replace(",", ""))
    if named == unit or named is None:
        return number
    if (named, unit) == ("days", "sessions"):
        return number * _PER_DAY
    return number / _PER_DAY if (named, unit) == ("sessions", "days") else None


_UNIT_OF = {"sessions": "sessions", "possible": "sessions", "length_days": "days", "points": "points"}


def _flag(text: str) -> bool | None:
    word = text.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _turned(texts: list[str]) -> bool:
    """Real dates and text in one column of a sheet, split as an American Excel splits British dates: what it
    could take for month/day became a (wrong) date, what it could not stayed text."""
    real = {t[:10] for t in texts if re.match(r"\d{4}-\d\d-\d\d(?: |T|$)", t)}
    slashed = {m[1] for t in texts if (m := re.match(r"(\d{1,2})/\d{1,2}/\d{4}", t.strip()))}
    return (
        len(real) >= _FEW
        and len(slashed) >= _FEW
        and all(int(t[8:10]) <= 12 for t in real)
        and all(int(day) > 12 for day in slashed)
    )


_FEW = 2
_SESSION_NUMBERS = ("1", "2")


def _dates(texts: np.ndarray, heading: str) -> tuple[pd.Series, np.ndarray, int]:
    distinct = [str(text) for text in pd.unique(texts)]
    fillers = [text for text in distinct if is_filler(seen(text))]
    real = [seen(text).strip() for text in distinct if text not in fillers]
    if month_first(real):
        raise FileRefused("date_order", column=heading)
    if _turned(real):
        raise FileRefused("dates_turned", column=heading)
    blank = _BLANK.union(seen(text).strip().casefold() for text in fillers)
    moments, bad = _spread(texts, read_date, blank, "datetime64[us]")
    return moments, bad, int(pd.Series(texts).isin(fillers).sum()) if fillers else 0


def _flags(texts: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    flags, bad = _spread(texts, _flag, _BLANK, "boolean")
    answers = set(flags.dropna().unique())
    if answers == {True}:  # only ticks and blanks: a blank is a no
        flags = flags.fillna(False).where(~pd.Series(bad), pd.NA)
    return flags, bad


def _none_bad(values: pd.Series) -> np.ndarray:
    return np.zeros(len(values), dtype=bool)


def _half(text: str) -> str | None:
    """The session a time of day lies in."""
    clock = read_clock(text) if ":" in text or "." in text else None
    return None if clock is None else "AM" if clock < "12:00" else "PM"


def _codes(
    texts: np.ndarray, name: str, own: dict[str, str], *, by_clock: bool = False
) -> tuple[pd.Series, np.ndarray]:
    """An unknown text stays as it stands, so that the contract's rule finds and names it. Where a column of
    sessions goes on to 3, 1 and 2 are lessons too, not morning and afternoon. `by_clock`: a time says the half."""

    def read(text: str) -> str:
        if lessons and text.strip() in _SESSION_NUMBERS:
            return text.strip()
        return read_code(name, text, own) or (_half(text) if by_clock else None) or text.strip()

    lessons = name == "sessions" and any(
        text.strip() and not read_code(name, str(text), own) for text in pd.unique(texts)
    )
    codes, _ = _spread(texts, read, _BLANK_CODE, "str")
    return codes, _none_bad(codes)


_AS_WRITTEN = (_name, _text)  # kept, so never changed
_TEXTS: dict[str, tuple[Callable[[str], Any], frozenset[str]]] = {
    "upn": (upn.normalise, frozenset({"", "-", "n/a", "null"})),
    "identifier": (_identifier, frozenset({""})),
    "name": (_name, frozenset({""})),
    "text": (_text, frozenset({""})),
    "year": (_year_code, _BLANK_CODE),
    "mark": (read_mark, frozenset({""})),
    "time": (read_clock, _BLANK),
}


def read_column(field: Field, texts: np.ndarray, heading: str, own: dict[str, str] | None = None) -> Column:
    """`texts` (object array of str) read as the contract's field says; FileRefused for month-first dates.

    Dates come as datetime64, flags as boolean, numbers as float64, all else as str; missing is NaT/NA/NaN.
    """
    reading = field.reading
    if reading in ("date", "date_of"):
        moments, bad, fillers = _dates(texts, heading)
        return Column(moments if reading == "date_of" else moments.dt.normalize(), bad, fillers)
    if reading == "flag":
        return Column(*_flags(texts))
    if reading == "number":
        unit = _UNIT_OF.get(field.name)
        return Column(*_spread(texts, lambda text: _number(text, unit), _BLANK, "float64"))
    if reading == "code":
        return Column(*_codes(texts, str(field.code_set), own or {}, by_clock=field.name == "start_session"))
    read, blank = _TEXTS[str(reading)]
    return Column(*_spread(texts, read, blank, "str"))
