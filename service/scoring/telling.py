"""What is said about a school's pupils, put together from their records once, when a list is published."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from data_contracts import calendar
from pipelines.explanation import (
    Account,
    Pupil,
    Records,
    account_of,
    contributions_by_theme,
    of_year,
    records_of,
    year_groups_of,
)
from pipelines.populations import ABSTAIN
from service.core.audit import Told, unaudited
from service.core.callers import Caller
from service.core.engine import Transaction
from service.records import RollRow, lake_store, roll_store, timeline_store
from service.scoring import score_store
from service.scoring.score_rows import PublicationRow, ScoreRow

Scored = Mapping[str, Any]


def no_figure_words(code: str | None) -> str | None:
    """Why nothing is said about a pupil, as a sentence; a code is what is kept."""
    return None if code is None else ABSTAIN.get(code, code)


def pupil_of(
    nc_year: str | None, held: Collection[tuple[str, str]], year_groups: Mapping[str, Any] | None
) -> Pupil:
    """What is known of a pupil beside the records; `held` are the (table, term) that the lake has."""
    return Pupil(nc_year, lambda table, term: (table, term) in held, of_year(year_groups, nc_year))


def count_year_groups(read: Told, school: str, term: str, as_of: date) -> dict[str, Any]:
    """What each year group's records of a term come to, as far as known at the as-of date."""
    years = {row.pupil_id: row.nc_year for row in roll_store.roll_of(read, school, term)}
    rows = lake_store.live_timelines(read, school, term)
    events = {row.pupil_id: [{**event, "filed": {term: None}} for event in row.events] for row in rows}
    found = (
        (str(years[pupil_id]), records_of(events.get(pupil_id, ()), as_of, term, school=school))
        for pupil_id in years
        if years[pupil_id]
    )
    return year_groups_of(found)


def listed_accounts(
    read: Told,
    manifest: Mapping[str, Any],
    publication: PublicationRow,
    scores: Iterable[Scored],
    schools: Collection[str],
) -> dict[str, dict[str, Any]]:
    """What is told of each suggested pupil, as codes, by pupil_id."""
    wanted = [score for score in scores if score["flagged"]]
    records = records_of_many(read, publication, [str(score["pupil_id"]) for score in wanted], schools)
    held = lake_store.tables_held(read.tx, publication.school)
    return {
        str(score["pupil_id"]): account_of(
            manifest,
            score,
            found,
            pupil_of(_year(found), held, publication.year_groups),
        ).as_dict()
        for score in wanted
        if (found := records[str(score["pupil_id"])])
    }


def records_of_many(
    read: Told, publication: PublicationRow, pupils: Sequence[str], schools: Collection[str]
) -> dict[str, Records]:
    """The records of some pupils as known at a publication's as-of date."""
    as_of = as_of_of(publication)
    events = timeline_store.timelines_of(read, pupils, schools)
    rolls: defaultdict[str, list[RollRow]] = defaultdict(list)
    for row in roll_store.rolls_of(read, pupils, schools):
        rolls[row.pupil_id].append(row)
    return {
        pupil: records_of(
            events.get(pupil, ()), as_of, publication.term, school=publication.school, roll=rolls[pupil]
        )
        for pupil in pupils
    }


def accounts_of(
    read: Told,
    manifest: Mapping[str, Any],
    publication: PublicationRow,
    scores: Sequence[ScoreRow],
    schools: Collection[str],
) -> dict[str, Account]:
    """What is told of each of these scores, by pupil_id: as it was kept, or put together now where it wasn't."""
    found = {score.pupil_id: kept_account(manifest, score) for score in scores}
    lacking = [score for score in scores if found[score.pupil_id] is None]
    if lacking:
        plain = [
            {column.key: getattr(score, column.key) for column in score.__mapper__.columns}
            for score in lacking
        ]
        made = listed_accounts(read, manifest, publication, plain, schools)
        for score in lacking:
            sums = contributions_by_theme(manifest, score.contributions or ())
            found[score.pupil_id] = Account.from_dict(made[score.pupil_id], sums)
    return {pupil: account for pupil, account in found.items() if account is not None}


def end_of_list(term: str) -> date:
    """The last day of the list made from a term: a list of the summer is for the autumn, and ends with it."""
    following = calendar.terms_between(term, calendar.TERMS[-1].id)[1:2]
    return following[0].end if following else calendar.term(term).end


def ends_on(publication: PublicationRow) -> date:
    """The last day of a list, whether or not the next term's files come."""
    return publication.ends_on or end_of_list(publication.term)


def retell(caller: Caller) -> int:
    """Put together what is told of lists that an earlier release published; returns of how many lists.

    A list at a time, each in a transaction of its own, so that it can be stopped and run again.
    """
    told = 0
    for school in sorted(caller.reader.schools):
        with caller.reading() as tx:
            wanted = [row.id for row in score_store.publications(tx, school) if row.year_groups is None]
        for publication_id in wanted:
            with caller.writing() as tx:
                told += _retold(caller, tx, school, publication_id)
    return told


def _retold(caller: Caller, tx: Transaction, school: str, publication_id: str) -> bool:
    live = next((row for row in score_store.publications(tx, school) if row.id == publication_id), None)
    if live is None:
        return False
    read = unaudited(tx, "the machine puts together again what an earlier release published; nobody reads it")
    live.year_groups = count_year_groups(read, school, live.term, as_of_of(live))
    live.ends_on = end_of_list(live.term)
    scores = score_store.flagged_scores(read, live)
    plain = [{column.key: getattr(one, column.key) for column in one.__mapper__.columns} for one in scores]
    manifest = caller.deployment.manifest(live.model_id)
    told = listed_accounts(read, manifest, live, plain, caller.reader.schools)
    for score in scores:
        score.account = told[score.pupil_id]
    return True


def as_of_of(publication: PublicationRow) -> date:
    """The day a publication was made from."""
    return calendar.as_of(publication.term)


def kept_account(manifest: Mapping[str, Any], score: ScoreRow) -> Account | None:
    """What was put together for a suggested pupil when the list was published; None in older publications."""
    if score.account is None or score.contributions is None:
        return None
    return Account.from_dict(score.account, contributions_by_theme(manifest, score.contributions))


def _year(records: Records) -> str | None:
    place = records.place()
    return None if place is None else place.nc_year
