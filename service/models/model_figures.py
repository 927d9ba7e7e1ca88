"""The figures of a model's report in words, and its table by family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from model.additive import AdditiveModel
from model.indicator import Indicator
from pipelines.report import cell_texts
from pipelines.train.gates import UNCLEAR
from service.shell.charts import Curve, shape_curve
from service.shell.frames import term_words
from service.shell.messages import _

FAMILY_WORDS = {
    "attendance": "Attendance and lateness",
    "lost_learning": "Suspensions and lost learning",
    "behaviour": "Behaviour records",
    "sen": "Special educational needs",
}
KIND_WORDS = {
    "changeable": "something the school can change",
    "context": "context",
    "history": "history",
}
LEAST_EFFECT = 0.01
SMALL = 10


@dataclass(frozen=True)
class Cell:
    """One line of the printed table: a value, what it adds to the log-odds and what the odds are times."""

    value: str
    adds: str
    times: str
    pupils: str


@dataclass(frozen=True)
class Shape:
    """One indicator: its words, its curve (None for yes or no) and its cells."""

    name: str
    label: str
    kind: str
    unit: str
    curve: Curve | None
    cells: tuple[Cell, ...]
    reach: float
    between: str


@dataclass(frozen=True)
class RuleLine:
    """How one way of making the lists did on the term kept back."""

    name: str
    right: str
    of: str
    found: str
    ranking: str
    average_precision: str


def shapes(model: AdditiveModel, indicators: Sequence[Indicator]) -> list[Shape]:
    """Every indicator of the printed table, as it is in use; all curves on one axis."""
    found = []
    every = [
        [float(model.slope * (value - mean)) for value in shape]
        for shape, mean in zip(model.shapes, model.means, strict=True)
    ]
    within = [value for adds in every for value in adds[:-1]]
    reach = (min(within, default=0.0), max(within, default=0.0))
    for indicator, axis, adds in zip(indicators, model.grid.axes, every, strict=True):
        cells = tuple(
            Cell(text, f"{value:+.2f}", f"{exp(value):.2f}", small(int(rows)))
            for text, value, rows in zip(cell_texts(axis, indicator), adds, axis.rows, strict=True)
        )
        curve = _curve(indicator, list(axis.cuts), adds[:-1], reach) if axis.cells > 2 else None
        found.append(
            Shape(
                indicator.name,
                indicator.label,
                KIND_WORDS.get(indicator.kind, indicator.kind),
                indicator.unit,
                curve,
                cells,
                max(adds[:-1]) - min(adds[:-1]),
                f"{min(adds[:-1]):+.2f} to {max(adds[:-1]):+.2f}",
            )
        )
    return found


def _curve(
    indicator: Indicator, cuts: Sequence[float], adds: Sequence[float], reach: tuple[float, float]
) -> Curve:
    """A curve on the axis of the whole table, so that a steep one matters more than a flat one."""
    return shape_curve(indicator.label, cuts, adds, reach, indicator.unit)


def small(count: int) -> str:
    """A number of pupils; fewer than ten are not told apart."""
    return f"{count:,}" if count >= SMALL else f"fewer than {SMALL}"


def rule_lines(part: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[RuleLine, ...]:
    """The model first, then the simple rules it has to beat."""
    names = ["model", *(name for name in part if isinstance(part[name], Mapping) and name != "model")]
    return tuple(_rule_line(part[name], labels.get(name, name)) for name in names if "flags" in part[name])


def _rule_line(one: Mapping[str, Any], name: str) -> RuleLine:
    auc, average = one.get("auc"), one.get("average_precision")
    return RuleLine(
        name,
        f"{one['right']:.0f}",
        f"{one['flags']:.0f}",
        f"{100 * one['recall']:.0f} in 100",
        "–" if auc is None else f"{auc:.2f}",
        "–" if average is None else f"{average:.2f}",
    )


def labels_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Words for the model, for the setting alone and for each simple rule."""
    rules = manifest["config"].get("baselines", {})
    known = {"model": "The model", "setting": "School and year group alone"}
    return {**known, **{name: str(rule["label"]) for name, rule in rules.items()}}


def ranking(auc: float) -> str:
    """The area under the curve, and what it means."""
    return (
        f"Ranking (AUC) {auc:.2f}: of one pupil who was suspended the next term and one who was not, the model "
        f"gave the first one the higher figure {100 * auc:.0f} times in 100. Guessing would do so 50 times."
    )


def span(terms: Sequence[str]) -> str:
    """`autumn term 2024 to spring term 2025`."""
    first, last = term_words(terms[0]), term_words(terms[-1])
    return first if len(terms) == 1 else f"{first} to {last}"


def gate_lines(gates: Mapping[str, Any]) -> tuple[tuple[str, str, str, str], ...]:
    """(test, what it had to be, what it was with its range, how that was judged) of every gate of a report."""
    return tuple((one["gate"], str(one["bound"]), _found(one), _judged(one)) for one in gates["gates"])


def _found(gate: Mapping[str, Any]) -> str:
    """What a gate found, with the range that fits the data."""
    found, interval = gate["found"], gate.get("interval")
    if found is None:
        return _("could not be measured")
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, list):
        return ", ".join(str(each) for each in found) or _("none outside")
    words = f"{found:.2f}" if isinstance(found, float) else str(found)
    return f"{words} ({interval[0]:.2f} to {interval[1]:.2f})" if interval else words


def _judged(gate: Mapping[str, Any]) -> str:
    if gate.get("result") == UNCLEAR:
        return _("too few pupils to tell; let through") if gate["passed"] else _("too few pupils to tell")
    return _("yes") if gate["passed"] else _("no")
