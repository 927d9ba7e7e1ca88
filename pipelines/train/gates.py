"""The gates: bounds written down before training, each with what was found. Nothing is promoted past them."""

from collections.abc import Mapping
from typing import Any

from pipelines.config import Config


def judge(
    report: Mapping[str, Any],
    certificate: Mapping[str, Any],
    config: Config,
    audit: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Every gate with its bound, what was found and whether it holds; `passed` where all hold.

    `report` is what `evaluate` gives for the test term, `audit` what `audit` gives, if it
    was run. A measure that could not be taken does not pass.
    """
    bounds = config.gates
    everyone, fresh = report["all"], report["no_earlier_suspension"]
    model = everyone["model"]
    rules = {name: everyone[name] for name in config.baselines if name in everyone}
    best_rule = max((rule["average_precision"] for rule in rules.values()), default=0.0)
    low, high = bounds.calibration_slope
    ratio = _ratio(report["list"]["model"]["precision"], report["list"].get("abc", {}).get("precision"))
    found = [
        _gate(
            "Explanations certified by shap", certificate["passed"], "to 1e-9", bool(certificate["passed"])
        ),
        _gate(
            "Average precision above every plain rule",
            model["average_precision"] - best_rule,
            f"at least +{bounds.ap_over_baselines}",
            model["average_precision"] - best_rule >= bounds.ap_over_baselines,
        ),
        _gate(
            "Precision of the list against the ABC points list",
            ratio,
            f"at least {bounds.precision_over_abc} ×",
            ratio is not None and ratio >= bounds.precision_over_abc,
        ),
        _gate(
            "Calibration slope on the test term",
            report["calibration"]["slope"],
            f"{low} to {high}",
            low <= report["calibration"]["slope"] <= high,
        ),
        _gate(
            "Ranking (AUC) of pupils not suspended in the last year",
            fresh["model"]["auc"],
            f"at least {bounds.not_suspended_auc}",
            fresh["model"]["auc"] is not None and fresh["model"]["auc"] >= bounds.not_suspended_auc,
        ),
    ]
    if audit is not None:
        found.append(_groups_gate(audit, bounds.group_observed_over_expected))
    return {"passed": all(gate["passed"] for gate in found), "gates": found}


def _groups_gate(audit: Mapping[str, Any], bounds: tuple[float, ...]) -> dict[str, Any]:
    low, high = bounds
    outside = [
        f"{name}: {row['group']}"
        for name, table in audit["groups"].items()
        for row in table["rows"]
        if not row["suppressed"] and row["enough"] and (row["interval"][1] < low or row["interval"][0] > high)
    ]
    return _gate("Observed against expected events in every group", outside, f"{low} to {high}", not outside)


def _gate(name: str, found: Any, bound: str, passed: bool) -> dict[str, Any]:
    return {"gate": name, "found": found, "bound": bound, "passed": bool(passed)}


def _ratio(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return None
    return a / b if b > 0 else (float("1e9") if a > 0 else None)
