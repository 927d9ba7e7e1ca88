"""The audit: does the list, do the figures, does the label itself treat groups of pupils alike?

Runs on characteristics that stand apart from everything scoring can open.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data_contracts import calendar
from model.additive import probability
from model.grid import FloatArray
from model.groups import CANNOT_TELL, LEAST_SHOWN, LEVEL, disparity, group_table
from model.label_audit import MORE, decision_test, recording_test
from model.metrics import auc, list_shares
from pipelines.config import Config
from pipelines.evaluate import fresh_places, groups_of, places_of, plain
from pipelines.rows import Rows, fold_numbers

SUBJECTIVE = frozenset({"disruption", "defiance", "disrespect", "verbal_abuse", "other_negative", "bullying"})
OBJECTIVE = frozenset(
    {"fighting", "assault", "damage", "truancy", "lateness", "uniform", "phone", "homework"}
)
NOT_FAIR = (
    "more is recorded about this group where a judgement is needed, so similar or milder answers to what is "
    "recorded do not mean that it is treated alike"
)
RECENT_DAYS = 56
RECENT_STEPS = (1, 2, 3, 5, 8, 12)
LEAST_PROXY_ROWS = 200
TELLING = 0.8


def audit(rows: Rows, log_odds: FloatArray, characteristics: pd.DataFrame, config: Config) -> dict[str, Any]:
    """Group figures of the test rows by every characteristic and every pair of them, and the proxy test.

    `characteristics` has pupil_id, school, term and one column per characteristic (text or yes-or-no); it is
    joined here and goes no further.
    """
    joined = join_characteristics(rows.frame, characteristics)
    names = [name for name in joined if name not in ("pupil_id", "school", "term")]
    flagged = flagged_rows(rows, log_odds, config)
    p = probability(log_odds)
    tables = {name: _table(rows, flagged, p, joined[name]) for name in names}
    for first, second in combinations(names, 2):
        both = joined[first].astype(str) + " × " + joined[second].astype(str)
        lines = [set(both[joined[n] == value]) for n in (first, second) for value in joined[n].unique()]
        tables[f"{first} × {second}"] = _table(rows, flagged, p, both, lines)
    apart = [name for name in names if name != "sen"]  # SEN provision is an input and need not be guessed
    return plain(
        {"level": LEVEL, "groups": tables, "proxies": {name: proxy(rows, joined[name]) for name in apart}}
    )


def join_characteristics(frame: pd.DataFrame, characteristics: pd.DataFrame) -> pd.DataFrame:
    """One row per row of `frame`, in its order, with the characteristics and SEN as "unknown" where missing."""
    keys = ["pupil_id", "school", "term"]
    own = [n for n in ("sex", "ethnicity", "fsm", "in_care", "eal") if n in characteristics]
    latest = characteristics[[*keys, *own]].drop_duplicates(keys, keep="last")
    joined = frame[keys].merge(latest, on=keys, how="left")
    if "ethnicity" in joined:
        joined["ethnicity"] = joined["ethnicity"].astype("string").str[:1]
    if {"sen_support", "sen_plan"} <= set(frame):
        plan, support = (frame[name].to_numpy(float) > 0 for name in ("sen_plan", "sen_support"))
        unit = _in_unit(frame[keys], characteristics)
        joined["sen"] = np.select([unit, plan, support], ["unit", "plan", "support"], "none")
    for name in joined.columns.difference(keys):
        joined[name] = joined[name].astype("string").fillna("unknown").astype(str)
    return joined


def _in_unit(rows: pd.DataFrame, characteristics: pd.DataFrame) -> np.ndarray:
    """True for pupils of a SEN unit or resourced provision, shape (n,); nobody where schools do not say."""
    said = [name for name in ("sen_unit", "resourced_provision") if name in characteristics]
    inside = characteristics[characteristics[said].fillna(False).astype(bool).any(axis=1)]
    places = pd.MultiIndex.from_frame(inside[list(rows.columns)].astype(str))
    return np.asarray(pd.MultiIndex.from_frame(rows.astype(str)).isin(places))


def flagged_rows(rows: Rows, log_odds: FloatArray, config: Config) -> np.ndarray:
    """True for rows that would have been on the lists, shape (n,)."""
    flagged = np.zeros(len(rows), dtype=bool)
    groups = np.asarray(groups_of(rows), dtype=object)
    fresh = ~rows.frame["suspended_last_year"].to_numpy(bool)
    for group, places in places_of(rows, config).items():
        inside = groups == group
        share = list_shares(log_odds[inside], fresh[inside], places, fresh_places(places, config))
        flagged[inside] = share > 0.5
    return flagged


def proxy(rows: Rows, group: "pd.Series[Any]") -> dict[str, Any]:
    """AUC, on pupils held out, of telling a characteristic's commonest value from the rest by all indicators
    together. At 0.5 they say nothing of it; near 1, leaving the characteristic out of the model hides
    nothing."""
    values = group.to_numpy()
    common = group.value_counts().index[0]
    target = (values == common).astype(int)
    if min(target.sum(), len(target) - target.sum()) < LEAST_PROXY_ROWS / 4 or len(target) < LEAST_PROXY_ROWS:
        return {"finding": CANNOT_TELL}
    X, folds = rows.X, fold_numbers(rows.pupil, 3, 0)
    told = np.zeros(len(target))
    with threadpool_limits(limits=1):
        for fold in range(3):
            out = folds == fold
            learner = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=8, random_state=0)
            told[out] = learner.fit(X[~out], target[~out]).predict_proba(X[out])[:, 1]
    found = auc(target, told)
    return {
        "value": str(common),
        "auc": found,
        "finding": "can take its place" if found >= TELLING else "weak",
    }


def incidents_of(behaviour: pd.DataFrame, matrix: pd.DataFrame) -> pd.DataFrame:
    """The rows the label audit looks at, from the lake's behaviour table and the indicator matrix.

    Negative records of pupils as the one involved, each with the pupil's year group, how many of the pupil's
    earlier incidents of that term's school year ended in a suspension (`earlier`), and how many incidents were
    recorded about the pupil in the eight weeks before the day (`recent`).
    """
    kept = behaviour[~behaviour["positive"].fillna(False).astype(bool)]
    kept = kept[~kept["role"].isin(["target", "witness"])].sort_values(["date", "pupil_id"], kind="stable")
    years = matrix[["pupil_id", "school", "term", "nc_year"]].drop_duplicates(["pupil_id", "school", "term"])
    rows = kept.merge(years, on=["pupil_id", "school", "term"], how="inner")
    suspended = (rows["action"] == "suspension").astype(int)
    earlier = suspended.groupby([rows["pupil_id"], school_years(rows["term"])]).cumsum() - suspended
    wanted = ["pupil_id", "school", "term", "type", "action", "nc_year"]
    return rows[wanted].assign(earlier=earlier.to_numpy(), recent=_recent(rows["pupil_id"], rows["date"]))


def school_years(terms: "pd.Series[Any]") -> "pd.Series[Any]":
    """The school year of each term id."""
    return terms.map({term: calendar.term(term).year for term in terms.unique()})


def _recent(pupil: "pd.Series[Any]", day: "pd.Series[Any]") -> np.ndarray:
    """Records of the same pupil in the RECENT_DAYS before each record's day, that day left out."""
    number = pd.to_datetime(day).to_numpy("datetime64[D]").astype(np.int64)
    number -= number.min() - RECENT_DAYS if len(number) else 0
    key = pd.factorize(pupil)[0].astype(np.int64) * 10 * (int(number.max(initial=0)) + RECENT_DAYS) + number
    ordered = np.sort(key)
    return np.searchsorted(ordered, key) - np.searchsorted(ordered, key - RECENT_DAYS)


def label_audit_by_group(
    incidents: pd.DataFrame, matrix: pd.DataFrame, characteristics: pd.DataFrame
) -> list[dict[str, Any]]:
    """`label_audit` for every value of every characteristic that at least 10 pupils have."""
    facts = [name for name in ("pupil_id", "school", "term", "sen_support", "sen_plan") if name in matrix]
    frame = incidents.merge(matrix[facts], on=["pupil_id", "school", "term"], how="left")
    joined = join_characteristics(frame, characteristics)
    groups: dict[str, pd.Series[Any]] = {}
    for name in joined.columns.difference(["pupil_id", "school", "term"]):
        pupils = joined.groupby(name)["pupil_id"].nunique()
        for value in pupils.index[pupils >= LEAST_SHOWN]:
            if value not in ("unknown", "False", "none"):
                groups[f"{name}: {value}"] = joined[name] == value
    return label_audit(incidents, groups)


def label_audit(incidents: pd.DataFrame, groups: Mapping[str, "pd.Series[Any]"]) -> list[dict[str, Any]]:
    """Decision and recording tests for every named group.

    `incidents`: one row per negative incident of a pupil as the one involved, with `pupil_id`, `type` (common
    type), `action`, `school`, `term`, `earlier` and `recent` (as `incidents_of` gives them). `groups` maps a
    group's name to a boolean series over the same rows. Like is compared with like: the same school and school
    year, as much written down about the pupil lately and, for the decision, the same type and as many earlier
    suspensions.
    """
    place = incidents["school"].astype(str) + "|" + school_years(incidents["term"]).astype(str)
    lately = (
        place + "|" + pd.Series(np.digitize(incidents["recent"], RECENT_STEPS), incidents.index).astype(str)
    )
    earlier = np.minimum(incidents["earlier"], 2).astype(int).astype(str)
    records = pd.DataFrame(
        {
            "pupil": incidents["pupil_id"].to_numpy(),
            "suspended": (incidents["action"] == "suspension").to_numpy(),
            "subjective": incidents["type"].isin(SUBJECTIVE).to_numpy(),
            "stratum": pd.factorize(lately + "|" + incidents["type"].astype(str) + "|" + earlier)[0],
            "place": pd.factorize(lately)[0],
        }
    )
    plain_kinds = incidents["type"].isin(SUBJECTIVE | OBJECTIVE).to_numpy()
    found = []
    for name, inside in groups.items():
        one = records.assign(in_group=inside.to_numpy(bool))
        by_place = one.drop(columns="stratum").rename(columns={"place": "stratum"})[plain_kinds]
        decided, recorded = decision_test(one, name), recording_test(by_place, name)
        caution = NOT_FAIR if recorded.finding == MORE and decided.finding != MORE else ""
        found += [{**decided.as_dict(), "caution": caution}, {**recorded.as_dict(), "caution": ""}]
    return plain(found)


def _table(
    rows: Rows,
    flagged: np.ndarray,
    p: FloatArray,
    group: "pd.Series[Any]",
    lines: Sequence[Collection[str]] = (),
) -> dict[str, Any]:
    table = group_table(rows.y, flagged, p, list(group), lines)
    return {"rows": table, **disparity(table)}
