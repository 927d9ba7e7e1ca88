"""Supports for a pupil: begun, looked at again, ended. Assess, plan, do, review."""

from dataclasses import dataclass
from datetime import date, timedelta

from data_contracts.errors import Refused
from service.core.audit import Event, Told, record
from service.core.engine import Transaction
from service.core.permissions import NotFound, Reader, check
from service.core.taking import check_days
from service.support import menu, support_store
from service.support.meanwhile import Meanwhile
from service.support.support_rows import ReviewRow, SupportRow
from service.support.support_store import Written
from service.support.words import NEXT_WORDS, WENT_WORDS, Next, Went

REVIEW_AFTER = timedelta(weeks=6)


@dataclass(frozen=True)
class ReviewKept:
    """One review of a support, in words."""

    held_on: date
    went: str
    words: str
    next_step: str
    by: str
    better: bool = False
    id: str = ""


@dataclass(frozen=True)
class Support:
    """A support of a pupil with its reviews, newest first."""

    id: str
    pupil_id: str
    name: str
    who: str
    aim: str
    starts: date
    ends: date | None
    review_on: date | None
    reviews: tuple[ReviewKept, ...] = ()
    until: date | None = None


@dataclass(frozen=True)
class SupportPlan:
    """What is planned for a pupil. `review_on` may be left to the usual six weeks."""

    name: str
    who: str
    starts: date
    review_on: date | None = None
    menu_id: str | None = None
    aim: str = ""
    until: date | None = None


def of_pupil(read: Told, school: str, pupil_id: str) -> list[Support]:
    """All supports of a pupil, those going on first, each with its reviews."""
    return supports_in(support_store.written(read, school, pupil_id))


def supports_in(rows: Written) -> list[Support]:
    """The supports among what is written about a pupil, those going on first."""
    reviews: dict[str, list[ReviewKept]] = {}
    for row in rows.of(ReviewRow):
        reviews.setdefault(row.support_id, []).append(_review(row))
    ordered = sorted(rows.of(SupportRow), key=lambda row: row.ends is not None)
    return [_support(row, tuple(reviews.get(row.id, ()))) for row in ordered]


def going_on(read: Told, school: str) -> list[Support]:
    """Every support of the school that has not ended, the next review first."""
    return [_support(row) for row in support_store.open_supports(read, school)]


def begin(tx: Transaction, reader: Reader, school: str, pupil_id: str, plan: SupportPlan) -> str:
    """Begin a support; returns its id. Refused without a name, a person, or with dates out of order."""
    check(reader, "pupil.decide", school)
    if not plan.name.strip() or not plan.who.strip():
        raise Refused("Say what the support is and who leads it.")
    check_days(plan.starts)
    review_on = plan.review_on or plan.starts + REVIEW_AFTER
    if review_on < plan.starts:
        raise Refused("The review date is before the start.", hint="Choose a later review date.")
    check_days(review_on, plan.until)
    if plan.until is not None and plan.until < plan.starts:
        raise Refused("The support would end before it starts.", hint="Choose a later last day.")
    if plan.menu_id is not None:
        _take_place(tx, school, plan.menu_id)
    row = SupportRow(
        school=school,
        pupil_id=pupil_id,
        menu_id=plan.menu_id,
        name=plan.name.strip(),
        who=plan.who.strip(),
        aim=plan.aim.strip(),
        starts=plan.starts,
        until=plan.until,
        review_on=review_on,
        **support_store.by(reader),
    )
    detail = {"change": "begun"}
    record(tx, reader, Event.SUPPORT_CHANGED, school=school, subject=pupil_id, detail=detail).add(row)
    return row.id


def _take_place(tx: Transaction, school: str, menu_id: str) -> None:
    """Refused unless this line is on the school's menu and holds one more; nobody takes the place meanwhile."""
    support_store.in_turn(tx, school)
    offer = next((one for one in menu.menu(tx, school) if one.id == menu_id), None)
    if offer is None:
        raise Refused("This is not on your school’s menu.", hint="Choose another support.")
    if offer.left == 0:
        raise Refused(f"“{offer.name}” is full.", hint="Choose another support, or end one that is over.")


@dataclass(frozen=True)
class ReviewFound:
    """What a review found and what comes next; `review_on` is the next date unless the support ends.

    `seen` is the id of the newest review its writer saw, "" for none.
    """

    held_on: date
    went: Went
    next_step: Next
    words: str = ""
    review_on: date | None = None
    seen: str = ""


class ReviewedMeanwhile(Meanwhile):
    """Somebody kept a review that the writer of this one has not seen; it set a date and a next step too."""

    def __init__(self, last: ReviewKept | None, found: ReviewFound) -> None:
        said, stands = "The review you saw has been removed meanwhile.", {}
        if last is not None:
            words = f": “{last.words}”" if last.words else ""
            said = f"{last.by} saved a review meanwhile: {last.went}, then: {last.next_step}{words}."
            stands = {"id": last.id, "went": last.went, "next": last.next_step, "words": last.words}
            stands |= {"by": last.by, "held_on": last.held_on.isoformat()}
        yours = {"went": WENT_WORDS[found.went], "next": NEXT_WORDS[found.next_step]}
        yours |= {"words": found.words.strip(), "held_on": found.held_on.isoformat()}
        super().__init__(said, stands, yours)


def last_review(tx: Transaction, school: str, support_id: str) -> ReviewKept | None:
    """The newest review of a support."""
    row = support_store.last_review(tx, school, support_id)
    return _review(row) if row else None


def keep_review(tx: Transaction, reader: Reader, school: str, support_id: str, found: ReviewFound) -> None:
    """Record a review and set the next one, or end the support. ReviewedMeanwhile where another one stands."""
    check(reader, "pupil.decide", school)
    support_store.in_turn(tx, school)
    support = support_store.one(tx, SupportRow, school, support_id)
    if support is None:
        raise NotFound("This support can't be found.")
    if support.ends is not None:
        raise Refused("This support has ended.", hint="Start a new one from the pupil's card.")
    check_days(found.held_on, found.review_on)
    last = last_review(tx, school, support_id)
    if found.seen != (last.id if last else ""):
        raise ReviewedMeanwhile(last, found)
    detail = {"went": str(found.went), "next": str(found.next_step)}
    told = record(tx, reader, Event.REVIEW_KEPT, school=school, subject=support.pupil_id, detail=detail)
    told.add(
        ReviewRow(
            school=school,
            pupil_id=support.pupil_id,
            support_id=support_id,
            held_on=found.held_on,
            went=found.went,
            words=found.words.strip(),
            next_step=found.next_step,
            **support_store.by(reader),
        )
    )
    ends = found.next_step is Next.end
    support.ends = found.held_on if ends else None
    support.review_on = None if ends else found.review_on or found.held_on + REVIEW_AFTER


def find(tx: Transaction, school: str, support_id: str) -> Support:
    """One support; NotFound when it is not this school's."""
    row = support_store.one(tx, SupportRow, school, support_id)
    if row is None:
        raise NotFound("This support can't be found.")
    return _support(row)


def _review(row: ReviewRow) -> ReviewKept:
    return ReviewKept(
        row.held_on,
        WENT_WORDS[Went(row.went)],
        row.words,
        NEXT_WORDS[Next(row.next_step)],
        row.by_name,
        better=row.went == Went.better,
        id=row.id,
    )


def _support(row: SupportRow, reviews: tuple[ReviewKept, ...] = ()) -> Support:
    return Support(
        row.id,
        row.pupil_id,
        row.name,
        row.who,
        row.aim,
        row.starts,
        row.ends,
        row.review_on,
        reviews,
        row.until,
    )
