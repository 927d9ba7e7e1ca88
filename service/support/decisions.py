"""Views and decisions: a person decides, and disagreeing is as easy as agreeing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from data_contracts.errors import Refused
from service.core.audit import Event, Told, record
from service.core.engine import Transaction
from service.core.permissions import NotFound, Reader, check
from service.support import support_store
from service.support.support_rows import DecisionRow, ViewRow
from service.support.support_store import Written
from service.support.words import DECISION_DONE, KNOWN_WORDS, LEANING_WORDS, Decision, Known, Leaning

ENOUGH_TO_WARN = 10


@dataclass(frozen=True)
class View:
    """What a person thought of a pupil this term."""

    leaning: str
    words: str
    by: str
    at: datetime
    by_account: str


@dataclass(frozen=True)
class Decided:
    """How a suggestion was closed."""

    id: str
    pupil_id: str
    term: str
    kind: Decision
    done_words: str
    known: str
    why: str
    by: str
    at: datetime
    mended: bool
    by_account: str = ""

    @property
    def waits_to_be_put_right(self) -> bool:
        """Whether the person who uploads still has something to correct."""
        return self.kind is Decision.data_wrong and not self.mended


@dataclass(frozen=True)
class Practice:
    """How a school's decisions went in a term: counts, never names."""

    decided: int
    support: int
    already: int
    not_now: int
    data_wrong: int
    new_to_us: int

    @property
    def disagreed(self) -> int:
        """Closed without a new support because the suggestion did not fit."""
        return self.not_now + self.data_wrong

    @property
    def never_disagreed(self) -> bool:
        """Worth a question: a list that is always agreed with is not being read."""
        return self.decided >= ENOUGH_TO_WARN and self.disagreed == 0


def record_view(
    tx: Transaction, reader: Reader, school: str, pupil_id: str, term: str, leaning: Leaning, words: str
) -> None:
    """Record what a person thinks, before or beside the reasons."""
    check(reader, "pupil.decide", school)
    detail = {"leaning": str(leaning)}
    told = record(tx, reader, Event.VIEW_RECORDED, school=school, subject=pupil_id, detail=detail)
    about = {"school": school, "pupil_id": pupil_id, "term": term, **support_store.by(reader)}
    told.add(ViewRow(leaning=leaning, words=words.strip(), **about))


def views_in(rows: Written, term: str) -> list[View]:
    """What people thought of a pupil in a term, newest first."""
    return [
        View(LEANING_WORDS[Leaning(row.leaning)], row.words, row.by_name, row.at, row.by_account)
        for row in rows.of(ViewRow)
        if row.term == term
    ]


def decisions_in(rows: Written) -> dict[str, Decided]:
    """The decision that counts in each term, among what is written about a pupil."""
    return {row.term: _decided(row) for row in reversed(rows.of(DecisionRow))}


def decide(
    tx: Transaction,
    reader: Reader,
    school: str,
    pupil_id: str,
    term: str,
    *,
    kind: Decision,
    known: Known,
    why: str = "",
    support_id: str | None = None,
) -> None:
    """Close a suggestion. `not_now` and `data_wrong` need a why; `support` needs the support's id."""
    check(reader, "pupil.decide", school)
    if kind in (Decision.not_now, Decision.data_wrong) and not why.strip():
        raise Refused("Say why, in a few words.", hint="It helps the next person who looks at this pupil.")
    if kind is Decision.support and support_id is None:
        raise Refused("Say which support starts.")
    detail = {"kind": str(kind), "known": str(known)}
    told = record(tx, reader, Event.DECISION_RECORDED, school=school, subject=pupil_id, detail=detail)
    about = {"school": school, "pupil_id": pupil_id, "term": term, **support_store.by(reader)}
    told.add(DecisionRow(kind=kind, known=known, why=why.strip(), support_id=support_id, **about))


def mend(tx: Transaction, reader: Reader, school: str, decision_id: str) -> None:
    """Mark a 'records are wrong' task as done."""
    check(reader, "uploads.create", school)
    row = support_store.one(tx, DecisionRow, school, decision_id)
    if row is None:
        raise NotFound("This task can't be found.")
    row.done = True
    record(tx, reader, Event.DECISION_RECORDED, school=school, subject=row.pupil_id, detail={"mended": True})


def to_put_right(read: Told, school: str) -> list[Decided]:
    """What waits for whoever uploads: suggestions closed because the records are wrong, oldest first."""
    found = latest(read, school, None).values()
    return sorted((one for one in found if one.waits_to_be_put_right), key=lambda one: one.at)


def latest(read: Told, school: str, terms: Collection[str] | None) -> dict[tuple[str, str], Decided]:
    """The decision that counts for each (pupil, term) of these terms, or of all."""
    return {(row.pupil_id, row.term): _decided(row) for row in support_store.decisions(read, school, terms)}


def practice(decisions: Collection[Decided]) -> Practice:
    """Count how a term's suggestions were closed."""
    kinds = [decision.kind for decision in decisions]
    return Practice(
        decided=len(kinds),
        support=kinds.count(Decision.support),
        already=kinds.count(Decision.already),
        not_now=kinds.count(Decision.not_now),
        data_wrong=kinds.count(Decision.data_wrong),
        new_to_us=sum(1 for decision in decisions if decision.known == KNOWN_WORDS[Known.new]),
    )


def _decided(row: DecisionRow) -> Decided:
    kind = Decision(row.kind)
    return Decided(
        id=row.id,
        pupil_id=row.pupil_id,
        term=row.term,
        kind=kind,
        done_words=DECISION_DONE[kind],
        known=KNOWN_WORDS[Known(row.known)],
        why=row.why,
        by=row.by_name,
        at=row.at,
        mended=row.done,
        by_account=row.by_account,
    )
