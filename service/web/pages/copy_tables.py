"""A copy of a pupil's data as tables that a family can read: what is nested stands under what it belongs to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.events import sentence
from service.web.frames import ROLE_WORDS, term_words
from service.web.messages import N_, _
from service.web.pages.request_words import SECTION_WORDS, WRITTEN_WORDS
from service.web.pages.upload_words import ROLE_CELLS
from service.web.pages.who_saw_words import EVENT_WORDS, TERM
from service.web.rendering import day, moment

WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d\S*)?")
HEAD_WORDS = {
    **WRITTEN_WORDS,
    "id": N_("Entry"),
    "upn": "UPN",
    "dob": N_("Date of birth"),
    "nc_year": N_("Year group"),
    "sen": "SEN",
    "sen_provision": N_("SEN provision"),
    "fsm": N_("Free school meals"),
    "eal": N_("English as an additional language"),
    "at": N_("When"),
}
"""Heads whose names of a field are no words."""
SAID_ELSEWHERE = frozenset({"pupil_id", "evidence"})
"""The pupil heads the page, and what is behind a reason stands among the dated events already."""
MOST_IN_CELL = 8
"""Longer lists of figures get a table of their own."""


@dataclass(frozen=True)
class Table:
    """Rows under their heads, and what is the `same` in all of them; without heads, a row's first cell heads it."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    same: tuple[tuple[str, str], ...] = ()


def sections(body: Mapping[str, Any]) -> tuple[tuple[str, tuple[Table, ...]], ...]:
    """(words, tables) of every section of a copy but the one about it."""
    in_words = {"who_looked": _looked, "timeline": _happened}
    told = {
        name: [in_words[name](row) for row in value] if name in in_words else value
        for name, value in body.items()
    }
    return tuple(
        (_(words), tuple(_tables((), told[name])))
        for name, words in SECTION_WORDS.items()
        if name in told and name != "about"
    )


def _looked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Who looked, in the words of the log's own page."""
    words = {"what": EVENT_WORDS.get(row["what"]), "role": ROLE_WORDS.get(row["role"])}
    return {**row, **{name: _(text) for name, text in words.items() if text}}


def _happened(row: Mapping[str, Any]) -> dict[str, Any]:
    """A dated event as a pupil's card says it, and what is known of it."""
    return {"date": row["date"], "what": sentence(row["text_key"], row["detail"]), **row, "text_key": None}


def _tables(path: tuple[str, ...], value: Any) -> Iterator[Table]:
    """A table of what fits a cell, then those of what does not; `path` says what it belongs to."""
    rows = [value] if isinstance(value, Mapping) else [row for row in value if isinstance(row, Mapping)]
    names = dict.fromkeys(name for row in rows for name, one in row.items() if _fits(one))
    columns = {name: [_text(row.get(name)) for row in rows] for name in names if name not in SAID_ELSEWHERE}
    columns = {name: texts for name, texts in columns.items() if any(texts)}
    title = ": ".join(path)
    if isinstance(value, Mapping) and columns:
        yield Table(title, (), tuple((_head(name), one[0]) for name, one in columns.items()))
    elif columns:
        same = {name for name, texts in columns.items() if len(rows) > 1 and len(set(texts)) == 1}
        shown = [name for name in columns if name not in same]
        yield Table(
            title,
            tuple(_head(name) for name in shown),
            tuple(zip(*(columns[name] for name in shown), strict=True)),
            tuple((_head(name), columns[name][0]) for name in columns if name in same),
        )
    for row in rows:
        named = tuple(str(row[name]) for name in ("term",) if row.get(name))
        for name, one in row.items():
            if one and not _fits(one) and name not in SAID_ELSEWHERE:
                yield from _tables((*path, *named, _head(name)), one)


def _fits(value: Any) -> bool:
    """Whether a value can stand in one cell."""
    if isinstance(value, Mapping):
        return len(value) <= MOST_IN_CELL and all(
            _fits(one) and not isinstance(one, Mapping) for one in value.values()
        )
    return not isinstance(value, list) or not any(isinstance(one, Mapping | list) for one in value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_head(name).lower()}: {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if value is None or isinstance(value, bool):
        return "" if value is None else _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{round(value, 4):g}"
    text = str(value)
    if TERM.fullmatch(text):
        return term_words(text)
    if not WRITTEN_DAY.fullmatch(text):
        return ROLE_CELLS.get(text, text)
    return moment(text, zone=True) if "T" in text else day(text)


def _head(name: str) -> str:
    words = _(HEAD_WORDS[name]) if name in HEAD_WORDS else name.replace("_", " ")
    return words[:1].upper() + words[1:]
