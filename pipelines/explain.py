"""Why a figure is what it is, in words with the dated records behind it, and in sums that hold exactly."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from model.additive import SCHOOL, probability
from model.indicator import Indicator

SCHOOL_LABEL = "The school as a whole"
BASE = "base"
YES_OR_NO = "yes or no"
MOST_RECORDS = 10


def explanation(
    manifest: Mapping[str, Any],
    score_row: Mapping[str, Any],
    events: Sequence[Any] = (),
    *,
    all: bool = False,
) -> dict[str, Any]:
    """The explanation of one scored pupil-term as plain data.

    `score_row` is a row of `ScoreResult.frame`; `events` are the pupil's timeline events (dataclasses or
    mappings with kind and date) up to the as-of date. With `all` the list `reasons` is complete: every
    contribution, strengths and the school's offset included, so that base + their sum is the log-odds.
    """
    body: dict[str, Any] = {
        "pupil_id": score_row["pupil_id"],
        "school": score_row["school"],
        "as_of": _iso(score_row["as_of"]),
        "model_id": manifest["model_id"],
        "synthetic": bool(manifest["synthetic"]),
        "abstained": score_row.get("abstained"),
    }
    if body["abstained"]:
        nothing = dict.fromkeys(("log_odds", "base_log_odds", "probability", "similar"))
        return {**body, **nothing, "reasons": [], "strengths": []}
    log_odds = float(score_row["log_odds"])
    signed = {one["name"] for one in manifest["indicators"] if one["direction"]}
    entries = _entries(manifest, score_row, log_odds, _by_kind(events, score_row["as_of"]))
    return {
        **body,
        "log_odds": log_odds,
        "base_log_odds": float(score_row["base_log_odds"]),
        "probability": float(probability(log_odds)),
        "similar": _similar(score_row),
        **_shown(entries, manifest["config"]["explanation"], signed, complete=all),
    }


def families(manifest: Mapping[str, Any], contributions: Sequence[float]) -> dict[str, float]:
    """Contributions summed by family (and the school), largest first: correlated indicators as one reason."""
    sums: defaultdict[str, float] = defaultdict(float)
    kinds = [one["family"] for one in manifest["indicators"]]
    for family, part in zip([*kinds, SCHOOL], contributions, strict=True):
        sums[family] += part
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What moved between two explanations of one pupil (both made with `all`), largest first.

    Each entry: indicator, label, kind, unit, then, now (values, None where not known), moved (log-odds) and a
    sentence. Under one model the entries' `moved` sum to the change of the log-odds exactly: a longer term
    ahead, or another season, counts as the entry "base". Contributions of two models can't be compared, nor
    can a reader without figures be told them: then `moved` is None and only values that changed are listed,
    in the order of the explanation. Nothing is said where one of the two abstained.

    Raises ValueError for two pupils.
    """
    if then["pupil_id"] != now["pupil_id"]:
        raise ValueError("changes are told of one pupil, not of two")
    if then["abstained"] or now["abstained"]:
        return []
    before = {one["indicator"]: one for one in then["reasons"]}
    comparable = then["model_id"] == now["model_id"] and now["log_odds"] is not None
    told = [
        _changed(before[one["indicator"]], one, comparable)
        for one in now["reasons"]
        if one["indicator"] in before
    ]
    if not comparable:
        return [one for one in told if one["then"] != one["now"]]
    told.append(_base_changed(then, now))
    return sorted((one for one in told if one["moved"]), key=lambda one: -abs(one["moved"]))


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], comparable: bool) -> dict[str, Any]:
    moved = now["contribution"] - before["contribution"] if comparable else None
    sentence = now["sentence"]
    if now["indicator"] != SCHOOL:
        sentence += f" Before: {_value_in_words(before['value'], now['unit'])}."
    same = {key: now[key] for key in ("indicator", "label", "kind", "unit")}
    return {**same, "then": before["value"], "now": now["value"], "moved": moved, "sentence": sentence}


def _base_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    moved = now["base_log_odds"] - then["base_log_odds"]
    way = "more" if moved > 0 else "less"
    return {
        "indicator": BASE, "label": "The term ahead", "kind": "context", "unit": "",
        "then": None, "now": None, "moved": moved,
        "sentence": f"Suspensions are {way} usual in the term ahead, by its length and season.",
    }  # fmt: skip


def _value_in_words(value: float | None, unit: str) -> str:
    if value is None:
        return "not known"
    if unit == YES_OR_NO:
        return "yes" if value >= 0.5 else "no"
    return f"{value:g}"


def _entries(
    manifest: Mapping[str, Any],
    row: Mapping[str, Any],
    log_odds: float,
    records: Mapping[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    *parts, school = row["contributions"]
    entries = []
    for data, value, part in zip(manifest["indicators"], row["values"], parts, strict=True):
        one = Indicator.from_dict(data)
        entries.append(
            {
                "indicator": one.name,
                "label": one.label,
                "kind": one.kind,
                "value": None if value is None else round(float(value), one.decimals),
                "unit": one.unit,
                "contribution": float(part),
                "probability_if_usual": float(probability(log_odds - part)),
                "sentence": one.said(value),
                "evidence": records.get(one.evidence, [])[:MOST_RECORDS] if one.evidence else [],
            }
        )
    entries.append(_school_entry(manifest, row["school"], float(school), log_odds))
    return entries


def _school_entry(manifest: Mapping[str, Any], school: str, part: float, log_odds: float) -> dict[str, Any]:
    if school not in manifest["schools"]:
        sentence = (
            "The model has not learned from this school's earlier terms, so the school changes nothing."
        )
    else:
        way = "more" if part > 0 else "less"
        sentence = f"Pupils with the same records are suspended {way} often here than at the other schools."
    return {
        "indicator": SCHOOL, "label": SCHOOL_LABEL, "kind": "context", "value": None, "unit": "",
        "contribution": part, "probability_if_usual": float(probability(log_odds - part)),
        "sentence": sentence, "evidence": [],
    }  # fmt: skip


def _shown(
    entries: Sequence[dict[str, Any]], limits: Mapping[str, Any], signed: set[str], *, complete: bool
) -> dict[str, list[dict[str, Any]]]:
    """Reasons raise the figure. Strengths lower it, are the school's to build on, and have a certain direction:
    a pattern without one (a holiday, the time since joining) is nothing to praise."""
    raising = sorted(entries, key=lambda one: -one["contribution"])
    least = limits["least_contribution"]
    pupil = [one for one in raising if one["indicator"] != SCHOOL and one["value"] is not None]
    reasons = [one for one in pupil if one["contribution"] >= least][: limits["reasons"]]
    going_well = [one for one in pupil[::-1] if one["indicator"] in signed and one["kind"] == "changeable"]
    strengths = [one for one in going_well if one["contribution"] <= -least][: limits["strengths"]]
    return {"reasons": raising if complete else reasons, "strengths": strengths}


def _similar(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["similar_pupils"] is None or np.isnan(row["similar_pupils"]):
        return None
    return {
        "pupils": int(row["similar_pupils"]), "suspended": int(row["similar_suspended"]),
        "low": float(row["similar_low"]), "high": float(row["similar_high"]),
    }  # fmt: skip


def _by_kind(events: Sequence[Any], as_of: Any) -> dict[str, list[dict[str, Any]]]:
    """Records up to the as-of date by kind, latest first."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        record = asdict(event) if is_dataclass(event) and not isinstance(event, type) else dict(event)
        if _iso(record["date"]) <= _iso(as_of):
            shown = {key: value for key, value in record.items() if key not in ("pupil_id", "school")}
            found[record["kind"]].append({**shown, "date": _iso(record["date"])})
    return {kind: sorted(some, key=lambda one: one["date"], reverse=True) for kind, some in found.items()}


def _iso(day: Any) -> str:
    return str(day)[:10] if isinstance(day, str) else date(day.year, day.month, day.day).isoformat()
