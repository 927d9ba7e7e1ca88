"""Explain a figure: in themes and words with the dated records behind them, and in sums that hold exactly."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from model.additive import SCHOOL, probability
from model.indicator import Indicator
from pipelines.explanation.account import Account, Reason, account_of
from pipelines.explanation.evidence import evidence_of
from pipelines.explanation.lines import lines_of
from pipelines.explanation.records import records_of
from pipelines.explanation.rows import OnRoll, Records
from pipelines.explanation.stories import Pupil, Story
from pipelines.explanation.themes import THEMES, declared, theme_of
from pipelines.explanation.told import Audience, Kind, told

SCHOOL_LABEL = "The school as a whole"
NOT_TOLD = "This input is no longer told; its weight counts under its theme."
NOWHERE = Pupil(None, lambda _table, _term: False)
FIGURES = ("log_odds", "base_log_odds", "probability")


def explanation(
    manifest: Mapping[str, Any],
    score_row: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]] = (),
    *,
    all: bool = False,
    audience: Audience = Audience.figures,
    pupil: Pupil = NOWHERE,
    roll: Iterable[OnRoll] = (),
    today: date | None = None,
) -> dict[str, Any]:
    """The explanation of one scored pupil-term as plain data, as far as its audience is told it.

    `score_row` is a row of `ScoreResult.frame`; `events` are the pupil's timeline events. `themes` are what is
    told as reasons; `reasons` holds the indicator that raised most in each, or with `all` every contribution,
    the school's included, so that base + their sum is the log-odds. An audience without figures gets None for
    them. `today` is the day on which dates are told as past or to come (default: the as-of date).
    """
    as_of = _day(score_row["as_of"])
    body: dict[str, Any] = {
        "pupil_id": score_row["pupil_id"],
        "school": score_row["school"],
        "as_of": as_of.isoformat(),
        "model_id": manifest["model_id"],
        "synthetic": bool(manifest["synthetic"]),
        "abstained": score_row.get("abstained"),
    }
    records = records_of(events, as_of, str(score_row["term"]), school=str(score_row["school"]), roll=roll)
    account = account_of(manifest, score_row, records, pupil)
    body["well"] = [one.as_dict(today or as_of) for one in account.well if told(one.kind, audience)]
    if body["abstained"]:
        nothing = dict.fromkeys((*FIGURES, "similar"))
        return {**body, **nothing, "themes": [], "reasons": [], "strengths": []}
    log_odds = float(score_row["log_odds"])
    entries = [
        entry
        for kind, entry in _entries(manifest, score_row, log_odds, records, audience)
        if told(kind, audience) or entry["contribution"] is not None
    ]
    figures = {name: float(value) for name, value in _figures(score_row, log_odds).items()}
    shown = told(Kind.contribution, audience)
    return {
        **body,
        **(figures if shown else dict.fromkeys(FIGURES)),
        "similar": similar_of(score_row) if told(Kind.similar, audience) else None,
        "themes": [theme_body(one, records, audience, today or as_of) for one in account.reasons],
        **_chosen(entries, account, manifest, complete=all),
    }


def theme_body(reason: Reason, records: Records, audience: Audience, today: date) -> dict[str, Any]:
    """One theme as plain data: its statements, its own figures then and now, the records that were counted."""
    story = reason.story
    return {
        "theme": story.theme,
        "label": story.label,
        "contribution": reason.contribution if told(Kind.contribution, audience) else None,
        "leading": reason.leading if told(Kind.contribution, audience) else None,
        **story_body(story, records, audience, today),
    }


def story_body(story: Story, records: Records, audience: Audience, today: date) -> dict[str, Any]:
    """A story's statements, values and counted records."""
    values = story.values
    shown = told(Kind.evidence, audience)
    return {
        "said": [one.as_dict(today) for one in story.told_to(audience)],
        "now": values.now,
        "last_term": values.last_term,
        "last_year": values.last_year,
        "share": values.share,
        "of": story.of,
        "counted": len(story.records),
        "records": lines_of(records, story.records) if shown else [],
    }


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Differences between two explanations of one pupil (both made with `all`), largest first.

    Each entry: indicator, label, theme, kind, unit, then, now (values, None where not known), moved (log-odds)
    and a sentence. Under one model the entries' `moved` sum to the change of the log-odds exactly: a longer
    term ahead, or another season, counts as the entry "base". Contributions of two models can't be compared,
    nor can a reader without figures be told them: then `moved` is None and only values that changed are listed,
    in the order of the explanation. Nothing is said where one of the two abstained.

    Raises ValueError for two pupils.
    """
    if then["pupil_id"] != now["pupil_id"]:
        raise ValueError("changes are told of one pupil, not of two")
    if then["abstained"] or now["abstained"]:
        return []
    before = {one["indicator"]: one for one in then["reasons"]}
    comparable = then["model_id"] == now["model_id"] and now["log_odds"] is not None
    told_of = [
        _changed(before[one["indicator"]], one, comparable)
        for one in now["reasons"]
        if one["indicator"] in before
    ]
    if not comparable:
        return [one for one in told_of if one["then"] != one["now"]]
    told_of.append(_base_changed(then, now))
    return sorted((one for one in told_of if one["moved"]), key=lambda one: -abs(one["moved"]))


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], comparable: bool) -> dict[str, Any]:
    moved = now["contribution"] - before["contribution"] if comparable else None
    sentence = now["sentence"]
    if now["value"] is not None or before["value"] is not None:
        was, is_now = (_value_in_words(one["value"], now["unit"]) for one in (before, now))
        sentence = f"{now['label']}: {is_now}, was {was}."
    same = {key: now[key] for key in ("indicator", "label", "theme", "kind", "unit")}
    return {**same, "then": before["value"], "now": now["value"], "moved": moved, "sentence": sentence}


def _base_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    moved = now["base_log_odds"] - then["base_log_odds"]
    way = "more" if moved > 0 else "less"
    return {
        "indicator": "base", "label": "The term ahead", "theme": "base", "kind": "context", "unit": "",
        "then": None, "now": None, "moved": moved,
        "sentence": f"Suspensions are {way} usual in the term ahead, by its length and season.",
    }  # fmt: skip


def _value_in_words(value: float | None, unit: str) -> str:
    if value is None:
        return "not known"
    if unit == "yes or no":
        return "yes" if value >= 0.5 else "no"
    return f"{value:g} {unit}".replace(" %", "%") if not unit.startswith("%") else f"{value:g}{unit}"


def kind_of(indicator: Indicator) -> Kind:
    """The kind of statement an indicator's own value is."""
    if indicator.retired:
        return Kind.rank
    if indicator.form == "norm":
        return Kind.norm
    return Kind.headline if THEMES[theme_of(indicator)].name != "year_group" else Kind.setting


def _entries(
    manifest: Mapping[str, Any],
    row: Mapping[str, Any],
    log_odds: float,
    records: Records,
    audience: Audience,
) -> list[tuple[Kind, dict[str, Any]]]:
    """(kind, entry) of every indicator and of the school. What may not be told keeps its weight alone."""
    *parts, school = row["contributions"]
    shown = told(Kind.contribution, audience)
    entries = []
    for data, value, part in zip(manifest["indicators"], row["values"], parts, strict=True):
        one = declared(data)
        kind = kind_of(one)
        entry = {
            "indicator": one.name,
            "label": one.label,
            "theme": theme_of(one),
            "kind": one.kind,
            "unit": one.unit,
            "contribution": float(part) if shown else None,
            "probability_if_usual": float(probability(log_odds - part)) if shown else None,
            **_told_value(one, kind, value, records, audience),
        }
        entries.append((kind, entry))
    entry = _school_entry(manifest, row["school"], float(school), log_odds)
    if not shown:
        entry |= {"contribution": None, "probability_if_usual": None}
    return [*entries, (Kind.setting, entry)]


def _told_value(
    indicator: Indicator, kind: Kind, value: float | None, records: Records, audience: Audience
) -> dict[str, Any]:
    """An indicator's value, sentence and evidence, where its audience is told them."""
    if not told(kind, audience):
        return {"value": None, "sentence": NOT_TOLD, "evidence": [], "made_of": None}
    made_of = evidence_of(indicator.name, records, value).as_dict() if told(Kind.evidence, audience) else None
    return {
        "value": None if value is None else round(float(value), indicator.decimals),
        "sentence": _sentence(indicator, value, made_of),
        "evidence": made_of["records"] if made_of else [],
        "made_of": {key: part for key, part in made_of.items() if key != "records"} if made_of else None,
    }


def _sentence(indicator: Indicator, value: float | None, made_of: Mapping[str, Any] | None) -> str:
    """The indicator's sentence; set beside a year's mean, the pupil's own count stands first."""
    if indicator.form != "norm" or value is None or not made_of:
        return indicator.said(value)
    own = made_of["total"]
    mean = own - value
    return f"{own} incident{'' if own == 1 else 's'} this term; the year group's average is {mean:.1f}."


def _school_entry(manifest: Mapping[str, Any], school: str, part: float, log_odds: float) -> dict[str, Any]:
    if school not in manifest["schools"]:
        sentence = (
            "The model has not learned from this school's earlier terms, so the school changes nothing."
        )
    else:
        way = "more" if part > 0 else "less"
        sentence = f"Pupils with the same records are suspended {way} often here than at the other schools."
    return {
        "indicator": SCHOOL, "label": SCHOOL_LABEL, "theme": SCHOOL, "kind": "context", "value": None, "unit": "",
        "contribution": part, "probability_if_usual": float(probability(log_odds - part)),
        "sentence": sentence, "evidence": [], "made_of": None,
    }  # fmt: skip


def _chosen(
    entries: Sequence[dict[str, Any]], account: Account, manifest: Mapping[str, Any], *, complete: bool
) -> dict[str, list[dict[str, Any]]]:
    """`reasons`: all entries (largest first where weights are told), or each told theme's leading one.
    `strengths` lower the figure, are the school's to build on, and have a certain direction."""
    if entries and entries[0]["contribution"] is not None:
        entries = sorted(entries, key=lambda one: -one["contribution"])
    by_name = {one["indicator"]: one for one in entries}
    leading = [by_name[one.leading] for one in account.reasons if one.leading in by_name]
    limits = manifest["config"]["explanation"]
    signed = {one["name"] for one in manifest["indicators"] if one["direction"]}
    well = [
        one for one in reversed(entries)
        if one["contribution"] is not None and one["contribution"] <= -limits["least_contribution"]
        and one["indicator"] in signed and one["kind"] == "changeable" and one["value"] is not None
    ]  # fmt: skip
    return {"reasons": list(entries) if complete else leading, "strengths": well[: limits["strengths"]]}


def _figures(row: Mapping[str, Any], log_odds: float) -> dict[str, float]:
    return {
        "log_odds": log_odds,
        "base_log_odds": float(row["base_log_odds"]),
        "probability": float(probability(log_odds)),
    }


def similar_of(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Past pupils with the nearest figures: how many, how many were suspended, the interval of the share, the
    range of their figures (None in scores of an earlier release), and the side on which they run out."""
    if row["similar_pupils"] is None or np.isnan(row["similar_pupils"]):
        return None
    ends = (row.get("similar_from"), row.get("similar_to"))
    known = [end for end in ends if end is not None and not np.isnan(end)]
    return {
        "pupils": int(row["similar_pupils"]), "suspended": int(row["similar_suspended"]),
        "low": float(row["similar_low"]), "high": float(row["similar_high"]),
        "reach": [float(end) for end in known] if len(known) == 2 else None,
        "short": row.get("similar_short") or "",
    }  # fmt: skip


def _day(day: Any) -> date:
    return date.fromisoformat(day[:10]) if isinstance(day, str) else date(day.year, day.month, day.day)
