"""Columns of text into typed columns. Every distinct text is read once, then spread over the rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.contract import Field
from data_contracts.reading.dates import month_first, read_clock, read_date
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.spellings import plain, read_code
from data_contracts.reading.text import DAMAGED

_BLANK = frozenset({"", "-", "n/a", "na", "null", "none", "nan", "#n/a", "00/00/0000", "0000-00-00"})
_BLANK_CODE = frozenset({"", "null", "n/a", "#n/a", "-"})
_TRUE = frozenset({"t", "true", "y", "yes", "1", "✓", "✔", "☑", "x", "on", "1.0"})
_FALSE = frozenset({"f", "false", "n", "no", "0", "off", "0.0", "✗", "☐"})
_YEAR = re.compile(
    r"(?:curriculum|nc|national curriculum)?\s*(?:year|yr|y)?\s*(?:group)?\s*0*(\d{1,2})(?:\.0)?", re.I
)


@dataclass
class Column:
    """A typed column; `unreadable` marks cells that hold text which could not be read (value: missing)."""

    values: pd.Series
    unreadable: np.ndarray


def _spread(
    texts: np.ndarray, read: Callable[[str], Any], blank: frozenset[str], kind: str
) -> tuple[pd.Series, np.ndarray]:
    """Apply `read` to each distinct text; None from `read` means the text could not be read."""
    places, distinct = pd.factorize(texts)
    found: list[Any] = []
    bad = np.zeros(len(distinct), dtype=bool)
    for position, text in enumerate(distinct):
        if text.strip().casefold() in blank:
            found.append(None)
            continue
        value = read(text)
        bad[position] = value is None
        found.append(value)
    distinct_values = pd.Series(found, dtype=kind)
    return distinct_values.take(places).reset_index(drop=True), bad[places]


def _identifier(text: str) -> str:
    text = text.strip()
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


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
    if word in ("nursery", "fs1", "n"):
        return "N2"
    return text.upper()


def _number(text: str) -> float | None:
    text = re.sub(r"\s*(%|days?|sessions?|pts?|points?)$", "", text.strip(), flags=re.I).replace(
        "\u2212", "-"
    )
    match = re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", text)
    if not match or not re.search(r"\d", text):
        return None
    return float(text.replace(",", ""))


def _flag(text: str) -> bool | None:
    word = text.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _mark(text: str) -> str:
    return "".join(text.split()).upper()


def _dates(texts: np.ndarray, heading: str) -> tuple[pd.Series, np.ndarray]:
    distinct = [str(text) for text in pd.unique(texts)]
    if month_first(distinct):
        raise FileRefused("date_order", column=heading)
    moments, bad = _spread(texts, read_date, _BLANK, "datetime64[us]")
    return moments, bad


def _flags(texts: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    flags, bad = _spread(texts, _flag, _BLANK, "boolean")
    answers = set(flags.dropna().unique())
    if answers == {True}:  # only ticks and blanks: a blank is a no
        flags = flags.fillna(False).where(~pd.Series(bad), pd.NA)
    return flags, bad


def _none_bad(values: pd.Series) -> np.ndarray:
    return np.zeros(len(values), dtype=bool)


def _codes(texts: np.ndarray, name: str, own: dict[str, str]) -> tuple[pd.Series, np.ndarray]:
    """An unknown text stays as it stands, so that the contract's rule finds and names it."""
    codes, _ = _spread(texts, lambda text: read_code(name, text, own) or text.strip(), _BLANK_CODE, "str")
    return codes, _none_bad(codes)


_TEXTS: dict[str, tuple[Callable[[str], Any], frozenset[str]]] = {
    "upn": (upn.normalise, frozenset({"", "-", "n/a", "null"})),
    "identifier": (_identifier, frozenset({""})),
    "name": (_name, frozenset({""})),
    "text": (lambda text: text.strip(), frozenset({""})),
    "year": (_year_code, _BLANK_CODE),
    "mark": (_mark, frozenset({""})),
    "time": (read_clock, _BLANK),
}


def read_column(field: Field, texts: np.ndarray, heading: str, own: dict[str, str] | None = None) -> Column:
    """`texts` (object array of str) read as the contract's field says; FileRefused for month-first dates.

    Dates come as datetime64, flags as boolean, numbers as float64, all else as str; missing is NaT/NA/NaN.
    """
    reading = field.reading
    if reading in ("date", "date_of"):
        moments, bad = _dates(texts, heading)
        return Column(moments if reading == "date_of" else moments.dt.normalize(), bad)
    if reading == "flag":
        return Column(*_flags(texts))
    if reading == "number":
        return Column(*_spread(texts, _number, _BLANK, "float64"))
    if reading == "code":
        return Column(*_codes(texts, str(field.code_set), own or {}))
    read, blank = _TEXTS[str(reading)]
    return Column(*_spread(texts, read, blank, "str"))
