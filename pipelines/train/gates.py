"""The gates: bounds written down before training, each with what was found. Nothing is promoted past them.

A figure from a few hundred pupils may miss a bound, or meet it, by chance. So a gate has three results: it
holds, it does not hold, or there are not enough pupils to tell; what the third means for promotion is a rule
written down beside the bounds ("allow", "block", or "point": the figure itself decides).
"""

from collections.abc import Mapping
from typing import Any, Literal

from model.similar import jeffreys
from pipelines.config import Config
from pipelines.evaluate import SETTING

HOLDS, FAILS, UNCLEAR = "holds", "does not hold", "not enough to tell"
CHANCE = 0.5
FRESH = "pupils not suspended in the last year"
Interval = tuple[float, float] | None
Bounds = tuple[float, ...]
Rule = Literal["allow", "block", "point"]


def judge(
    report: Mapping[str, Any],
    certificate: Mapping[str, Any],
    config: Config,
    audit: Mapping[str, Any] | None = None,
    *,
    intervals: Mapping[str, Any] | None = None,
    serving: Mapping[str, Any] | None = None,
    loads: Mapping[str, Any] | None = None,
    alone: Mapping[str, float] | None = None,
    later: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Every gate with its bound, what was found, its interval and its result; `passed` where all pass.

    `report` is what `evaluate` gives for the test term and `intervals` its 95 % intervals; `audit`, `serving`
    (`pipelines.train.serving.against_serving`), `loads` (rows read and quarantined), `alone` and `later` (what
    `pipelines.train.leaks` found) are judged where given.
    A measure that could not be taken is never "holds".
    """
    known = intervals or {}
    found = [
        gate("Explanations certified by shap", bool(certificate["passed"]), "to 1e-9", certificate["passed"]),
        *_ranking_gates(report, config, known),
        *_calibration_gates(report, config, known),
    ]
    if audit is not None:
        found.append(_groups_gate(audit, config))
    if serving is not None:
        found.append(_serving_gate(serving, config))
    if loads is not None:
        found.append(_contracts_gate(loads, config))
    if alone is not None:
        knowing = sorted(name for name, told in alone.items() if told > config.gates.one_indicator_auc)
        bound = f"AUC at most {config.gates.one_indicator_auc}"
        found.append(gate("No indicator tells the outcome by itself", knowing, bound, not knowing))
    if later is not None:
        changed = sorted(name for name, share in later.items() if share > config.gates.later_share)
        bound = f"indicators that later records change for at most {config.gates.later_share:.0%} of pupils"
        found.append(gate("No record from after the day is used", changed, bound, not changed))
    return {"passed": all(one["passed"] for one in found), "gates": found}


def gate(
    name: str,
    found: Any,
    bound: str,
    result: bool | str,
    *,
    passed: bool | None = None,
    interval: Interval = None,
    rule: str = "",
) -> dict[str, Any]:
    """One gate's line; `result` True or False stands for "holds" and "does not hold"."""
    words = result if isinstance(result, str) else (HOLDS if result else FAILS)
    return {
        "gate": name,
        "found": found,
        "interval": None if interval is None else list(interval),
        "bound": bound,
        "result": words,
        "rule": rule if words == UNCLEAR else "",
        "passed": words == HOLDS if passed is None else passed,
    }


def at_least(
    name: str, found: float | None, interval: Interval, least: float, bound: str, rule: Rule
) -> dict[str, Any]:
    """A figure that should reach `least`: clear only where its whole interval lies on one side."""
    if found is None:
        return gate(name, None, bound, UNCLEAR, passed=False, rule="block")
    if interval is None:
        return gate(name, found, bound, found >= least)
    if interval[0] >= least or interval[1] < least:
        return gate(name, found, bound, interval[0] >= least, interval=interval)
    allowed = rule == "allow" or (rule == "point" and found >= least)
    return gate(name, found, bound, UNCLEAR, passed=allowed, interval=interval, rule=rule)


LOST_TO_RETIREMENT = 0.005
"""Average precision that a model may lose against the one in use where that takes an input that is retired."""


def within(
    name: str, found: float | None, interval: Interval, bounds: Bounds, rule: Rule, ideal: float = 1.0
) -> dict[str, Any]:
    """A figure that should lie in `bounds`, at best at `ideal`.

    It does not hold where the whole interval lies outside, nor where the figure does and the interval does not
    reach the ideal. It holds where the whole interval lies inside; between the two there are too few pupils.
    """
    low, high = bounds
    bound = f"{low} to {high}"
    if found is None:
        return gate(name, None, bound, UNCLEAR, passed=False, rule="block")
    inside = low <= found <= high
    if interval is None:
        return gate(name, found, bound, inside)
    outside = interval[1] < low or interval[0] > high
    if outside or not (inside or interval[0] <= ideal <= interval[1]):
        return gate(name, found, bound, False, interval=interval)
    if low <= interval[0] and interval[1] <= high:
        return gate(name, found, bound, True, interval=interval)
    allowed = rule == "allow" or (rule == "point" and inside)
    return gate(name, found, bound, UNCLEAR, passed=allowed, interval=interval, rule=rule)


def _ranking_gates(
    report: Mapping[str, Any], config: Config, known: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Against the plain rules and against chance, for all and for those not suspended in the last year."""
    bounds, rule = config.gates, config.gates.unclear["ranking"]
    everyone, fresh = report["all"], report["no_earlier_suspension"]
    ratio = _ratio(*(report["list"].get(name, {}).get("precision") for name in ("model", "abc")))
    found = [
        _above_rules("all pupils", everyone, "average_precision_above", config, known),
        _above_rules(FRESH, fresh, "average_precision_no_earlier_suspension_above", config, known),
        at_least(
            "Precision of the list against the ABC points list", ratio, None, bounds.precision_over_abc,
            f"at least {bounds.precision_over_abc} ×", rule,
        ),
    ]  # fmt: skip
    for who, part, key, least in (
        ("all pupils", everyone, "auc", bounds.auc),
        (FRESH, fresh, "auc_no_earlier_suspension", bounds.not_suspended_auc),
    ):
        value, interval = part["model"]["auc"], _interval(known, key)
        found.append(at_least(f"Ranking (AUC) of {who}", value, interval, least, f"at least {least}", rule))
        found.append(
            at_least(
                f"Ranking of {who} better than chance", value, interval, CHANCE, "above 0.5",
                config.gates.unclear["chance"],
            )
        )  # fmt: skip
    return found


def _above_rules(
    who: str, part: Mapping[str, Any], key: str, config: Config, known: Mapping[str, Any]
) -> dict[str, Any]:
    """Average precision above the best of the plain rules and of the setting alone."""
    margin, others = config.gates.ap_over_baselines, (*config.baselines, SETTING)
    rules = {name: part[name]["average_precision"] for name in others if name in part}
    rules = {name: value for name, value in rules.items() if value is not None}
    best = max(rules, key=lambda name: rules[name], default=None)
    own = part["model"]["average_precision"]
    above = None if own is None else own - (rules[best] if best else 0.0)
    name = f"Average precision above every simple rule and the setting alone, {who}"
    interval = _interval(known, f"{key}_{best}")
    return at_least(name, above, interval, margin, f"at least +{margin}", config.gates.unclear["ranking"])


def _calibration_gates(
    report: Mapping[str, Any], config: Config, known: Mapping[str, Any]
) -> list[dict[str, Any]]:
    bounds, rule = config.gates, config.gates.unclear["calibration"]
    fresh = report["no_earlier_suspension"]["model"].get("calibration_slope")
    ratio, interval = _in_the_large(report)
    return [
        within(
            "Calibration slope, all pupils", report["calibration"]["slope"],
            _interval(known, "calibration_slope"), bounds.calibration_slope, rule,
        ),
        within(
            f"Calibration slope, {FRESH}", fresh, _interval(known, "calibration_slope_no_earlier_suspension"),
            bounds.calibration_slope_not_suspended, rule,
        ),
        within(
            "Observed against expected events on the test term", ratio, interval,
            bounds.observed_over_expected, rule,
        ),
    ]  # fmt: skip


def _in_the_large(report: Mapping[str, Any]) -> tuple[float | None, Interval]:
    schools = report["schools"]
    rows, events = (sum(int(one[key]) for one in schools) for key in ("rows", "events"))
    expected = sum(float(one["expected"]) for one in schools)
    if not expected:
        return None, None
    low, high = jeffreys(events, rows)
    return events / expected, (low * rows / expected, high * rows / expected)


def _groups_gate(audit: Mapping[str, Any], config: Config) -> dict[str, Any]:
    low, high = config.gates.group_observed_over_expected
    told = [
        (name, row)
        for name, table in audit["groups"].items()
        for row in table["rows"]
        if not row["suppressed"] and row["enough"]
    ]
    outside = [
        f"{name}: {row['group']}"
        for name, row in told
        if row["interval"][1] < low or row["interval"][0] > high
    ]
    name, bound, rule = (
        "Observed against expected events in every group",
        f"{low} to {high}",
        config.gates.unclear["groups"],
    )
    if not told:
        return gate(name, [], bound, UNCLEAR, passed=rule == "allow", rule=rule)
    return gate(name, outside, bound, not outside)


def _serving_gate(serving: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """A new table must rank at least as well; a renewed base must bring expected nearer to observed events."""
    if serving.get("same_table") and "in_the_large" in serving:
        away = {name: abs(shift) for name, shift in serving["in_the_large"].items()}
        return gate(
            f"Expected events as near to the observed as under the model in use ({serving['model_id']})",
            away["candidate"], f"at most {away['serving']:.3f} log-odds away", away["candidate"] <= away["serving"],
        )  # fmt: skip
    margin, reason = config.gates.ap_over_serving, ""
    if retired := serving.get("retired"):
        margin = min(margin, -LOST_TO_RETIREMENT)
        reason = f"; up to {LOST_TO_RETIREMENT} may be lost, because {', '.join(retired)} is retired"
    return at_least(
        f"Average precision above the model in use ({serving['model_id']}), on the same pupils{reason}",
        serving["difference"], serving["interval"] and tuple(serving["interval"]), margin,
        f"at least {margin:+}", config.gates.unclear["serving"],
    )  # fmt: skip


def _contracts_gate(loads: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """Rows that broke a contract and still wait to be mended, as a share of the rows read."""
    read, most = int(loads["read"]), config.gates.quarantined_share
    share = loads["quarantined"] / read if read else 0.0
    return gate(
        "Data quality: rows that need correcting", share, f"at most {most:.0%} of the rows", share <= most
    )


def _interval(known: Mapping[str, Any], key: str) -> Interval:
    found = known.get(key)
    return None if found is None else (float(found[0]), float(found[1]))


def _ratio(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return None
    return a / b if b > 0 else (float("1e9") if a > 0 else None)
