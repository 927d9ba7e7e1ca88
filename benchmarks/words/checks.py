"""The checks: each counts faults in what is told. None of them uses the code that made the words."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import textstat

from benchmarks.words.gathering import Pupil, Told

VIOLENT = {"fighting", "assault", "bullying", "verbal_abuse", "discrimination"}
VIOLENCE = re.compile(r"recorded as (hurting|taking part)|hurt(ing)? someone", re.IGNORECASE)
DECIDED = re.compile(r"\blooked( at it on\b.*and decided| and decided)", re.IGNORECASE)
COMPARING = re.compile(
    r"Most pupils|year group.s average|of the year group|than at the other schools|average pupil|below the average|"
    r"above the average|than for \d+%",
    re.IGNORECASE,
)
BANNED = re.compile(
    r"\b(at risk|risk score|exclusion risk|high-risk|aggressor|offender|perpetrator|escalat\w+|persistent\w*|defian\w+|"
    r"vulnerable|abstained|mend(ed)?|hand(ed)? in|goes on|made-up|anew)\b",
    re.IGNORECASE,
)
COUNTED = {"behaviour": re.compile(r"(\d+|No) incidents? this term"),
           "suspensions": re.compile(r"(Not suspended|Suspended (?:once|twice|\d+ times)) this term"),
           "attendance": re.compile(r"(?:Attendance|At school for) ([\d.]+%) (?:of sessions )?this term")}  # fmt: skip
DUE = re.compile(r"review of (?:SEN support|the plan) (?:was|is) due (?:on ([\w ]+?\d{4})|today)")
MOST_SHARE = 0.40


def violence(told: Told) -> int:
    """Sentences that speak of hurting for records of other types."""
    return sum(
        bool(VIOLENCE.search(record["words"])) and record.get("type") not in VIOLENT
        for pupil in told.pupils
        for record in _records(pupil)
        if record["kind"] == "behaviour"
    )


def decisions(told: Told) -> int:
    """Packs and cards that tell of a decision nobody made, or of none where one was."""
    return sum(bool(DECIDED.search(pupil.family)) != pupil.decided for pupil in told.pupils)


def evidence(told: Told) -> int:
    """Themes and indicators whose counted records don't give the figure told."""
    return sum(1 for pupil in told.pupils for _ in _unproved(pupil))


def _unproved(pupil: Pupil) -> Iterator[str]:
    for theme in pupil.figures["themes"]:
        counted = theme["counted"]
        if counted != len(theme["records"]):
            yield theme["theme"]
        if theme["share"] and theme["now"] is not None:
            if not theme["of"] or abs(1 - counted / theme["of"] - theme["now"]) > 1e-9:
                yield theme["theme"]
        elif theme["theme"] in ("behaviour", "lateness", "suspensions") and theme["now"] not in (
            None,
            counted,
        ):
            yield theme["theme"]
    for one in pupil.figures["reasons"]:  # values are told rounded to their last digit
        made = one["made_of"]
        if one["value"] is None or made is None or made["form"] not in ("count", "sum", "share"):
            continue
        rows = len(one["evidence"])
        value = {
            "count": rows,
            "sum": sum(row.get("amount") or 0 for row in one["evidence"]),
            "share": 100.0 * rows / made["of"] if made["of"] else None,
        }[made["form"]]
        if made["kept"] != "all" or value is None or abs(value - one["value"]) > 0.5 + 1e-9:
            yield one["indicator"]


def compared(told: Told) -> int:
    """Comparisons with other children where they are not for the reader."""
    texts = (
        [one.family for one in told.pupils] + [one.export for one in told.pupils] + list(told.panels.values())
    )
    texts += [_sentences(one.staff) for one in told.pupils]
    ranks = sum(
        one["value"] is not None for pupil in told.pupils for one in pupil.staff["reasons"]
        if one["indicator"] in ("incidents_rank_term", "incidents_above_norm_term", "school", "year_group")
    )  # fmt: skip
    return sum(bool(COMPARING.search(text)) for text in texts) + ranks


def contradictions(told: Told) -> int:
    """Two statements of one page that can't both be true."""
    found = 0
    for pupil in told.pupils:
        for text in (pupil.card, pupil.family, pupil.export):
            found += sum(len(set(pattern.findall(text))) > 1 for pattern in COUNTED.values())
            every = "At school for every session this term" in text
            found += every and bool(re.search(r"Attendance (?!100%)[\d.]+% this term", text))
            found += "No suspension since" in text and bool(
                re.search(r"Suspended \w+( times)? this term", text)
            )
    return found


def order(told: Told) -> int:
    """Cards on which the largest theme that may be told doesn't stand first."""
    return sum(
        [theme for theme, _, _ in pupil.panels] != [one for one in pupil.raised if one in _shown(pupil)]
        or (bool(pupil.raised) and bool(pupil.panels) and pupil.panels[0][0] != _first(pupil))
        for pupil in told.pupils
    )


def _shown(pupil: Pupil) -> set[str]:
    return {theme for theme, _, _ in pupil.panels}


def _first(pupil: Pupil) -> str:
    """The largest theme; joining school is told only of those who joined lately or came from elsewhere."""
    return next((one for one in pupil.raised if one != "moves" or one in _shown(pupil)), "")


def twice(told: Told) -> int:
    """Themes that stand twice among the reasons of one exit."""
    lists = [[theme for theme, _, _ in one.panels] for one in told.pupils]
    lists += [
        [theme["theme"] for theme in body["themes"]]
        for one in told.pupils
        for body in (one.figures, one.staff)
    ]
    return sum(len(names) - len(set(names)) for names in lists)


def pictured(told: Told) -> int:
    """Themes told without a picture, or that don't say both now and before."""
    return sum(
        not picture or not _now_and_before(theme, words)
        for pupil in told.pupils for theme, words, picture in pupil.panels
    )  # fmt: skip


def _now_and_before(theme: str, words: str) -> bool:
    if theme == "sen":
        return "since" in words or "No special educational needs" in words
    if theme == "moves":
        return "Joined this school on" in words
    return "this term" in words and "last term" in words


def first_offer(told: Told) -> tuple[float, str]:
    """(the largest share of a list with the same first offer, that offer)."""
    worst, name = 0.0, ""
    for flag_list in {pupil.flag_list for pupil in told.pupils}:
        firsts = Counter(one.offers[0] for one in told.pupils if one.flag_list == flag_list and one.offers)
        if firsts:
            offer, count = firsts.most_common(1)[0]
            if count / firsts.total() > worst:
                worst, name = count / firsts.total(), offer
    return worst, name


def forced(told: Told) -> float:
    """The largest share of a list whose first theme is the same: what the themes force."""
    shares = []
    for flag_list in {pupil.flag_list for pupil in told.pupils}:
        firsts = Counter(one.panels[0][0] for one in told.pupils if one.flag_list == flag_list and one.panels)
        shares += [firsts.most_common(1)[0][1] / firsts.total()] if firsts else []
    return max(shares, default=0.0)


def oldest(told: Told) -> int:
    """Cards whose SEN review isn't that of the newest extract."""
    found = 0
    for pupil in told.pupils:
        dates = set(DUE.findall(pupil.card))
        if pupil.newest_review and dates - {""} and dates != {_day(pupil.newest_review)}:
            found += 1
    return found


def _day(iso: str) -> str:
    from datetime import date

    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B} {day.year}"


def banned(told: Told) -> int:
    """Banned words at any exit."""
    return sum(
        bool(BANNED.search(text)) for one in told.pupils for text in (one.card, one.family, one.export)
    )


def reading_age(told: Told) -> float:
    """How old a reader of the sentences has to be."""
    sentences = [_sentences(one.figures) for one in told.pupils]
    return float(textstat.automated_readability_index(" ".join(sentences)) + 5)


def _sentences(body: dict[str, Any]) -> str:
    said = [one["sentence"] for theme in body["themes"] for one in theme["said"]]
    return " ".join([*said, *(one["sentence"] for one in body["well"])])


def _records(pupil: Pupil) -> Iterator[dict[str, Any]]:
    for body in (pupil.figures, pupil.staff):
        for theme in body["themes"]:
            yield from theme["records"]
        for one in body["reasons"]:
            yield from one["evidence"]


CHECKS: dict[str, Callable[[Told], int]] = {
    "statements of violence for other types": violence,
    "claims of a decision not made": decisions,
    "evidence that doesn't give the value": evidence,
    "comparisons outside their audience": compared,
    "contradictions between two statements of one page": contradictions,
    "largest theme not shown first": order,
    "same theme told twice": twice,
    "themes without now, before and a picture": pictured,
    "the oldest SEN review told instead of the newest": oldest,
    "banned words": banned,
}
