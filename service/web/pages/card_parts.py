"""What stands on a pupil's card, put into words and charts. No route and no query here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data_contracts import calendar
from pipelines.events import sentence
from service.callers import Caller
from service.reads.cards import Card, PupilFacts
from service.support.given import Support
from service.support.offered import Offer
from service.web import charts
from service.web.pages.packs import COMPARES
from service.web.pages.packs import going_well as praise

KIND_WORDS = {
    "changeable": "What we can change at school",
    "context": "What is around this pupil",
    "history": "What happened before",
}
LANE_OF = {"behaviour": "behaviour", "suspension": "suspension"}
RECENT = timedelta(days=365)
SESSIONS_A_DAY = 2
MOST_RECORDS = 5
GOOD_ATTENDANCE = 0.95
FITTING_SHOWN = 4


@dataclass(frozen=True)
class RecordLine:
    """A dated record in words."""

    on: str
    words: str


@dataclass(frozen=True)
class Reason:
    """A reason or a strength in words, with the records behind it."""

    label: str
    sentence: str
    records: tuple[RecordLine, ...]
    contribution: float | None


@dataclass(frozen=True)
class ReasonGroup:
    """Reasons of one kind under the words for that kind."""

    words: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Similar:
    """What became of past pupils with a similar figure: for readers who may see figures."""

    pupils: int
    icons: charts.IconArray


def called(facts: PupilFacts) -> str:
    """The pupil's name, or for those who see no names a neutral word with the last of the id."""
    if facts.forename or facts.surname:
        return f"{facts.forename or ''} {facts.surname or ''}".strip()
    return f"Pupil {facts.pupil_id[-6:]}"


def year_and_form(facts: PupilFacts) -> str:
    """`Year 8, form 8B`, as far as the roll knows."""
    year = {"R": "Reception", None: ""}.get(facts.nc_year, f"Year {facts.nc_year}")
    form = f"form {facts.registration_group}" if facts.registration_group else ""
    return ", ".join(part for part in (year, form) if part)


def reason_groups(reasons_of: Sequence[dict[str, Any]]) -> tuple[ReasonGroup, ...]:
    """Reasons split into what the school can change, context and history; empty groups left out."""
    groups = []
    for kind, words in KIND_WORDS.items():
        reasons = tuple(_reason(one) for one in reasons_of if one["kind"] == kind)
        if reasons:
            groups.append(ReasonGroup(words, reasons))
    return tuple(groups)


def own_reasons(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The reasons about the pupil's own records: how they stand beside others is a rank, and isn't shown."""
    return [one for one in body["reasons"] if COMPARES not in one["indicator"]]


def going_well(card: Card) -> tuple[str, ...]:
    """What stands in the records on the bright side: praise, attendance, a quiet year."""
    newest = calendar.term(card.facts.term)
    lines = list(praise(card.events, card.facts.term))
    held = max(newest.start, card.facts.entry_date or newest.start)
    shares = [share for _, share in weekly_attendance(card.events, held, newest.end)]
    if shares and min(shares) == 1:
        lines.append("Was at school for every session this term.")
    elif shares and sum(shares) / len(shares) >= GOOD_ATTENDANCE:
        lines.append(f"Was at school for {sum(shares) / len(shares):.0%} of sessions this term.")
    since = newest.end - RECENT
    if not any(event["kind"] == "suspension" and _on(event) >= since for event in card.events):
        lines.append("Has not been suspended in the last twelve months, as far as we know.")
    return tuple(lines)


def _on(event: dict[str, Any]) -> date:
    return date.fromisoformat(str(event["date"])[:10])


def _reason(one: dict[str, Any]) -> Reason:
    records = tuple(record_line(event) for event in one["evidence"][:MOST_RECORDS])
    return Reason(one["label"], one["sentence"], records, one["contribution"])


def record_line(event: dict[str, Any]) -> RecordLine:
    """One event as a dated line."""
    return RecordLine(str(event["date"])[:10], sentence(event["text_key"], event["detail"]))


def similar(body: dict[str, Any]) -> Similar | None:
    """The icon array of similar past pupils, where the reader may see it and there are enough of them."""
    found = body["similar"]
    if not found or not found["pupils"]:
        return None
    count = round(100 * found["suspended"] / found["pupils"])
    low, high = (round(100 * found[end]) for end in ("low", "high"))
    return Similar(found["pupils"], charts.icon_array(count, low, high))


def contribution_chart(body: dict[str, Any]) -> charts.BarChart | None:
    """Bars for the reasons and strengths shown; None for readers without figures."""
    shown = [*body["reasons"], *body["strengths"]]
    if not shown or any(one["contribution"] is None for one in shown):
        return None
    rows = [(one["label"], f"{one['contribution']:+.2f}", one["contribution"], one["kind"]) for one in shown]
    return charts.contributions("What moved the model’s figure, beside an average pupil", rows)


def suggested_abouts(manifest: dict[str, Any], body: dict[str, Any] | None) -> list[str]:
    """What the reasons point to in the support menu, changeable reasons first."""
    if body is None:
        return []
    ideas = {one["name"]: one["support"] for one in manifest["indicators"]}
    ordered = sorted(body["reasons"], key=lambda one: one["kind"] != "changeable")
    return list(dict.fromkeys(idea for one in ordered for idea in ideas.get(one["indicator"], ())))


def timeline_chart(card: Card, supports: Sequence[Support]) -> charts.Timeline:
    """The last twelve months up to the newest term on the roll."""
    end = calendar.term(card.facts.term).end
    start = max(end - RECENT, card.facts.entry_date or date.min)
    things = [
        charts.Dated(_on(event), lane, sentence(event["text_key"], event["detail"]))
        for event in card.events
        if (lane := lane_of(event)) is not None
    ]
    begun = [charts.Dated(one.starts, "support", one.name) for one in supports]
    return charts.timeline(start, end, weekly_attendance(card.events, start, end), things, begun)


def lane_of(event: dict[str, Any]) -> str | None:
    """Which row of the timeline an event stands in. Being hurt or having seen it counts nowhere."""
    if event["text_key"] == "positive":
        return "went well"
    if event["text_key"] in ("incident_target", "incident_witness"):
        return None
    return LANE_OF.get(event["kind"])


def weekly_attendance(events: Sequence[dict[str, Any]], start: date, end: date) -> list[tuple[date, float]]:
    """(Monday, share of sessions not missed) per school week; a week without an exception was attended."""
    missed = {
        _monday(_on(event)): event["detail"].get("absent", 0)
        for event in events
        if event["kind"] == "attendance_week"
    }
    sessions: dict[date, int] = {}
    for day in calendar.school_days(start, end):
        sessions[_monday(day)] = sessions.get(_monday(day), 0) + SESSIONS_A_DAY
    return [(week, 1 - missed.get(week, 0) / held) for week, held in sorted(sessions.items())]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def recent_records(card: Card, most: int = 60) -> tuple[RecordLine, ...]:
    """The dated records of the timeline, latest first, for the table beside the chart."""
    newest = sorted(card.events, key=lambda event: str(event["date"]), reverse=True)
    return tuple(record_line(event) for event in newest[:most])


def sen_provision(card: Card) -> str | None:
    """The provision last recorded: N, K, E, or None where nothing is."""
    dated = [event for event in card.events if event["kind"] == "sen"]
    newest = max(dated, key=lambda event: str(event["date"]), default=None)
    return newest["detail"].get("provision") if newest else None


def offer_words(offer: Offer) -> str:
    """A line of the menu with the places it has left."""
    if offer.left is None:
        return offer.name
    return f"{offer.name} ({offer.left} place{'' if offer.left == 1 else 's'} left)"


def fitting_offers(caller: Caller, card: Card, menu: list[Offer]) -> list[Offer]:
    """What the reasons on the card point to, in their order; what is full is left out."""
    body = card.explanation
    if body is None or body["abstained"]:
        return []
    abouts = suggested_abouts(caller.deployment.manifest(body["model_id"]), body)
    fitting = [one for one in menu if one.about in abouts and one.left != 0]
    return spread(sorted(fitting, key=lambda one: abouts.index(one.about)))


def spread(offers: list[Offer]) -> list[Offer]:
    """One offer for each reason before a second one for any."""
    turns: dict[str, int] = {}
    placed = []
    for one in offers:
        turns[one.about] = turns.get(one.about, 0) + 1
        placed.append((turns[one.about], one))
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]
