"""The school's own types of incident: which are new and wait for an answer, and the answers it has given."""

from collections.abc import Mapping

from data_contracts.errors import Refused
from data_contracts.reading import mapping as layouts
from data_contracts.reading.answers import CODE_SET, LONGEST, as_mapping, choices
from data_contracts.reading.spellings import plain
from service.core.audit import Event
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check
from service.uploads import mapping_store, type_store
from service.uploads.receiving import queue_again
from service.uploads.status import own_upload
from service.uploads.upload_rows import MappingRow

MOST_KEPT = 500


def note_new(tx: Transaction, school: str, term: str | None, words: Mapping[str, int]) -> None:
    """Remember which types wait in a term's newest files, for whoever will answer."""
    if term is not None and news(tx, school, term, words):
        type_store.replace(tx, school, term, _short(words))


def news(tx: Transaction, school: str, term: str | None, words: Mapping[str, int]) -> bool:
    """Whether other types wait in a term's newest files than in those before: an unchanged night writes nothing."""
    return term is not None and type_store.of_term(tx, school, term) != _short(words)


def _short(words: Mapping[str, int]) -> dict[str, int]:
    return {word: rows for word, rows in list(words.items())[:MOST_KEPT] if len(word) <= LONGEST}


def waiting(caller: Caller, tx: Transaction, school: str) -> dict[str, int]:
    """The school's types that nobody has answered for yet, with how many rows wait for each."""
    check(caller.reader, "mappings.read", school)
    known = given(tx, school)
    return {word: rows for word, rows in type_store.waiting(tx, school).items() if plain(word) not in known}


def given(tx: Transaction, school: str) -> dict[str, str]:
    """All that the school has answered so far, in whatever way: plain word → code."""
    found: dict[str, str] = {}
    for row in reversed(mapping_store.mappings(tx, school)):
        found.update(row.body["own_words"].get(CODE_SET, {}))
    return found


def answer(caller: Caller, school: str, answers: Mapping[str, str]) -> int:
    """Keep answers for the school's next files, in every layout; returns how many.

    Refused where none is given, or one is no answer there is. Earlier answers stay unless answered anew.
    """
    check(caller.reader, "mappings.confirm", school)
    if not answers:
        raise Refused(
            "The file answers nothing yet.", hint="Fill in the column named answer, then send it again."
        )
    if not set(answers.values()) <= set(choices()):
        raise Refused("An answer is not one that Belong knows.", hint=f"Choose from: {', '.join(choices())}.")
    with caller.writing() as tx:
        _keep(caller, tx, school, answers)
    return len(answers)


def answer_for_upload(
    caller: Caller, upload_id: str, answers: Mapping[str, str], *, school: str | None = None
) -> int:
    """Keep answers and let an upload go on with them, where its files are still there; returns how many.

    Raises NotFound for an upload of another school, Refused as `answer`, and while the upload is in progress.
    """
    with caller.writing() as tx:
        upload = own_upload(caller, tx, upload_id)
        check(caller.reader, "mappings.confirm", upload.school)
        if school not in (None, upload.school):
            raise NotFound("There is no such upload at this school.")
        _check_answers(answers)
        kept = _keep(caller, tx, upload.school, answers)
        if upload.raw_deleted_at is None and upload.files:
            queue_again(tx, upload, caller.reader.account_id, f"{upload.id}:{kept}")
    return len(answers)


def _check_answers(answers: Mapping[str, str]) -> None:
    if not answers:
        raise Refused(
            "The file answers nothing yet.", hint="Fill in the column named answer, then send it again."
        )
    if not set(answers.values()) <= set(choices()):
        raise Refused("An answer is not one that Belong knows.", hint=f"Choose from: {', '.join(choices())}.")


def _keep(caller: Caller, tx: Transaction, school: str, answers: Mapping[str, str]) -> str:
    """The school's answers stand in one row without headings, which every layout asks; returns its id."""
    kept = next((row for row in mapping_store.mappings(tx, school) if not row.body["headings"]), None)
    before = kept.body["own_words"].get(CODE_SET, {}) if kept else {}
    body = layouts.as_dict(as_mapping(answers))
    body["own_words"][CODE_SET] = {**before, **body["own_words"][CODE_SET]}
    row = MappingRow(
        id=new_id("m"), school=school, table="behaviour", body=body,
        confirmed_by=caller.reader.account_id, confirmed_at=now(),
    )  # fmt: skip
    told = caller.record(
        tx, Event.MAPPING_CONFIRMED, school=school, subject=row.id, table="behaviour", answers=len(answers)
    )
    mapping_store.add(told, row)
    type_store.answered(told, school, list(answers))
    return row.id
