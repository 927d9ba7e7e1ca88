"""A pupil's card: who they are (for those who may know), reasons with records, figures for some roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_contracts import calendar
from data_contracts.errors import Held
from pipelines.events import for_people
from pipelines.explanation import (
    Account,
    Audience,
    Kind,
    Pupil,
    Records,
    account_of,
    contributions_by_theme,
    explanation,
    records_of,
    similar_of,
    told,
)
from service.accounts import account_store
from service.core import clock
from service.core.audit import Event, Recorded, Told
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import CARD_READERS, NotFound, can, check, check_pupil, why_may_i_see
from service.pupils import place_store
from service.records import RollRow, lake_store, recency, roll_store, timeline_store
from service.schools import SchoolRow, known_school
from service.scoring import PublicationRow, ScoreRow, audience_of, score_store, telling

ELSEWHERE_FIRST = ("S", "G")  # dual registration at the other school first; a guest


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
    """What stands on a card. `live`, `score` and `account` are None where nothing is published about the pupil.

    `records` are what was known on `as_of`; `since` says by id what became of those that no longer stand as they
    did; `events` are all records that a person reads, those that came after `as_of` too. `similar` is told to
    readers who may see figures. `contributions` are summed by theme. `read` is the event
    that tells of this reading: whatever else is shown with the card is read under it.
    """

    facts: PupilFacts
    term: str | None
    terms: list[str]
    as_of: date | None
    ends_on: date | None
    flagged: bool
    new: bool
    flag_list: str | None
    model_id: str | None
    no_figure: str | None
    account: Account | None
    records: Records
    since: Mapping[str, str]
    similar: dict[str, Any] | None
    contributions: dict[str, float]
    audience: Audience
    events: list[dict[str, Any]]
    why: str
    decidable: bool
    synthetic: bool
    read: Recorded = field(compare=False)

    @property
    def scored(self) -> bool:
        """Whether the model gave this pupil a figure in the term shown."""
        return self.account is not None and self.no_figure is None

    @property
    def left_on(self) -> date | None:
        """The day the pupil left the school, where the roll names one that has come."""
        left = self.facts.leaving_date
        return left if left is not None and left <= clock.today() else None


def card_for(caller: Caller, tx: Transaction, pupil_id: str, term: str | None = None) -> Card:
    """The card of a pupil in a term (default: the latest published). One audited read of the pupil.

    Raises NotFound for a pupil outside the reader's schools or year groups.
    """
    rolls, roll, own_school = _own_rolls(caller, tx, pupil_id)
    read = caller.record(tx, Event.PUPIL_READ, subject=pupil_id)
    scores = sorted(
        score_store.score(read, pupil_id, None, caller.reader.schools),
        key=lambda found: calendar.term(found[0].term).start,
        reverse=True,
    )
    terms = list(dict.fromkeys(row.term for row, _ in scores))
    chosen = term or (terms[0] if terms else None)
    found = next(((row, live) for row, live in scores if row.term == chosen), None)
    moved = found is not None and found[0].school != own_school.urn
    school = known_school(tx, found[0].school) if found and moved else own_school
    events = timeline_store.timeline(read, pupil_id, caller.reader.schools)
    read.school, read.detail["term"] = school.urn, chosen
    shown = found if school.halted_at is None else None
    score, live = shown or (None, None)
    seen = found[0].term if found else roll.term
    as_of = score.as_of if score else calendar.as_of(seen)
    records, since = records_then(read, pupil_id, rolls, live, events, as_of, seen, school.urn)
    manifest = caller.deployment.manifest(live.model_id) if live else None
    audience = audience_of(caller.reader, school.urn)
    year_groups = live.year_groups if live else None
    pupil = telling.pupil_of(_year_in(rolls, seen, roll), lake_store.tables_held(tx, school.urn), year_groups)
    values = _values(score) if score else {}
    return Card(
        facts=_facts(caller, roll),
        term=chosen,
        terms=terms,
        as_of=as_of if score else None,
        ends_on=telling.ends_on(live) if live else None,
        flagged=bool(score and score.flagged),
        new=bool(score and score.new),
        flag_list=score.flag_list if score else None,
        model_id=live.model_id if live else None,
        no_figure=telling.no_figure_words(score.abstained) if score else None,
        account=account_of(manifest, values, records, pupil) if manifest and score else _bare(records, pupil),
        records=records,
        since=since,
        similar=similar_of(values) if score and told(Kind.similar, audience) else None,
        contributions=_by_theme(manifest, score, audience),
        audience=audience,
        events=for_people(events),
        why=why_may_i_see(caller.reader, school.name),
        decidable=can(caller.reader, "pupil.decide", school.urn),
        synthetic=school.synthetic,
        read=read,
    )


def records_then(
    read: Told,
    pupil_id: str,
    rolls: Sequence[RollRow],
    live: PublicationRow | None,
    events: Sequence[dict[str, Any]],
    as_of: date,
    term: str,
    school: str,
) -> tuple[Records, Mapping[str, str]]:
    """A pupil's records as they stood when the list was published, and what became of them since, by id."""
    schools = {row.school for row in rolls}
    if live is None or not timeline_store.moved_since(read.tx, schools, live.at):
        return records_of(events, as_of, term, school=school, roll=rolls), {}
    stood = timeline_store.timeline_at(read, pupil_id, schools, live)
    then = records_of(stood, as_of, term, school=school, roll=rolls)
    return then, timeline_store.since(read, pupil_id, schools, live, then)


def _bare(records: Records, pupil: Pupil) -> Account:
    """What may be said of a pupil about whom nothing is published: no reasons, only records."""
    return account_of({}, {}, records, pupil)


def _by_theme(
    manifest: dict[str, Any] | None, score: ScoreRow | None, audience: Audience
) -> dict[str, float]:
    if manifest is None or score is None or score.contributions is None:
        return {}
    return contributions_by_theme(manifest, score.contributions) if told(Kind.contribution, audience) else {}


def _year_in(rolls: Sequence[RollRow], term: str, newest: RollRow) -> str | None:
    """The year group in a term; of a term without the pupil on roll, the newest."""
    return next((row.nc_year for row in rolls if row.term == term), newest.nc_year)


def _values(score: ScoreRow) -> dict[str, Any]:
    return {column.key: getattr(score, column.key) for column in score.__mapper__.columns}


Scored = tuple[ScoreRow, PublicationRow]


def explanation_for(
    caller: Caller, tx: Transaction, pupil_id: str, term: str | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """The explanation of one pupil in one term (default: the latest published), as the reader may be told it.

    Raises NotFound for a pupil or term the reader has nothing to read about, Held for a paused school.
    """
    own_pupil(caller, tx, pupil_id)
    if term is not None:
        calendar.term(term)
    read = caller.record(tx, Event.PUPIL_READ, subject=pupil_id)
    scores = score_store.score(read, pupil_id, term, caller.reader.schools)
    if not scores:
        raise NotFound("Nothing has been published about this pupil for that term.")
    return explained(caller, read, scores, everything=everything)


def explained(
    caller: Caller, read: Recorded, scores: Sequence[Scored], *, everything: bool
) -> dict[str, Any]:
    """The latest of a pupil's scores in words, of which `read` tells. Held for a paused school."""
    row, live = max(scores, key=lambda found: calendar.term(found[0].term).start)
    if known_school(read.tx, row.school).halted_at is not None:
        raise Held("This school is paused: nothing is shown about its pupils until it is resumed.")
    read.school, read.detail["term"] = row.school, row.term
    return explanation_of(caller, read, row, live, everything=everything)


def explanation_of(
    caller: Caller,
    read: Told,
    row: ScoreRow,
    live: PublicationRow,
    *,
    everything: bool,
    audience: Audience | None = None,
) -> dict[str, Any]:
    """The explanation of one score for its reader, or for another audience."""
    rolls = roll_store.roll(read, row.pupil_id, caller.reader.schools)
    nc_year = next((one.nc_year for one in rolls if one.term == row.term), None)
    held = lake_store.tables_held(read.tx, row.school)
    schools = {one.school for one in rolls}
    moved = timeline_store.moved_since(read.tx, schools, live.at)
    events = (
        timeline_store.timeline_at(read, row.pupil_id, schools, live)
        if moved
        else timeline_store.timeline(read, row.pupil_id, schools)
    )
    body = explanation(
        caller.deployment.manifest(live.model_id),
        _values(row),
        events,
        all=everything,
        audience=audience or audience_of(caller.reader, row.school),
        pupil=telling.pupil_of(nc_year, held, live.year_groups),
        roll=rolls,
        today=clock.today(),
    )
    body["abstained"] = telling.no_figure_words(row.abstained)
    if moved:
        then = records_of(events, row.as_of, row.term, school=row.school, roll=rolls)
        _say_since(body, timeline_store.since(read, row.pupil_id, schools, live, then))
    return {**body, "term": row.term}


def _say_since(body: dict[str, Any], since: Mapping[str, str]) -> None:
    """Mark each record that was counted and no longer stands as it did."""
    counted = [*(one["records"] for one in body["themes"]), *(one["evidence"] for one in body["reasons"])]
    for record in (record for records in counted for record in records):
        if record["id"] in since:
            record["since"] = since[record["id"]]


def own_pupil(caller: Caller, tx: Transaction, pupil_id: str) -> RollRow:
    """The newest roll entry of a pupil whom the reader may see; NotFound for every other."""
    return own_pupil_and_school(caller, tx, pupil_id)[0]


def own_pupil_and_school(caller: Caller, tx: Transaction, pupil_id: str) -> tuple[RollRow, SchoolRow]:
    """As `own_pupil`, beside the school of that entry."""
    _, newest, school = _own_rolls(caller, tx, pupil_id)
    return newest, school


def _own_rolls(caller: Caller, tx: Transaction, pupil_id: str) -> tuple[list[RollRow], RollRow, SchoolRow]:
    """All roll entries of a pupil whom the reader may see, the newest, and its school; NotFound for others."""
    check(caller.reader, "pupil.read")
    entries = place_store.roll_and_schools(tx, pupil_id, caller.reader.schools)
    if not entries:
        raise NotFound("There is no such pupil among yours.")
    newest, school = max(entries, key=lambda entry: recency(entry[0]))
    check_pupil(caller.reader, newest.school, newest.nc_year)
    return [row for row, _ in entries], newest, school


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
