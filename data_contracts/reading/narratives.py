"""What must never come in: sentences that somebody wrote about a child, under whatever heading they stand.

A narrative is told by its length, its words and how much its neighbours vary; an identifier and a name have a
shape. A column of narratives waits whole and so does the row of a single one: neither is ever cut to fit.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from data_contracts.codes import CODE_SETS
from data_contracts.contract import Contract
from data_contracts.reading.body import Body
from data_contracts.reading.faults import FileRefused, file_warning, row_problem
from data_contracts.reading.headings import Heading
from data_contracts.reading.spellings import plain, spelled

LONGEST_TEXT, MOST_WORDS = 120, 12
_LONGEST_NAME, _MOST_NAMES = 80, 8
_LONGEST_IDENTIFIER, _MOST_PARTS = 64, 6
_SENTENCE = 6  # words from which a full stop ends a sentence rather than an abbreviation
_TELLING, _TENSED = 4, 9  # words from which one of those below tells a story

_ALTERNATIVES = re.compile(
    r"\b(?:he|she|him|his|her|hers|they|them|their)\b\s*(?:/|or|and)\s*(?:he|she|him|his|her|hers|they|them|their)\b",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(?:he|she|him|his|her|hers|himself|herself|mum|mummy|mother|dad|daddy|father|stepdad|stepmum|stepfather|"
    r"stepmother|grandma|grandad|nan|uncle|auntie|boyfriend|girlfriend|said|says|disclosed|discloses|alleged|claims|"
    r"claimed|stated|explained|overheard|witnessed|afterwards|yesterday|tonight|crying|"
    r"upset|scared|frightened|i'm|i've|social worker|informed me|informed us|told (?:me|us|him|her|staff))\b|"
    r"\bi (?:was|saw|am|have|had|asked|spoke|heard|noticed|feel|felt|found|did|do|told|think|went)\b",
    re.IGNORECASE,
)
_TENSE = re.compile(r"\b(?:was|were|had|has|have|been|because|then|when|after)\b", re.IGNORECASE)
_SAID = re.compile(
    r"\b(?:said|says|disclosed|discloses|alleged|claimed|stated|explained|was|were|because|then|scared|hits|hit)\b",
    re.IGNORECASE,
)
_STOP_INSIDE = re.compile(r"(?<=[a-z\d)\"'])[.!?][\"')]?\s+(?=\S)")
_STOP_AT_END = re.compile(r"(?<=[a-z]{3})[.!?][\"')]?\Z")
_ABBREVIATED = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|no|nos|vs|etc|e\.g|i\.e|incl|dept|yr|rm|bldg|tel|ext)\Z", re.I
)
_NUMBER_WORDS = frozenset({
    "incident", "inc", "number", "no", "nr", "num", "ref", "reference", "id", "event", "record", "case", "log",
    "behaviour", "pupil", "student", "row",
})  # fmt: skip
_FEW, _VARIED, _WORDY = (
    5,
    0.8,
    6,
)  # from so many cells, nearly all different and of so many words: told, not named
_NAMES = frozenset({"surname", "forename", "preferred_surname", "preferred_forename", "full_name"})
_NEVER_KEPT = frozenset({"marks", "recorded_by", "first_language", "legacy_status"})


@cache
def _vocabulary() -> frozenset[str]:
    """Every label and spelling of our own code sets: long ones of the DfE's are sentences nearly."""
    return frozenset(word for name in CODE_SETS for word in spelled(name))


def _sentences(text: str, words: int) -> bool:
    """A sentence that ends, and more than an abbreviation before the next word."""
    if words < _SENTENCE:
        return False
    inside = any(not _ABBREVIATED.search(text[: stop.start()]) for stop in _STOP_INSIDE.finditer(text))
    return inside or bool(_STOP_AT_END.search(text) and not _ABBREVIATED.search(text[:-1]))


@lru_cache(maxsize=65_536)
def is_narrative(text: str) -> bool:
    """Whether a text tells something rather than naming a type, a place or a lesson."""
    words = len(text.split())
    if words < 3 and len(text) <= LONGEST_TEXT:
        return False
    if len(text) > LONGEST_TEXT:
        return plain(text) not in _vocabulary()
    told = words >= _TELLING and bool(_STORY.search(_ALTERNATIVES.sub(" ", text)))
    told = told or (words >= _TENSED and len(_TENSE.findall(text)) > 1)
    if words > MOST_WORDS or told or _sentences(text, words):
        return plain(text) not in _vocabulary()
    return False


@lru_cache(maxsize=65_536)
def is_identifier(text: str) -> bool:
    """Whether a text has the shape of a number or reference: short, and a figure in each of its parts but one."""
    parts = text.replace("_", " ").split()
    if len(text) > _LONGEST_IDENTIFIER or len(parts) > _MOST_PARTS:
        return False
    bare = [part for part in parts if not re.search(r"\d", part)]
    return len([part for part in bare if part.strip(".:#-").casefold() not in _NUMBER_WORDS]) <= 1


@lru_cache(maxsize=65_536)
def is_name(text: str) -> bool:
    """Whether a text has the shape of a person's name."""
    words = len(text.split())
    if len(text) > _LONGEST_NAME or words > _MOST_NAMES:
        return False
    return not (words >= _TELLING and (_SAID.search(text) or _STOP_AT_END.search(text)))


def _shape(field: str, reading: str | None) -> str | None:
    """The kind of text a field may hold, None where nothing of what it reads is kept as text."""
    if field in _NEVER_KEPT:
        return None
    if field in _NAMES:
        return "name"
    return {"identifier": "identifier", "text": "text", "name": "name"}.get(str(reading))


_FITS: dict[str, Callable[[str], bool]] = {
    "identifier": is_identifier,
    "name": is_name,
    "text": lambda text: not is_narrative(text),
}


def _varied(texts: Sequence[str]) -> bool:
    """Nearly every cell another one, and each of many words: nobody names types or places so."""
    distinct = set(texts)
    if len(texts) < _FEW or len(distinct) < _VARIED * len(texts):
        return False
    unknown = [text for text in distinct if plain(text) not in _vocabulary()]
    return sum(len(text.split()) for text in unknown) >= _WORDY * len(distinct)


def tells(texts: Iterable[str], kind: str = "text") -> tuple[bool, frozenset[str]]:
    """Whether a column as a whole is narrative, and which of its texts are."""
    filled = [text.strip() for text in texts if text.strip()]
    distinct = dict.fromkeys(filled)
    fits = _FITS[kind]
    wrong = frozenset(text for text in distinct if not fits(text))
    whole = sum(1 for text in filled if text in wrong) * 2 > len(filled)
    return (whole and len(wrong) > 0) or (kind == "text" and _varied(filled)), wrong


def _judged(contract: Contract, heading: Heading) -> list[tuple[str, int, str]]:
    """(field, column, kind) of every column whose text could be kept."""
    found = []
    for name, place in heading.mapping.items():
        kind = _shape(name, contract.field(name).reading)
        about_whom = name in _NAMES or name in ("admission_number", "mis_id")
        if kind and (contract.table == "pupils" or not about_whom):
            found.append((name, place, kind))
    return found


def without_narratives(file: str, contract: Contract, heading: Heading, body: Body) -> Heading:
    """The heading without its columns of narratives; rows with a narrative cell become problems of `body`.

    FileRefused where the table can't be understood without such a column.
    """
    kept = dict(heading.mapping)
    waits = np.zeros(len(body.lines), dtype=bool)
    for name, place, kind in _judged(contract, heading):
        places, distinct = pd.factorize(body.columns[place])
        texts = [str(text).strip() for text in distinct]
        if all(_FITS[kind](text) for text in texts) and not (kind == "text" and len(texts) >= _FEW):
            continue
        whole, wrong = tells([str(text) for text in body.columns[place]], kind)
        title = heading.titles[place].strip()
        if whole and len(body.lines):
            del kept[name]
            body.problems.append(file_warning(file, "narrative_column", column=title, table=contract.table))
        elif wrong:
            bad = np.array([text in wrong for text in texts], dtype=bool)[places]
            body.problems += [
                row_problem(file, int(line), "narrative_cell", column=title) for line in body.lines[bad]
            ]
            waits |= bad
    if waits.any():
        body.columns = [column[~waits] for column in body.columns]
        body.lines = body.lines[~waits]
    if len(kept) == len(heading.mapping):
        return heading
    if not _still_understood(contract, heading, kept):
        gone = next(name for name in heading.mapping if name not in kept)
        raise FileRefused("narrative_needed", column=heading.titles[heading.mapping[gone]].strip())
    return replace(heading, mapping=kept)


def _still_understood(contract: Contract, heading: Heading, kept: dict[str, int]) -> bool:
    have = {*kept, heading.layout}
    before = {*heading.mapping, heading.layout}
    needed = [set(names) for names in contract.recognised_by if set(names) <= before]
    required = {field.name for field in contract.fields if field.required and field.reading is not None}
    return (not needed or any(names <= have for names in needed)) and not (
        required & set(heading.mapping)
    ) - set(kept)


_TOLD_UNDER = frozenset({
    "comment", "comments", "note", "notes", "narrative", "description", "details", "detail", "summary", "account",
    "internalcomment", "internalcomments", "whathappened", "incidentdescription", "incidentdetails", "statement",
    "behaviourdescription", "furtherinformation", "staffcomment", "staffcomments", "staffnotes", "actiontakendetails",
})  # fmt: skip
_SHORTEST = 12  # nothing shorter is a sentence


def columns_told(rows: Sequence[Sequence[str]]) -> frozenset[int]:
    """The columns that a heading among the first rows gives over to comments."""
    return frozenset(
        place
        for row in rows
        for place, cell in enumerate(row)
        if len(cell) < LONGEST_TEXT and plain(cell) in _TOLD_UNDER
    )


def without_sentences(row: Sequence[str], told: frozenset[int]) -> list[str]:
    """A row's cells for a copy that somebody takes away: what may be a sentence is blank, whole."""
    return [
        ""
        if (place in told and plain(cell) not in _TOLD_UNDER)
        or (len(cell) > _SHORTEST and is_narrative(cell.strip()))
        else cell
        for place, cell in enumerate(row)
    ]


def shown_heading(title: str, place: int) -> str:
    """A heading as it may be shown and stored: one that is itself a narrative is told by its letter alone."""
    return f"column {letters(place)}" if is_narrative(title) else title


def letters(place: int) -> str:
    """A column as spreadsheets call it, from 0."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found
