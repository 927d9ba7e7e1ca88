"""What is made of sealed files in a process of its own: proposals, a layout said yes to, marked copies."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data_contracts.codes import code_set
from data_contracts.contract import all_contracts, load_contract
from data_contracts.downloads import problems_csv
from data_contracts.errors import BelongError, Refused
from data_contracts.marked import marked_workbook
from data_contracts.problems import Problem
from data_contracts.reading import mapping as layouts
from data_contracts.reading.answers import CODE_SET, LEFT_OUT_LABEL
from data_contracts.reading.cells import open_grids
from data_contracts.reading.conduct import LEFT_OUT
from data_contracts.reading.extract import Mapping as Confirmed
from data_contracts.reading.grid import Grid
from data_contracts.reading.narratives import is_narrative, tells
from data_contracts.reading.sources import Source
from data_contracts.reading.spellings import read_code
from service.core.homes import Home
from service.uploads import vault

LOCAL = {
    "local_type": "behaviour_types",
    "praise_type": "behaviour_types",
}  # columns read as they stand, and the code set their words belong to
MOST_WORDS, MOST_SAMPLES, LONGEST = 60, 3, 60
WIDE = ("week_columns", "day_columns", "session_columns", "code_columns", "category_columns")


@dataclass(frozen=True, slots=True)
class Words:
    """A code set, the school's words for it that Belong doesn't know, and the codes they may mean."""

    code_set: str
    field: str
    unknown: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a file might be. `known`: its layout is understood and only some words are not; `samples`: a few
    cells under each heading, for readers who may see cells."""

    proposal: layouts.Proposal
    known: bool
    samples: Mapping[str, tuple[str, ...]]
    words: tuple[Words, ...]
    tables: tuple[str, ...]


def proposed_of(told: dict[str, Any]) -> Proposed:
    """A `Proposed` as it was told by the other process."""
    said = told["proposal"]
    tuples = {name: tuple(said[name]) for name in ("headings", "missing", "fields", "evidence")}
    return Proposed(
        layouts.Proposal(said["file"], said["table"], guess=said["guess"], **tuples),
        told["known"],
        {heading: tuple(texts) for heading, texts in told["samples"].items()},
        tuple(
            Words(
                one["code_set"], one["field"], tuple(one["unknown"]), tuple((c, w) for c, w in one["codes"])
            )
            for one in told["words"]
        ),
        tuple(told["tables"]),
    )


def propose(files: Sequence[Source], given: dict[str, Any]) -> bytes:
    """What each file that isn't understood might be."""
    told, file, table, fields = given["told"], given["file"], given["table"], given["fields"]
    known, values = [layouts.from_dict(each) for each in given["known"]], given["values"]
    found = []
    for grid in open_grids(files):
        if file not in (None, grid.file):
            continue
        if grid.file in given["layout"] or (file is not None and grid.file not in told):
            made = layouts.propose(grid, table)
            chosen = _usable(made, fields) if fields is not None else made.guess
            found.append(_proposed(grid, replace(made, guess=chosen), False, values, known))
        elif grid.file in told and told[grid.file]["layout"] not in WIDE:
            found.append(_of_known(grid, told[grid.file], values, known))
    return json.dumps([asdict(each) for each in found]).encode()


def confirm(files: Sequence[Source], given: dict[str, Any]) -> bytes:
    """The layout a person said yes to."""
    grid = next((each for each in open_grids(files) if each.file == given["file"]), None)
    if grid is None:
        raise Refused("This upload holds no such file.")
    made = layouts.propose(grid, given["table"])
    return json.dumps(layouts.as_dict(layouts.confirm(made, given["fields"], given["words"]))).encode()


def as_csv(files: Sequence[Source], given: dict[str, Any]) -> bytes:
    """The problems with their cells."""
    return ("\ufeff" + problems_csv([Problem(**each) for each in given["problems"]], files)).encode()


def as_workbook(files: Sequence[Source], given: dict[str, Any]) -> bytes:
    """The files with something to correct, those cells highlighted in place."""
    problems = [Problem(**each) for each in given["problems"]]
    data, sheets = marked_workbook(problems, files, given["beside"])
    if not sheets:
        raise Refused(
            "None of these problems can be highlighted in a workbook.",
            hint="Download the list as CSV and correct the rows in your school's system.",
        )
    return data


WORKS: dict[str, Callable[[Sequence[Source], dict[str, Any]], bytes]] = {
    "propose": propose,
    "confirm": confirm,
    "csv": as_csv,
    "workbook": as_workbook,
}


def _usable(made: layouts.Proposal, fields: Mapping[str, str]) -> dict[str, str]:
    return {name: heading for name, heading in fields.items()
            if name in made.fields and heading in made.headings}  # fmt: skip


def _of_known(grid: Grid, told: Mapping[str, Any], values: bool, known: Sequence[Confirmed]) -> Proposed:
    """A file whose layout is understood: its columns as they were read, for the words alone."""
    made = layouts.propose(grid, told["table"])
    return _proposed(grid, replace(made, guess=_usable(made, told["mapping"])), True, values, known)


def _proposed(
    grid: Grid, proposal: layouts.Proposal, known: bool, values: bool, kept: Sequence[Confirmed]
) -> Proposed:
    contract = load_contract(proposal.table)
    missing = min((tuple(f for f in needed if f not in proposal.guess) for needed in contract.recognised_by),
                  key=len)  # fmt: skip
    cells = _cells(grid, proposal.headings)
    samples = {heading: _few(texts) for heading, texts in cells.items()} if values else {}
    own = layouts.with_answers(None, proposal.table, kept).own_words
    words = tuple(_words(proposal, cells, own))
    tables = tuple(each.table for each in all_contracts())
    return Proposed(replace(proposal, missing=missing), known, samples, words, tables)


def _words(
    proposal: layouts.Proposal, cells: Mapping[str, list[str]], own: Mapping[str, dict[str, str]]
) -> Iterator[Words]:
    contract = load_contract(proposal.table)
    seen: set[str] = set()
    for name, heading in proposal.guess.items():
        codes = LOCAL.get(name) or contract.field(name).code_set
        if not codes or codes in seen:
            continue
        distinct = dict.fromkeys(cells.get(heading, []))
        texts = [text for text in distinct if text and len(text) <= LONGEST and not is_narrative(text)]
        unknown = [text for text in texts if read_code(codes, text, own.get(codes)) is None]
        if unknown:
            seen.add(codes)
            labels = tuple((code.code, code.label) for code in code_set(codes).codes.values())
            labels += ((LEFT_OUT, LEFT_OUT_LABEL),) if codes == CODE_SET else ()
            yield Words(codes, name, tuple(unknown[:MOST_WORDS]), labels)


def _cells(grid: Grid, headings: Sequence[str]) -> dict[str, list[str]]:
    """The cells below each heading."""
    wanted = list(headings)
    start = next(
        (n for n, row in enumerate(grid.rows) if [cell.strip() for cell in row if cell.strip()] == wanted),
        None,
    )
    if start is None:
        return {}
    places = {cell.strip(): place for place, cell in enumerate(grid.rows[start]) if cell.strip()}
    below = grid.rows[start + 1 :]
    return {heading: [row[place].strip() for row in below if place < len(row)]
            for heading, place in places.items()}  # fmt: skip


def _few(texts: Sequence[str]) -> tuple[str, ...]:
    """A few cells as examples; none of a column of sentences, and none that is one."""
    if tells(texts)[0]:
        return ()
    return tuple(
        text for text in dict.fromkeys(texts) if 0 < len(text) <= LONGEST and not is_narrative(text)
    )[:MOST_SAMPLES]


def answer(asked: Mapping[str, Any]) -> bytes:
    """What was asked, of files that are opened in memory alone: a line that says how it went, then what was made."""
    head, body = {}, b""
    try:
        files = vault.opened(Home(Path(asked["home"])), asked["files"])
        body = WORKS[asked["work"]](files, asked["given"])
    except BelongError as refused:
        head = {"refused": [refused.message, refused.hint]}
    return json.dumps(head).encode() + b"\n" + body


def main() -> None:
    """Answer what was asked on standard input."""
    sys.stdout.buffer.write(answer(json.loads(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
