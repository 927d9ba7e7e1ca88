"""What stands on a pupil's card, put into words and pictures. No route and no query here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_contracts import calendar
from pipelines.events import sentence
from pipelines.explanation import THEMES, Kind, Said, Story, lines_of, told
from pipelines.explanation.weeks import weeks_of
from service.pupils.cards import Card, PupilFacts
from service.shell import charts, strips
from service.support import Offer, Support

LANE_OF = {"behaviour": "behaviour", "suspension": "suspension"}
FITTING_SHOWN = 4
FIRST_RECORDS = 5
LATER_SHOWN = 12
"""Facts after the as-of day that are listed one by one."""


@dataclass(frozen=True)
class RecordLine:
    """A dated record in words."""

    on: str
    words: str


@dataclass(frozen=True)
class ThemePanel:
    """A theme on the card: its headline, what else is said, the picture, and the records that were counted.

    `counted` heads them ("The 9 records"); `first` are the newest few, `rest` the others.
    """

    theme: str
    heading: str
    headline: str
    more: tuple[str, ...]
    picture: strips.Picture | None
    counted: str
    first: tuple[RecordLine, ...]
    rest: tuple[RecordLine, ...]


@dataclass(frozen=True)
class Similar:
    """What became of past pupils with the nearest figures: for readers who may see figures."""

    pupils: int
    icons: charts.IconArray
    reach: str
    short: str


def called(facts: PupilFacts) -> str:
    """The pupil's name, or for those who see no names a neutral word with the last of the id."""
    if facts.forename or facts.surname:
        return f"{facts.forename or ''} {facts.surname or ''}".strip()
    return f"Pupil {facts.pupil_id[-6:]}"


def year_and_form(facts: PupilFacts) -> str:
    """`Year 8 · 8B`, as far as the roll knows."""
    year = {"R": "Reception", None: ""}.get(facts.nc_year, f"Year {facts.nc_year}")
    return " · ".join(part for part in (year, facts.registration_group or "") if part)


def panels(card: Card, supports: Sequence[Support], today: date) -> tuple[ThemePanel, ...]:
    """The themes told as reasons, the largest first."""
    if card.account is None:
        return ()
    return tuple(_panel(card, one.story, supports, today) for one in card.account.reasons)


def further(card: Card, supports: Sequence[Support], today: date) -> tuple[ThemePanel, ...]:
    """The other themes of which anything is recorded."""
    if card.account is None:
        return ()
    stories = [one for one in card.account.others if _anything(one)]
    return tuple(_panel(card, one, supports, today) for one in stories)


def _anything(story: Story) -> bool:
    """Whether a theme holds more than that nothing was recorded."""
    return bool(story.values.now or story.values.last_term or story.theme in ("attendance", "sen", "moves"))


def _panel(card: Card, story: Story, supports: Sequence[Support], today: date) -> ThemePanel:
    said = story.told_to(card.audience)
    lines = lines_of(card.records, story.records) if told(Kind.evidence, card.audience) else []
    records = tuple(RecordLine(one["date"] or "", _with_since(card, one)) for one in lines)
    begun = [(one.starts, one.name) for one in supports]
    return ThemePanel(
        story.theme,
        THEMES[story.theme].label,
        said[0].sentence(today) if said else "",
        tuple(one.sentence(today) for one in said[1:]),
        strips.picture(story, begun),
        _counted_words(story, len(records)),
        records[:FIRST_RECORDS],
        records[FIRST_RECORDS:],
    )


def _with_since(card: Card, line: dict[str, Any]) -> str:
    """A counted record's words, and whether it was corrected, undone or erased since."""
    since = card.since.get(line["id"])
    return f"{line['words']} ({since[:1].upper()}{since[1:]}.)" if since else str(line["words"])


def _counted_words(story: Story, count: int) -> str:
    """What heads the counted records."""
    if story.theme == "attendance":
        if story.of is None:
            return ""
        if count == 0:
            return f"No session of {story.of} was missed"
        return (
            f"The {count} sessions missed, of {story.of}"
            if count > 1
            else f"The session missed, of {story.of}"
        )
    if count == 0:
        return ""
    return "The record" if count == 1 else f"The {count} records"


def going_well(card: Card, supports: Sequence[Support], today: date) -> tuple[str, ...]:
    """What stands in the records on the bright side, and reviews that found things better."""
    said = list(card.account.well) if card.account else []
    said += reviewed_better(supports)
    return tuple(one.sentence(today) for one in said if told(one.kind, card.audience))


def reviewed_better(supports: Sequence[Support]) -> list[Said]:
    """Supports whose latest review found things better."""
    return [
        Said(Kind.well, "review_better", {"support": one.name, "on": one.reviews[0].held_on})
        for one in supports
        if one.reviews and one.reviews[0].better
    ]


def since(card: Card) -> tuple[RecordLine, ...]:
    """Dated facts that came after the day the list was made from, the newest first; nothing is scored by them."""
    if card.as_of is None:
        return ()
    later = [one for one in card.events if _on(one) > card.as_of and one["kind"] != "attendance_week"]
    lines = [record_line(event) for event in sorted(later, key=lambda one: str(one["date"]), reverse=True)]
    if card.left_on is not None:
        lines.insert(0, RecordLine(card.left_on.isoformat(), "Left the school."))
    return tuple(lines)


def _on(event: dict[str, Any]) -> date:
    return date.fromisoformat(str(event["date"])[:10])


def record_line(event: dict[str, Any]) -> RecordLine:
    """One event as a dated line."""
    return RecordLine(str(event["date"])[:10], sentence(event["text_key"], event["detail"]))


def similar(card: Card) -> Similar | None:
    """The icon array of similar past pupils, where the reader may see it and there are enough of them."""
    found = card.similar
    if not found or not found["pupils"]:
        return None
    count = round(100 * found["suspended"] / found["pupils"])
    low, high = (round(100 * found[end]) for end in ("low", "high"))
    reach = "between {:.0%} and {:.0%}".format(*found["reach"]) if found["reach"] else ""
    return Similar(found["pupils"], charts.icon_array(count, low, high), reach, found["short"])


def theme_chart(card: Card) -> charts.BarChart | None:
    """Bars of what each theme moved; None for readers without figures."""
    if not card.contributions:
        return None
    rows = [
        (THEMES[theme].label, f"{moved:+.2f}", moved, theme)
        for theme, moved in card.contributions.items()
        if theme in THEMES and abs(moved) >= 0.005
    ]
    return charts.contributions("What moved the model’s figure, beside an average pupil (log-odds)", rows)


def timeline_chart(card: Card, supports: Sequence[Support]) -> charts.Timeline:
    """The last two years up to the newest term on the roll."""
    end = calendar.term(card.facts.term).end
    start = max(end.replace(year=end.year - 2), card.facts.entry_date or date.min)
    things = [
        charts.Dated(_on(event), lane, sentence(event["text_key"], event["detail"]))
        for event in card.events
        if (lane := lane_of(event)) is not None
    ]
    begun = [charts.Dated(one.starts, "support", one.name) for one in supports]
    weeks = [
        (week.monday, 1 - week.missed / week.possible)
        for week in weeks_of(card.records, start, card.records.as_of)
        if week.possible
    ]
    return charts.timeline(start, end, weeks, things, begun)


def lane_of(event: dict[str, Any]) -> str | None:
    """Which row of the timeline an event stands in. Being hurt or having seen it counts nowhere."""
    if event["text_key"] == "positive":
        return "went well"
    if event["text_key"] in ("incident_target", "incident_witness"):
        return None
    return LANE_OF.get(event["kind"])


def recent_records(card: Card, most: int = 60) -> tuple[RecordLine, ...]:
    """The dated records of the timeline, latest first, for the table beside the chart."""
    newest = sorted(card.events, key=lambda event: str(event["date"]), reverse=True)
    return tuple(record_line(event) for event in newest[:most])


def sen_provision(card: Card) -> str | None:
    """The provision that stands: N, K, E, or None where nothing is recorded."""
    row = card.records.standing_sen()
    return None if row is None else row.provision


def offer_words(offer: Offer) -> str:
    """A line of the menu with its strength and the places it has left."""
    said = offer.name
    if strength := getattr(offer, "strength", ""):
        said += f" · {STRENGTH_WORDS.get(strength, strength)}"
    if offer.left is None:
        return said
    return f"{said} ({offer.left} place{'' if offer.left == 1 else 's'} left)"


STRENGTH_WORDS = {
    "strong": "tested in several trials",
    "some": "some evidence",
    "practice": "school practice",
}
