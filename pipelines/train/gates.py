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
    found = [
        _gate(
            "Explanations certified by shap", certificate["passed"], "to 1e-9", bool(certificate["passed"])
        ),
        *_ranking_gates(report, config),
        _gate(
            "Calibration slope on the test term",
            report["calibration"]["slope"],
            "{} to {}".format(*bounds.calibration_slope),
            bounds.calibration_slope[0] <= report["calibration"]["slope"] <= bounds.calibration_slope[1],
        ),
    ]
    if audit is not None:
        found.append(_groups_gate(audit, bounds.group_observed_over_expected))
    return {"passed": all(gate["passed"] for gate in found), "gates": found}


def _ranking_gates(report: Mapping[str, Any], config: Config) -> list[dict[str, Any]]:
    """Against the plain rules for all pupils, and on its own for those not suspended in the last year."""
    bounds, everyone = config.gates, report["all"]
    rules = [everyone[name]["average_precision"] for name in config.baselines if name in everyone]
    above = everyone["model"]["average_precision"] - max(rules, default=0.0)
    lists = report["list"]
    ratio = _ratio(lists["model"]["precision"], lists.get("abc", {}).get("precision"))
    fresh = report["no_earlier_suspension"]["model"]["auc"]
    return [
        _gate(
            "Average precision above every plain rule",
            above,
            f"at least +{bounds.ap_over_baselines}",
            above >= bounds.ap_over_baselines,
        ),
        _gate(
            "Precision of the list against the ABC points list",
            ratio,
            f"at least {bounds.precision_over_abc} ×",
            ratio is not None and ratio >= bounds.precision_over_abc,
        ),
        _gate(
            "Ranking (AUC) of pupils not suspended in the last year",
            fresh,
            f"at least {bounds.not_suspended_auc}",
            fresh is not None and fresh >= bounds.not_suspended_auc,
        ),
    ]


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
