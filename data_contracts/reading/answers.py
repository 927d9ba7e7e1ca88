"""What a school answers about its own types of incident: a file with a line for each type and what it is."""

import csv
import io
from collections.abc import Mapping as Words
from functools import cache
from pathlib import Path

from data_contracts.codes import code_set
from data_contracts.downloads import safe_csv
from data_contracts.errors import Refused
from data_contracts.reading.conduct import LEFT_OUT
from data_contracts.reading.extract import Mapping
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.narratives import is_narrative
from data_contracts.reading.spellings import plain
from data_contracts.reading.text import decode

CODE_SET = "behaviour_types"
COLUMNS = ("type", "rows", "answer")
MOST, LONGEST = 2_000, 120
LEFT_OUT_LABEL = "No behaviour: leave these rows out"
_BEGIN = "Begin one with: belong types list --answers FILE"


@cache
def choices() -> dict[str, str]:
    """code → label of all that a type may be answered as."""
    codes = code_set(CODE_SET).codes.values()
    return {**{code.code: code.label for code in codes}, LEFT_OUT: LEFT_OUT_LABEL}


@cache
def _by_word() -> dict[str, str]:
    labels = {plain(label): code for code, label in choices().items()}
    return (
        labels | {plain(code): code for code in choices()} | {"leaveout": LEFT_OUT, "nobehaviour": LEFT_OUT}
    )


def answer_of(text: str) -> str | None:
    """The code an answer means, by code or label; None for anything else."""
    return _by_word().get(plain(text))


def asked_csv(waiting: Words[str, int]) -> str:
    """The types that wait as a file to be filled in; a further column says what an answer may be."""
    may_be = [f"{code} = {label}" for code, label in choices().items()]
    lines = [[word, str(rows), ""] for word, rows in waiting.items()]
    height = max(len(lines), len(may_be))
    told = [["", "", ""]] * (height - len(lines))
    return safe_csv([
        [*COLUMNS, "an answer may be"],
        *([*line, may] for line, may in zip([*lines, *told], [*may_be, *[""] * (height - len(may_be))], strict=True)),
    ])  # fmt: skip


def read_answers(data: bytes, name: str) -> dict[str, str]:
    """type → code of a file of answers; blank answers are left for another time.

    Refused, with all lines that are wrong, for anything else: nothing of such a file is kept.
    """
    try:
        text, _ = decode(data)
    except FileRefused as refused:
        raise Refused(f"{name} could not be read as text.", hint="Save it as CSV UTF-8.") from refused
    divider = max(",;\t", key=(text.splitlines() or [""])[0].count)
    rows = list(csv.reader(io.StringIO(text), delimiter=divider))
    heads = [plain(cell) for cell in rows[0]] if rows else []
    if not {"type", "answer"} <= set(heads):
        raise Refused(f"{name} has no columns named type and answer.", hint=_BEGIN)
    types, answers = heads.index("type"), heads.index("answer")
    found: dict[str, str] = {}
    wrong: list[str] = []
    for line, row in enumerate(rows[1:], start=2):
        word, said = (row[place].strip() if place < len(row) else "" for place in (types, answers))
        if not said:
            continue
        code = answer_of(said)
        word = word.removeprefix("'")
        is_type = len(plain(word)) > 0 and len(word) <= LONGEST and not is_narrative(word)
        if code is None or not is_type or found.setdefault(word, code) != code:
            wrong.append(str(line))
    if wrong:
        raise Refused(
            f"{name}: the answer on line{'s' if len(wrong) > 1 else ''} {', '.join(wrong[:10])} is not one that Belong "
            "knows, or answers one type in two ways.",
            hint=f"An answer is one of: {', '.join(choices())}.",
        )
    if len(found) > MOST:
        raise Refused(f"{name} answers more than {MOST:,} types.", hint="Is it the right file?")
    return found


def as_mapping(answers: Words[str, str]) -> Mapping:
    """Answers as a mapping that is about every layout."""
    return Mapping("behaviour", {}, {CODE_SET: {plain(word): code for word, code in answers.items()}})


def read_file(path: Path) -> Mapping:
    """The answers of a file on disk."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise Refused(f"{path} can't be opened.", hint=_BEGIN) from problem
    return as_mapping(read_answers(data, path.name))
