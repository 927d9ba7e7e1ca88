"""What changed for a pupil, what was done, and the SEN picture: a card's past and what is due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.explanation import Story
from pipelines.explanation.weeks import weeks_of
from service.core.taking import is_near
from service.pupils.card_parts import RecordLine, record_line
from service.pupils.cards import Card
from service.support import Response, Support, response_chart, response_to

YEAR = timedelta(days=365)
PROVISION_WORDS = {
    "N": "No special educational needs are recorded.",
    "K": "SEN support",
    "E": "Education, health and care plan",
}


@dataclass(frozen=True)
class SinceLastTerm:
    """Themes that are better or harder than last term, each as its headline says, and what was done meanwhile."""

    better: tuple[str, ...]
    harder: tuple[str, ...]
    did: tuple[RecordLine, ...]


@dataclass(frozen=True)
class Shown:
    """How the weeks around the start of a support went, with a chart where it is not too soon."""

    found: Response
    chart: response_chart.BeforeAfter | None


@dataclass(frozen=True)
class SenPicture:
    """Provision, since when, whether the need was looked into, what was tried and what is due."""

    provision: str
    since: str | None
    need: str
    due: tuple[str, ...]
    tried: tuple[str, ...]
    steps: tuple[RecordLine, ...]


def since_last_term(
    card: Card, supports: Sequence[Support], after: date, today: date
) -> SinceLastTerm | None:
    """What is better or harder than last term, beside the reasons; None where nothing is.

    Themes that stand as reasons have said it already, and are not told twice.
    """
    stories = card.account.others if card.account else ()
    better, harder = (
        tuple(one.said[0].sentence(today) for one in stories if one.values.harder == way and _counts(one))
        for way in (-1, 1)
    )
    did = _did(supports, after)
    return SinceLastTerm(better, harder, did) if better or harder or did else None


def _counts(story: Story) -> bool:
    return story.theme in ("attendance", "lateness", "behaviour", "time_out", "suspensions")


def _did(supports: Sequence[Support], after: date) -> tuple[RecordLine, ...]:
    """Supports begun, reviewed or ended since a day, oldest first."""
    lines = []
    for one in supports:
        if one.starts > after:
            lines.append(RecordLine(one.starts.isoformat(), f"{one.name} began, led by {one.who}."))
        for review in one.reviews:
            if review.held_on > after:
                lines.append(
                    RecordLine(review.held_on.isoformat(), f"{one.name} was reviewed: {review.went.lower()}.")
                )
        if one.ends is not None and one.ends > after:
            lines.append(RecordLine(one.ends.isoformat(), f"{one.name} ended."))
    return tuple(sorted(lines, key=lambda line: line.on))


def responses(card: Card, supports: Sequence[Support]) -> dict[str, Shown]:
    """By support id: this pupil's own weeks before and after it began."""
    shown = {}
    for one in supports:
        known = is_near(one.starts)  # kept before other days were refused: there are no weeks around them
        weeks = weeks_of(card.records, one.starts - YEAR, card.records.as_of) if known else ()
        found = response_to(one.name, one.starts, one.ends, weeks)
        shown[one.id] = Shown(found, response_chart.before_after(found) if found.lines else None)
    return shown


def sen_picture(card: Card, supports: Sequence[Support], today: date) -> SenPicture:
    """What the newest SEN row says, what is due on the day shown, and the steps before it. The kind of need
    stays in the school's own system."""
    row = card.records.standing_sen()
    steps = sorted(
        (event for event in card.events if event["kind"] == "sen"),
        key=lambda one: str(one["date"]),
        reverse=True,
    )
    provision = row.provision if row else "N"
    given = provision in ("K", "E")
    return SenPicture(
        provision=PROVISION_WORDS.get(provision, "SEN is recorded."),
        since=row.start.isoformat() if row and given else None,
        need=_need(row.assessed) if row and given else "",
        due=_due(provision, row.review if row else None, today) if given else (),
        tried=tuple(_tried(one) for one in supports),
        steps=tuple(record_line(event) for event in steps),
    )


def _need(assessed: bool | None) -> str:
    if assessed is None:
        return ""
    if assessed:
        return "A need has been assessed. Your SENDCo knows which; it is not held here."
    return "No need has been assessed yet: is an assessment due?"


def _due(provision: str, review: date | None, today: date) -> tuple[str, ...]:
    if review is None:
        return ("No review date is recorded. Ask when the next one is.",)
    words = f"{review.day} {review:%B %Y}"
    what = "The review of the plan" if provision == "E" else "The review of SEN support"
    return (f"{what} {'was' if review < today else 'is'} due on {words}.",)


def _tried(support: Support) -> str:
    """A support in one sentence, with how its last review went."""
    until = f" until {support.ends.day} {support.ends:%B %Y}" if support.ends else ""
    said = f"{support.name}, from {support.starts.day} {support.starts:%B %Y}{until}."
    return f"{said} Last review: {support.reviews[0].went.lower()}." if support.reviews else said
