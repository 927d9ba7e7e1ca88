"""The many ways in which one code is written: as code, label, both, or a MIS's own words."""

import csv
import re
from functools import cache, lru_cache
from importlib import resources

from data_contracts.codes import code_set

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_DIVIDED = re.compile(r"(?<!\s)\s+[–—-]\s+|(?<!\s)\s*:\s+")


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Small letters and digits only, so that case, dots, dashes and spaces don't matter; % becomes a word."""
    return _NOT_WORD.sub("", text.casefold().replace("%", " percent ").replace("&", " and "))


@cache
def _spellings(name: str) -> dict[str, str]:
    text = resources.files("data_contracts").joinpath("codes", "spellings.csv").read_text(encoding="utf-8")
    found = {
        plain(row["spelling"]): row["code"] for row in csv.DictReader(text.splitlines()) if row["set"] == name
    }
    for code in code_set(name).codes.values():
        found[plain(code.label)] = code.code
    for code in code_set(name).codes.values():
        found[plain(code.code)] = code.code
    return found


def spelled(name: str) -> frozenset[str]:
    """Every way in which a code of the set is known to be written, as small letters and digits."""
    return frozenset(_spellings(name))


def _successor(name: str, code: str) -> str:
    """FIXD is read as SUSP, a statement as an EHC plan: where the code's file says so."""
    entry = code_set(name).codes[code]
    return entry.extra.get("same_as") or code


def read_code(name: str, text: str, own: dict[str, str] | None = None) -> str | None:
    """The code a cell means in the code set `name`, None when it means none.

    `own` holds what a person has confirmed for this school's own words (plain spelling → code).
    """
    known = _spellings(name)
    own = own or {}
    whole = plain(text)
    if whole in own:
        return own[whole]
    if whole in known:
        return _successor(name, known[whole])
    head, dash, tail = _DIVIDED.sub("\0", text, count=1).partition("\0")
    if dash and plain(head) in known:
        code = known[plain(head)]
        same = known.get(plain(tail))
        return None if same not in (None, code) else _successor(name, code)
    bracket = re.fullmatch(r"(.*)\(([A-Za-z0-9]+)\)\s*", text)
    if bracket and plain(bracket[2]) in known:
        return _successor(name, known[plain(bracket[2])])
    return None
