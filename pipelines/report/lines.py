"""A training's report as a few lines for a terminal, and the printed table that is the model."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from model.additive import SCHOOL, AdditiveModel
from model.grid import Axis
from model.indicator import Indicator


def summary_lines(report: Mapping[str, Any]) -> list[str]:
    """A few plain lines: terms, ranking beside the plain rules, the list, calibration, gates."""
    test = report["test"]
    everyone, fresh = test["all"], test["no_earlier_suspension"]
    made = "a synthetic trust" if report["synthetic"] else "the schools' own records"
    lines = [
        f"Model {report['model_id']} ({report['chosen']}), trained on {made}.",
        "Learned from {train}, calibrated on {calibrate}, tested on {test}: ".format(
            **{part: _span(terms) for part, terms in report["terms"].items()}
        )
        + f"{everyone['events']} of {everyone['rows']} pupils had the outcome.",
        _ranking("All pupils", everyone),
        _ranking("No suspension in the last year", fresh),
        _lists(test["list"]),
        f"Calibration slope {_number(test['calibration']['slope'])} (1 is perfect).",
    ]
    lines += [*_beside(report.get("beside")), *_leavers(report.get("leavers"))]
    return [*lines, *gate_lines(report["gates"]["gates"])]


def gate_lines(gates: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines naming the gates that hold the model back, and those with too few pupils to tell that let it pass
    by their rule."""
    missed = [f"{one['gate']} ({one.get('result', 'does not hold')})" for one in gates if not one["passed"]]
    unclear = [one["gate"] for one in gates if one["passed"] and one.get("result", "holds") != "holds"]
    lines = ["Gates passed with not enough pupils to tell: " + "; ".join(unclear) + "."] if unclear else []
    last = "Gates that do not let it pass: " + "; ".join(missed) + "." if missed else "It passes all gates."
    return [*lines, last]


def _beside(found: Mapping[str, Any] | None) -> list[str]:
    """Sessions lost and other breaks, beside the outcome."""
    if not found:
        return []
    parts = []
    for key, who in (("all", "all pupils"), ("flagged", "those on the lists")):
        part = found[key]
        if part.get("sessions_lost") is not None:
            parts.append(f"{who} {part['sessions_lost']:.1f} sessions")
    if not parts:
        return []
    return [f"Lost by the school's decision in the next term, in the mean: {', '.join(parts)}."]


def _leavers(found: Mapping[str, Any] | None) -> list[str]:
    if not found or "not_possible" in found:
        return []
    plain, weighted = found["unweighted"], found["weighted"]
    return [
        f"{found['left']} pupils left before enough was seen. Weighted for those like them: average precision "
        f"{weighted['average_precision']:.2f} ({plain['average_precision']:.2f} unweighted), slope "
        f"{weighted['calibration_slope']:.2f} ({plain['calibration_slope']:.2f})."
    ]


def table_rows(model: AdditiveModel, indicators: list[Indicator]) -> list[dict[str, Any]]:
    """The whole model as rows to print: per indicator its cells with what each adds to the log-odds.

    Each row: indicator, label, cell (text), pupils (training rows; None for fewer than 10), contribution.
    """
    rows = []
    for indicator, axis, shape, mean in zip(
        indicators, model.grid.axes, model.shapes, model.means, strict=True
    ):
        for cell, text in enumerate(cell_texts(axis, indicator)):
            n = int(axis.rows[cell])
            rows.append(
                {
                    "indicator": indicator.name,
                    "label": indicator.label,
                    "cell": text,
                    "pupils": n if n >= 10 else None,
                    "contribution": float(model.slope * (shape[cell] - mean)),
                }
            )
    rows += [
        {
            "indicator": SCHOOL,
            "label": "The school as a whole",
            "cell": name,
            "pupils": None,
            "contribution": o,
        }
        for name, o in sorted(model.offsets.items())
    ]
    return rows


def cell_texts(axis: Axis, indicator: Indicator) -> list[str]:
    """The range of each cell, in words: "under 2.5", "2.5 to under 5", "5 or more", "not known"."""
    if axis.cells == 1:
        return ["any value", "not known"]
    if axis.cells == 2 and set(axis.values.tolist()) == {0.0, 1.0}:
        return ["no", "yes", "not known"]
    cuts = [f"{cut:.{indicator.decimals + 1}f}".rstrip("0").rstrip(".") for cut in axis.cuts]
    middle = [f"{low} to under {high}" for low, high in pairwise(cuts)]
    return [f"under {cuts[0]}", *middle, f"{cuts[-1]} or more", "not known"]


def _ranking(who: str, part: Mapping[str, Any]) -> str:
    rules = [name for name in part if isinstance(part[name], Mapping) and name != "model"]
    beside = ", ".join(f"{name} {_number(part[name]['average_precision'])}" for name in rules)
    return (
        f"{who}: average precision {_number(part['model']['average_precision'])} ({beside}), "
        f"AUC {_number(part['model']['auc'])}."
    )


def _lists(lists: Mapping[str, Any]) -> str:
    model = lists["model"]
    beside = ", ".join(
        f"{name} {_number(one['precision'])}" for name, one in lists.items() if name != "model"
    )
    return (
        f"Lists of {model['flags']:.0f} pupils in all: {model['right']:.0f} right, precision "
        f"{_number(model['precision'])} ({beside}), recall {_number(model['recall'])}."
    )


def _span(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"{terms[0]} to {terms[-1]}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f}"
