"""Layouts and words that are a school's own: proposed from the sealed files, confirmed once, kept, used again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data_contracts.codes import code_set
from data_contracts.contract import all_contracts, load_contract
from data_contracts.errors import Refused
from data_contracts.reading import mapping as layouts
from data_contracts.reading.cells import open_grids
from data_contracts.reading.extract import Mapping as Confirmed
from data_contracts.reading.grid import Grid
from data_contracts.reading.spellings import plain, read_code
from service.audit import Event
from service.callers import Caller
from service.db import mapping_store
from service.db.base import new_id, now
from service.db.engine import Transaction
from service.db.school_rows import MappingRow, UploadRow
from service.permissions import NotAllowed, NotFound, can, check
from service.reads.uploads import own_upload, problems_of
from service.uploads import vault
from service.uploads.receiving import queue_again

UNKNOWN_LAYOUT = "no_header"
LOCAL = {
    "local_type": "behaviour_types"
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


def confirmed(tx: Transaction, school: str) -> tuple[Confirmed, ...]:
    """What the school has confirmed so far, for whoever reads its files."""
    return tuple(layouts.from_dict(row.body) for row in mapping_store.mappings(tx, school))


def mappings_of(caller: Caller, tx: Transaction, school: str) -> list[MappingRow]:
    """A school's mappings, newest first."""
    check(caller.reader, "mappings.read", school)
    return mapping_store.mappings(tx, school)


def proposals(
    caller: Caller, upload_id: str, *, file: str | None = None, table: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> list[Proposed]:  # fmt: skip
    """What each file that isn't understood might be; `file` alone with another `table` or `fields` if given.

    Raises NotFound outside the reader's schools, NotAllowed for whoever may not confirm, Refused once the
    raw files are deleted or where `file` isn't one of the upload's.
    """
    with caller.writing() as tx:
        upload = _mine(caller, tx, upload_id)
        layout = {problem.file for problem in problems_of(caller, tx, upload_id, limit=100_000)
                  if problem.rule == UNKNOWN_LAYOUT}  # fmt: skip
        values = can(caller.reader, "uploads.values", upload.school)
        known = confirmed(tx, upload.school)
        if values:
            caller.record(
                tx, Event.UPLOAD_VALUES_READ, school=upload.school, subject=upload.id, kind="samples"
            )
    told = {str(each["file"]): each for each in upload.extracts}
    found = []
    for grid in _grids(caller, upload):
        if file not in (None, grid.file):
            continue
        if grid.file in layout or (file is not None and grid.file not in told):
            made = layouts.propose(grid, table)
            chosen = _usable(made, fields) if fields is not None else made.guess
            found.append(_proposed(grid, replace(made, guess=chosen), False, values, known))
        elif grid.file in told and told[grid.file]["layout"] not in WIDE:
            found.append(_of_known(grid, told[grid.file], values, known))
    wanted = [each for each in found if file is not None or not each.known or each.words]
    if file is not None and not wanted:
        raise Refused("This upload holds no such file, or one whose layout needs no words.")
    return wanted


def confirm(
    caller: Caller, upload_id: str, file: str, table: str, fields: Mapping[str, str],
    own_words: Mapping[str, Mapping[str, str]] | None = None,
) -> str:  # fmt: skip
    """Keep what a person said about a file's layout and let the upload go on with it; returns the mapping's id.

    Raises as `proposals`, and Refused where the columns aren't enough or a word is given a code there isn't.
    """
    with caller.reading() as tx:
        upload = _mine(caller, tx, upload_id)
        earlier = {
            row.body["table"]: row.body["own_words"] for row in mapping_store.mappings(tx, upload.school)
        }
    words = _checked_words(own_words or {})
    for name, kept in earlier.get(table, {}).items():
        words[name] = {**kept, **words.get(name, {})}
    grid = next((each for each in _grids(caller, upload) if each.file == file), None)
    if grid is None:
        raise Refused("This upload holds no such file.")
    if table not in {contract.table for contract in all_contracts()}:
        raise Refused("There is no such table.", hint="Choose one of those named.")
    mapping = layouts.confirm(layouts.propose(grid, table), dict(fields), words)
    with caller.writing() as tx:
        row = own_upload(caller, tx, upload_id)
        kept_row = MappingRow(
            id=new_id("m"), school=row.school, table=table, body=layouts.as_dict(mapping),
            confirmed_by=caller.reader.account_id, confirmed_at=now(),
        )  # fmt: skip
        mapping_store.add(tx, kept_row)
        caller.record(
            tx, Event.MAPPING_CONFIRMED, school=row.school, subject=kept_row.id, upload=row.id, table=table
        )
        queue_again(tx, row, caller.reader.account_id, f"{row.id}:{kept_row.id}")
        return kept_row.id


def keep(caller: Caller, school: str, mappings: Sequence[Confirmed]) -> list[str]:
    """Keep mappings made outside an upload (from a file on the command line); returns their ids."""
    check(caller.reader, "mappings.confirm", school)
    ids = []
    with caller.writing() as tx:
        for mapping in mappings:
            _checked_words(mapping.own_words)
            row = MappingRow(
                id=new_id("m"), school=school, table=mapping.table, body=layouts.as_dict(mapping),
                confirmed_by=caller.reader.account_id, confirmed_at=now(),
            )  # fmt: skip
            mapping_store.add(tx, row)
            caller.record(tx, Event.MAPPING_CONFIRMED, school=school, subject=row.id, table=mapping.table)
            ids.append(row.id)
    return ids


def remove(caller: Caller, mapping_id: str) -> str:
    """Forget a mapping; what was loaded with it stays. Returns its school."""
    with caller.writing() as tx:
        row = mapping_store.mapping(tx, mapping_id, caller.reader.schools)
        if row is None:
            raise NotFound("There is no such mapping among yours.")
        check(caller.reader, "mappings.confirm", row.school)
        tx.delete(row)
        caller.record(tx, Event.MAPPING_REMOVED, school=row.school, subject=row.id, table=row.table)
        return row.school


def _mine(caller: Caller, tx: Transaction, upload_id: str) -> UploadRow:
    """An upload whose files this reader may open: the one who sent them, or who may see the school's cells."""
    upload = own_upload(caller, tx, upload_id)
    check(caller.reader, "mappings.confirm", upload.school)
    if upload.by != caller.reader.account_id and not can(caller.reader, "uploads.values", upload.school):
        raise NotAllowed("Only the person who sent these files can say what they are.")
    if upload.raw_deleted_at is not None or not upload.files:
        raise Refused("The files of this upload have been deleted.", hint="Upload them again.")
    return upload


def _grids(caller: Caller, upload: UploadRow) -> list[Grid]:
    return open_grids(vault.opened(caller.deployment.home, upload.files))


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
    own = {name: dict(said) for each in kept if each.table == proposal.table
           for name, said in each.own_words.items()}  # fmt: skip
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
        unknown = [text for text in dict.fromkeys(cells.get(heading, []))
                   if text and len(text) <= LONGEST and read_code(codes, text, own.get(codes)) is None]  # fmt: skip
        if unknown:
            seen.add(codes)
            labels = tuple((code.code, code.label) for code in code_set(codes).codes.values())
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
    return tuple(text[:LONGEST] for text in dict.fromkeys(texts) if text)[:MOST_SAMPLES]


def _checked_words(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Own words by their plain spelling; Refused for a code set or code there isn't. Blank: not said."""
    checked: dict[str, dict[str, str]] = {}
    for name, said in given.items():
        known = code_set(name)
        said = {plain(word): code for word, code in said.items() if code}
        if any(code not in known for code in said.values()):
            raise Refused(f"A word was given a code that is not in {name.replace('_', ' ')}.")
        checked[name] = said
    return checked
