"""Layouts and words that are a school's own: proposed from the sealed files, confirmed once, kept, used again."""

import json
from collections.abc import Mapping, Sequence

from data_contracts.codes import code_set
from data_contracts.contract import all_contracts
from data_contracts.errors import Refused
from data_contracts.reading import mapping as layouts
from data_contracts.reading.answers import CODE_SET
from data_contracts.reading.conduct import LEFT_OUT
from data_contracts.reading.extract import Mapping as Confirmed
from data_contracts.reading.spellings import plain
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotAllowed, NotFound, can, check
from service.uploads import looking, mapping_store
from service.uploads.apart import in_own_process
from service.uploads.looking import Proposed, Words
from service.uploads.receiving import queue_again
from service.uploads.status import own_upload, problems_of
from service.uploads.upload_rows import MappingRow, UploadRow

UNKNOWN_LAYOUT = "no_header"

__all__ = ["Proposed", "Words"]


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
    asked = {
        "layout": sorted(layout), "told": {str(each["file"]): each for each in upload.extracts}, "values": values,
        "known": [layouts.as_dict(each) for each in known], "file": file, "table": table,
        "fields": None if fields is None else dict(fields),
    }  # fmt: skip
    said = json.loads(in_own_process(caller.deployment.home, "propose", upload.files, asked))
    found = [looking.proposed_of(each) for each in said]
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
        earlier = [row.body for row in reversed(mapping_store.mappings(tx, upload.school))]
    words = _checked_words(own_words or {})
    before: dict[str, dict[str, str]] = {}
    for body in earlier:
        for name, kept in body["own_words"].items() if body["table"] == table else ():
            before[name] = {**before.get(name, {}), **kept}
    words = {name: {**before.get(name, {}), **words.get(name, {})} for name in {**before, **words}}
    if table not in {contract.table for contract in all_contracts()}:
        raise Refused("There is no such table.", hint="Choose one of those named.")
    asked = {"file": file, "table": table, "fields": dict(fields), "words": words}
    mapping = json.loads(in_own_process(caller.deployment.home, "confirm", upload.files, asked))
    with caller.writing() as tx:
        row = own_upload(caller, tx, upload_id)
        kept_row = MappingRow(
            id=new_id("m"), school=row.school, table=table, body=mapping,
            confirmed_by=caller.reader.account_id, confirmed_at=now(),
        )  # fmt: skip
        told = caller.record(
            tx, Event.MAPPING_CONFIRMED, school=row.school, subject=kept_row.id, upload=row.id, table=table
        )
        mapping_store.add(told, kept_row)
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
            asked = {"school": school, "subject": row.id, "table": mapping.table}
            mapping_store.add(caller.record(tx, Event.MAPPING_CONFIRMED, **asked), row)
            ids.append(row.id)
    return ids


def remove(caller: Caller, mapping_id: str) -> str:
    """Forget a mapping; what was loaded with it stays. Returns its school."""
    with caller.writing() as tx:
        row = mapping_store.mapping(tx, mapping_id, caller.reader.schools)
        if row is None:
            raise NotFound("There is no such mapping among yours.")
        check(caller.reader, "mappings.confirm", row.school)
        told = caller.record(tx, Event.MAPPING_REMOVED, school=row.school, subject=row.id, table=row.table)
        told.delete(row)
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


def _checked_words(given: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Own words by their plain spelling; Refused for a code set or code there isn't. Blank: not said."""
    checked: dict[str, dict[str, str]] = {}
    for name, said in given.items():
        known = code_set(name)
        said = {plain(word): code for word, code in said.items() if code}
        if any(code not in known and (name, code) != (CODE_SET, LEFT_OUT) for code in said.values()):
            raise Refused(f"A word was given a code that is not in {name.replace('_', ' ')}.")
        checked[name] = said
    return checked
