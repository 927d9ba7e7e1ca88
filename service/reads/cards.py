"""A pupil's card: who they are (for those who may know), reasons with records, figures for some roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_contracts import calendar
from data_contracts.errors import Held
from pipelines.explain import changes, explanation
from service.audit import Event
from service.callers import Caller
from service.db import account_store, score_store
from service.db.engine import Transaction
from service.db.pupil_rows import PublicationRow, RollRow, ScoreRow
from service.db.school_rows import SchoolRow
from service.permissions import CARD_READERS, NotFound, can, check, check_pupil, why_may_i_see
from service.reads.schools import known_school
from service.reads.years import standing

FIGURES = ("log_odds", "base_log_odds", "probability", "similar")
REASON_FIGURES = ("contribution", "probability_if_usual")


@dataclass(frozen=True, slots=True)
class PupilFacts:
    """A pupil's place on a school's roll; names are None for readers who may not see them."""

    pupil_id: str
    school: str
    term: str
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None
    entry_date: date | None
    leaving_date: date | None
    enrol_status: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card. `explanation` is None where nothing is published about the pupil.

    `sen` holds the SEN indicators the figure was made with.
    `changed` says what moved since `term_before`, the latest earlier term in which the pupil had a figure.
    """

    facts: PupilFacts
    term: str | None
    terms: list[str]
    flagged: bool
    new: bool
    flag_list: str | None
    explanation: dict[str, Any] | None
    changed: list[dict[str, Any]]
    term_before: str | None
    events: list[dict[str, Any]]
    sen: dict[str, float | None]
    why: str
    decidable: bool
    synthetic: bool


def card_for(
    caller: Caller, tx: Transaction, pupil_id: str, term: str | None = None, *, everything: bool = False
) -> Card:
    """The card of a pupil in a term (default: the latest published). One audited read of the pupil.

    Raises NotFound for a pupil outside the reader's schools or year groups.
    """
    roll, own_school = own_pupil_and_school(caller, tx, pupil_id)
    scores = sorted(
        score_store.score(tx, pupil_id, None, caller.reader.schools),
        key=lambda found: calendar.term(found[0].term).start,
        reverse=True,
    )
    terms = list(dict.fromkeys(row.term for row, _ in scores))
    chosen = term or (terms[0] if terms else None)
    found = next(((row, live) for row, live in scores if row.term == chosen), None)
    moved = found is not None and found[0].school != own_school.urn
    school = known_school(tx, found[0].school) if found and moved else own_school
    events = score_store.timeline(tx, pupil_id, caller.reader.schools)
    caller.record(tx, Event.PUPIL_READ, school=school.urn, subject=pupil_id, term=chosen)
    hidden = school.paused_at is not None or found is None
    earlier = _earlier(scores, found[0]) if found and not hidden else None
    return Card(
        facts=_facts(caller, roll),
        term=chosen,
        terms=terms,
        flagged=bool(found and found[0].flagged and not hidden),
        new=bool(found and found[0].new and not hidden),
        flag_list=found[0].flag_list if found and not hidden else None,
        explanation=None if hidden or not found else _body(caller, *found, events, everything=everything),
        changed=_changed(caller, earlier, found) if earlier and found else [],
        term_before=earlier[0].term if earlier else None,
        events=events,
        sen=_sen(caller, *found) if found else {},
        why=why_may_i_see(caller.reader, school.name),
        decidable=can(caller.reader, "pupil.decide", school.urn),
        synthetic=school.synthetic,
    )


def _sen(caller: Caller, row: ScoreRow, live: PublicationRow) -> dict[str, float | None]:
    names = [one["name"] for one in caller.deployment.manifest(live.model_id)["indicators"]]
    held = zip(names, row.values or (), strict=False)
    return {name: value for name, value in held if name.startswith("sen_")}


Scored = tuple[ScoreRow, PublicationRow]


def _earlier(scores: Sequence[Scored], shown: ScoreRow) -> Scored | None:
    """The latest figure of the pupil from a term before the one shown; `scores` are the latest first."""
    start = calendar.term(shown.term).start
    before = (one for one in scores if calendar.term(one[0].term).start < start and not one[0].abstained)
    return next(before, None)


def _changed(caller: Caller, earlier: Scored, shown: Scored) -> list[dict[str, Any]]:
    """What moved between two terms; readers without figures are told the records alone."""
    then, now = (_body(caller, *one, [], everything=True) for one in (earlier, shown))
    return changes(then, now)


def explanation_for(
    caller: Caller, tx: Transaction, pupil_id: str, term: str | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """The explanation of one pupil in one term (default: the latest published), figures by role.

    Raises NotFound for a pupil or term the reader has nothing to read about, Held for a paused school.
    """
    own_pupil(caller, tx, pupil_id)
    if term is not None:
        calendar.term(term)
    scores = score_store.score(tx, pupil_id, term, caller.reader.schools)
    if not scores:
        raise NotFound("Nothing has been published about this pupil for that term.")
    return explained(caller, tx, pupil_id, scores, everything=everything)


def explained(
    caller: Caller,
    tx: Transaction,
    pupil_id: str,
    scores: Sequence[tuple[ScoreRow, PublicationRow]],
    *,
    everything: bool,
) -> dict[str, Any]:
    """The latest of a pupil's scores in words; an audited read. Held for a paused school."""
    row, live = max(scores, key=lambda found: calendar.term(found[0].term).start)
    if known_school(tx, row.school).paused_at is not None:
        raise Held("This school is paused: nothing is shown about its pupils until it is resumed.")
    caller.record(tx, Event.PUPIL_READ, school=row.school, subject=pupil_id, term=row.term)
    events = score_store.timeline(tx, pupil_id, caller.reader.schools)
    return _body(caller, row, live, events, everything=everything)


def own_pupil(caller: Caller, tx: Transaction, pupil_id: str) -> RollRow:
    """The newest roll entry of a pupil whom the reader may see; NotFound for every other."""
    return own_pupil_and_school(caller, tx, pupil_id)[0]


def own_pupil_and_school(caller: Caller, tx: Transaction, pupil_id: str) -> tuple[RollRow, SchoolRow]:
    """As `own_pupil`, beside the school of that entry."""
    check(caller.reader, "pupil.read")
    entries = score_store.roll_and_schools(tx, pupil_id, caller.reader.schools)
    if not entries:
        raise NotFound("There is no such pupil among yours.")
    newest, school = max(entries, key=lambda entry: standing(entry[0]))
    check_pupil(caller.reader, newest.school, newest.nc_year)
    return newest, school


def who_can_see(caller: Caller, tx: Transaction, pupil_id: str) -> list[dict[str, str]]:
    """The accounts that can open this pupil's card, by role and name."""
    roll = own_pupil(caller, tx, pupil_id)
    return readers_of(tx, roll.school, roll.nc_year)


def readers_of(tx: Transaction, school: str, nc_year: str | None) -> list[dict[str, str]]:
    """The accounts that can open the card of a pupil of this school and year group."""
    readers = [
        account
        for account in account_store.accounts(tx)
        if account.closed_at is None
        and account.role in CARD_READERS
        and ("*" in account.schools or school in account.schools)
        and (account.year_groups is None or nc_year in account.year_groups)
    ]
    return [{"name": account.name or account.user, "role": account.role} for account in readers]


def _facts(caller: Caller, roll: RollRow) -> PupilFacts:
    named = can(caller.reader, "names.read")
    return PupilFacts(
        roll.pupil_id,
        roll.school,
        roll.term,
        roll.surname if named else None,
        roll.forename if named else None,
        roll.nc_year,
        roll.registration_group,
        roll.entry_date,
        roll.leaving_date,
        roll.enrol_status,
    )


def _body(
    caller: Caller,
    row: ScoreRow,
    live: PublicationRow,
    events: list[dict[str, Any]],
    *,
    everything: bool,
) -> dict[str, Any]:
    """The explanation body; readers without figures get reasons and records alone."""
    values = {column.key: getattr(row, column.key) for column in row.__mapper__.columns}
    manifest = caller.deployment.manifest(live.model_id)
    body = explanation(manifest, values, events, all=everything)
    body["term"] = row.term
    if caller.reader.via == "command" or can(caller.reader, "figures.read", row.school):
        return body
    without = dict.fromkeys(FIGURES)
    reasons = {kind: [_worded(reason) for reason in body[kind]] for kind in ("reasons", "strengths")}
    return {**body, **without, **reasons}


def _worded(reason: dict[str, Any]) -> dict[str, Any]:
    return {**reason, **dict.fromkeys(REASON_FIGURES)}
