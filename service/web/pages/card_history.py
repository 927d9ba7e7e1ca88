"""What changed for a pupil, what was done, and the SEN picture: a card's past and what is due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_contracts import calendar
from service.reads.cards import Card
from service.support.given import Support
from service.support.response import Response, response
from service.web import charts
from service.web.pages.card_parts import RecordLine, record_line
from service.web.pages.packs import COMPARES

MOST_CHANGES = 4
LEAST_MOVED = 0.05
PROVISION_WORDS = {
    "N": "No special educational needs are recorded.",
    "K": "SEN support",
    "E": "Education, health and care plan",
}


@dataclass(frozen=True)
class Change:
    """One thing that moved since the last term with a figure."""

    sentence: str
    moved: float | None


@dataclass(frozen=True)
class SinceLastTerm:
    """What moved, and what we did in the meantime."""

    raised: tuple[Change, ...]
    lowered: tuple[Change, ...]
    other: tuple[Change, ...]
    did: tuple[RecordLine, ...]


@dataclass(frozen=True)
class Shown:
    """How the weeks around the start of a support went, with a chart where it is not too soon."""

    found: Response
    chart: charts.BeforeAfter | None


@dataclass(frozen=True)
class SenPicture:
    """Provision, since when, whether the need was looked into, what was tried and what is due."""

    provision: str
    since: str | None
    need: str
    due: tuple[str, ...]
    tried: tuple[str, ...]
    steps: tuple[RecordLine, ...]


def since_last_term(card: Card, supports: Sequence[Support]) -> SinceLastTerm | None:
    """None where there is no earlier term to compare with."""
    if card.term_before is None or card.term is None:
        return None
    own = [one for one in card.changed if COMPARES not in one["indicator"]]
    told = [one for one in own if one["moved"] is None or abs(one["moved"]) >= LEAST_MOVED]
    raised, lowered, other = (
        tuple(Change(one["sentence"], one["moved"]) for one in told if _way(one["moved"]) == way)[
            :MOST_CHANGES
        ]
        for way in (1, -1, 0)
    )
    start = calendar.term(card.term_before).end
    return SinceLastTerm(raised, lowered, other, _did(supports, start))


def _way(moved: float | None) -> int:
    return 0 if not moved else 1 if moved > 0 else -1


def _did(supports: Sequence[Support], after: date) -> tuple[RecordLine, ...]:
    """Supports begun, looked at again or ended since a day, oldest first."""
    lines = []
    for one in supports:
        if one.starts > after:
            lines.append(RecordLine(one.starts.isoformat(), f"{one.name} began, with {one.who}."))
        for review in one.reviews:
            if review.held_on > after:
                lines.append(
                    RecordLine(
                        review.held_on.isoformat(), f"{one.name} was looked at: {review.went.lower()}."
                    )
                )
        if one.ends is not None and one.ends > after:
            lines.append(RecordLine(one.ends.isoformat(), f"{one.name} ended."))
    return tuple(sorted(lines, key=lambda line: line.on))


def responses(card: Card, supports: Sequence[Support]) -> dict[str, Shown]:
    """By support id: this pupil's own weeks before and after it began."""
    known_until = calendar.term(card.facts.term).end
    joined = card.facts.entry_date or date.min
    shown = {}
    for one in supports:
        found = response(one.name, one.starts, one.ends, card.events, known_until, joined)
        shown[one.id] = Shown(found, charts.before_after(found) if found.lines else None)
    return shown


def sen_picture(card: Card, supports: Sequence[Support], today: date) -> SenPicture:
    """What the records say about SEN, latest first. The kind of need stays in the school's own system."""
    events = sorted(
        (event for event in card.events if event["kind"] == "sen"),
        key=lambda one: str(one["date"]),
        reverse=True,
    )
    newest: dict[str, Any] = events[0]["detail"] if events else {}
    provision = str(newest.get("provision") or "N")
    given = provision in ("K", "E")
    return SenPicture(
        provision=PROVISION_WORDS.get(provision, "SEN is recorded."),
        since=str(events[0]["date"])[:10] if events and given else None,
        need=_need(card) if given else "",
        due=_due(provision, newest.get("review_date"), today) if given else (),
        tried=tuple(_tried(one) for one in supports),
        steps=tuple(record_line(event) for event in events),
    )


def _need(card: Card) -> str:
    waits = card.sen.get("sen_need_not_assessed")
    if waits is None:
        return ""
    return (
        "No need has been assessed yet: is an assessment due?"
        if waits
        else "A need has been assessed. Your SENDCo knows which; it is not held here."
    )


def _due(provision: str, review_date: Any, today: date) -> tuple[str, ...]:
    if not review_date:
        return ("No review date is recorded. Ask when the next one is.",)
    due = date.fromisoformat(str(review_date)[:10])
    words = f"{due.day} {due:%B %Y}"
    what = "The review of the plan" if provision == "E" else "The review of SEN support"
    return (f"{what} {'was' if due < today else 'is'} due on {words}.",)


def _tried(support: Support) -> str:
    went = f" Last looked at: {support.reviews[0].went.lower()}." if support.reviews else ""
    until = f" until {support.ends.day} {support.ends:%B %Y}" if support.ends else ""
    return f"{support.name}, from {support.starts.day} {support.starts:%B %Y}{until}.{went}"
