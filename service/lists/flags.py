"""A term's suggestions for one school, in name order, with those about whom nothing can be said."""

import base64
from dataclasses import dataclass, field
from datetime import date, datetime

from data_contracts import calendar
from data_contracts.errors import Held, Refused
from pipelines.explanation import Account
from service.core import clock
from service.core.audit import Event, Recorded, Told
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can, check
from service.records import in_own_years
from service.schools import known_school
from service.scoring import PublicationRow, score_store, telling

PROVISIONS = (("E", "sen_plan"), ("K", "sen_support"))


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One suggestion. Names and groups are there for readers who may see them."""

    pupil_id: str
    new: bool
    flag_list: str | None
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None
    left_on: date | None = None
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AbstainedLine:
    """A pupil for whom we can't say, and why."""

    pupil_id: str
    reason: str
    surname: str | None
    forename: str | None
    nc_year: str | None
    registration_group: str | None


@dataclass(frozen=True, slots=True)
class FlagPage:
    """A page of a school's list. `next` continues it; None at its end. `read` is the event that tells of it."""

    school: str
    term: str
    model_id: str
    synthetic: bool
    as_of: date | None
    published_at: datetime
    publication_id: str
    places: int
    flags: list[FlagLine]
    abstained: list[AbstainedLine]
    next: str | None
    ends_on: date
    ended: bool
    accounts: dict[str, Account]
    read: Recorded = field(compare=False)
    where_share: dict[str, float] | None = None


def flags_for(
    caller: Caller,
    tx: Transaction,
    school: str,
    term: str,
    *,
    cursor: str | None = None,
    limit: int | None = None,
) -> FlagPage:
    """The list of a school and term; the first page also names those for whom nothing can be said.

    Raises NotAllowed outside the reader's scope, NotFound where nothing is published, Held while the school
    is paused, Refused for a cursor of a list that has been published anew.
    """
    check(caller.reader, "flags.read", school)
    live, today = live_publication(tx, school, term), clock.today()
    offset = _offset(cursor, live)
    read = caller.record(tx, Event.FLAGS_READ, school=school, term=term, offset=offset)
    found = score_store.listed(read, live)
    own = in_own_years(caller, tx, [row.pupil_id for row in found])
    found = [row for row in found if row.pupil_id in own]
    suggested = [row for row in found if row.flagged]
    shown = suggested[offset : offset + limit] if limit else suggested[offset:]
    others = [] if offset else [row for row in found if row.abstained is not None]
    more = offset + len(shown) < len(suggested)
    named = can(caller.reader, "names.read")
    accounts = _accounts(caller, read, live, shown)
    read.detail["pupils"] = len(shown)
    return FlagPage(
        school=school,
        term=term,
        model_id=live.model_id,
        synthetic=live.synthetic,
        as_of=calendar.as_of(term),
        published_at=live.at,
        publication_id=live.id,
        places=live.places,
        flags=[
            FlagLine(
                row.pupil_id,
                row.new,
                row.flag_list,
                *_who(row, named),
                _left(row.leaving_date, today),
                tuple(reason.theme for reason in accounts[row.pupil_id].reasons),
            )
            for row in shown
        ],
        abstained=[
            AbstainedLine(row.pupil_id, telling.no_figure_words(row.abstained) or "", *_who(row, named))
            for row in others
        ],
        ends_on=telling.ends_on(live),
        ended=today > telling.ends_on(live),
        accounts=accounts,
        read=read,
        next=_cursor(live, offset + len(shown)) if more else None,
        where_share=live.where_share,
    )


def _accounts(
    caller: Caller, read: Told, live: PublicationRow, shown: list[score_store.Listed]
) -> dict[str, Account]:
    """What is told of those shown: codes kept when the list was published, no figure."""
    scores = score_store.accounts_of(read, live, [row.pupil_id for row in shown])
    manifest = caller.deployment.manifest(live.model_id)
    return telling.accounts_of(read, manifest, live, scores, caller.reader.schools)


def _left(leaving: date | None, today: date) -> date | None:
    return leaving if leaving is not None and leaving <= today else None


def provisions_of(caller: Caller, found: FlagPage) -> dict[str, str]:
    """The SEN provision each suggestion was made with: N, K (SEN support) or E (plan); pupils of whom
    nothing is known are left out."""
    names = [one["name"] for one in caller.deployment.manifest(found.model_id)["indicators"]]
    places = {code: names.index(name) for code, name in PROVISIONS if name in names}
    known: dict[str, str] = {}
    for pupil_id, values in score_store.flagged_values(
        found.read, found.publication_id, found.school
    ).items():
        held = {code: values[place] for code, place in places.items() if len(values) > place}
        if any(value is not None for value in held.values()):
            known[pupil_id] = next((code for code, value in held.items() if value), "N")
    return known


def live_publication(tx: Transaction, school: str, term: str) -> PublicationRow:
    """What is published for a school and term, if the school is not paused."""
    row = known_school(tx, school)
    if row.halted_at is not None:
        raise Held(
            "This school is paused: its suggestions are hidden and it is not scored.",
            hint="Ask the person who paused it, or your administrator.",
        )
    calendar.term(term)
    live = score_store.publication(tx, school, term)
    if live is None:
        raise NotFound(
            f"Nothing has been published for {term} at this school.",
            hint="Upload the term's files, or choose another term.",
        )
    return live


def _who(row: score_store.Listed, named: bool) -> tuple[str | None, str | None, str | None, str | None]:
    names = (row.surname, row.forename) if named else (None, None)
    return (*names, row.nc_year, row.registration_group)


def _cursor(live: PublicationRow, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{live.id}:{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None, live: PublicationRow) -> int:
    """Where a page begins. A publication never changes, so an offset into one is stable."""
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        publication_id, _, offset = text.partition(":")
        number = int(offset)
    except ValueError:
        raise Refused("This cursor is not valid.", hint="Start again without it.") from None
    if publication_id != live.id or not 0 <= number < 1_000_000:
        raise Refused("This list has been published again.", hint="Begin again without the cursor.")
    return number
