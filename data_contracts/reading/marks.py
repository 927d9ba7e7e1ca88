"""The one reader of an attendance mark, for every layout: a code alone, with its meaning, minutes or a time."""

import re
from functools import lru_cache

from data_contracts.codes import code_set
from data_contracts.folding import as_latin, seen
from data_contracts.reading.spellings import read_code

# strokes and dashes as a word processor or another alphabet writes them
_STROKES = str.maketrans(
    dict.fromkeys("\u2215\u2044\u2571\u29f8", "/")
    | dict.fromkeys("\u2216\u2572\u29f5", "\\")
    | dict.fromkeys("\u2012\u2013\u2014\u2212", "-")
)
_LATE = re.compile(
    r"(?:(?P<code>[LU])|late)\s*+[-–—:@,]?\s*+"
    r"(?:\(\s*+)?(?:at\s++)?(?:\d{1,2}[:.]\d\d(?::\d\d)?|\d{1,3}(?:\s*+(?:m|mins?|minutes?))?)\.?(?:\s++late)?(?:\s*+\))?",
    re.IGNORECASE,
)
_SUB_CODE = re.compile(r"([A-Z])0[1-9]")  # I01, X02: a school's or the DfE's own division of a national code
_FORMS = (
    re.compile(r"(\S{1,2})\s*[-–—:=]\s*\D.*"),  # I - Illness
    re.compile(r"(\S{1,2})\s*\(\D.*\)"),  # I (Illness)
    re.compile(r".*\D\((\S{1,2})\)"),  # Illness (I)
    re.compile(r"\D{3,}[-–—:]\s*(\S{1,2})"),  # Illness - I
    re.compile(r"(\S{1,2})\s+[A-Za-z].{3,}"),  # I Illness
)


def is_mark(text: str) -> bool:
    """One mark that Belong knows."""
    return read_mark(text) in code_set("attendance")


@lru_cache(maxsize=65_536)
def read_mark(text: str) -> str:
    """A mark as its code; a mark nobody knows as it stands, in capitals without spaces."""
    text = as_latin(seen(text).translate(_STROKES).strip())
    codes = code_set("attendance")
    mark = "".join(text.split()).upper()
    if mark in codes or len(mark) <= 2:
        return mark
    divided = _SUB_CODE.fullmatch(mark)
    if divided and divided[1] in codes:
        return divided[1]
    for form in _FORMS:
        match = form.fullmatch(text)
        if match and match[1].upper() in codes:
            return match[1].upper()
    late = _LATE.fullmatch(text)
    if late:
        return (late["code"] or "L").upper()
    return (read_code("attendance", text) if re.search(r"[A-Za-z]{3}", text) else None) or mark
