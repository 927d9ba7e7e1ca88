"""The model card as one HTML page that prints: items, gates, pictures and the whole table."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from model.additive import AdditiveModel
from model.indicator import Indicator
from pipelines.report.lines import summary_lines, table_rows
from pipelines.report.plots import audit_plot, calibration_plot, shape_plot

STYLE = (
    "body{font-family:Arial,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;line-height:1.4}"
    "table{border-collapse:collapse;margin:.5em 0}td,th{border-bottom:1px solid #b1b4b6;padding:.2em .8em;"
    "text-align:left}td.n{text-align:right}section{break-inside:avoid}svg{max-width:100%}"
    "@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-before:page}tr{break-inside:avoid}}"
)


def card_page(
    model: AdditiveModel, manifest: Mapping[str, Any], report: Mapping[str, Any], card: Mapping[str, Any]
) -> str:
    """The whole card as HTML text; says "synthetic" at the top where it is."""
    parts = [
        f"<h1>Model card: {escape(manifest['model_id'])}</h1>",
        "<p><strong>Synthetic data.</strong></p>" if manifest["synthetic"] else "",
        *(f"<p>{escape(line)}</p>" for line in summary_lines(report)),
        _gates(report["gates"]),
        "<h2>Items (TRIPOD+AI)</h2>",
        *(_item(one) for one in card["items"]),
        "<h2>Calibration</h2>",
        calibration_plot(report["test"]["calibration"]["curve"]),
        _audit(report.get("audit")),
        "<h2>The model: every table</h2>",
        _tables(model, manifest),
    ]
    head = f'<head><meta charset="utf-8"><title>Model card</title><style>{STYLE}</style></head>'
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>\n'


def _item(one: Mapping[str, str]) -> str:
    text = escape(one["text"]) if one["text"].strip() else "<em>To be answered by the school or trust.</em>"
    return f"<section><h3>{one['item']}. {escape(one['title'])}</h3><p>{text}</p></section>"


def _gates(gates: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(gate['gate'])}</td><td>{escape(gate['bound'])}</td>"
        f"<td>{escape(_found(gate['found']))}{_reach(gate.get('interval'))}</td>"
        f"<td>{escape(gate.get('result', ''))}{_rule(gate)}</td></tr>"
        for gate in gates["gates"]
    )
    head = "<tr><th>Gate</th><th>Bound</th><th>Found (95 % interval)</th><th>Result</th></tr>"
    return f"<h2>Gates</h2><table>{head}{rows}</table>"


def _reach(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" ({interval[0]:.2f} to {interval[1]:.2f})"


def _rule(gate: Mapping[str, Any]) -> str:
    """The consequence the written rule gives a gate that could not tell."""
    return (
        f": {'passes' if gate['passed'] else 'blocks'} by the rule written before" if gate.get("rule") else ""
    )


def _found(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, float) and not isinstance(value, bool):
        return f"{value:.3f}"
    return "none" if value == [] else str(value)


def _audit(audit: Mapping[str, Any] | None) -> str:
    if audit is None:
        return ""
    pictures = [
        audit_plot(f"{name}: {table['finding']}", table["rows"])
        for name, table in audit["groups"].items()
        if "×" not in name
    ]
    return "<h2>Groups: observed over expected</h2>" + "".join(pictures)


def _tables(model: AdditiveModel, manifest: Mapping[str, Any]) -> str:
    indicators = [Indicator.from_dict(one) for one in manifest["indicators"]]
    parts = []
    for label, some in groupby(table_rows(model, indicators), key=lambda row: row["label"]):
        rows = list(some)
        picture = shape_plot(label, [r["cell"] for r in rows], [r["contribution"] for r in rows])
        body = "".join(
            f"<tr><td>{escape(r['cell'])}</td><td class=n>{r['pupils'] if r['pupils'] else ''}</td>"
            f"<td class=n>{r['contribution']:+.3f}</td></tr>"
            for r in rows
        )
        head = "<tr><th>Value</th><th>Pupils</th><th>Adds to the log-odds</th></tr>"
        parts.append(f"<section>{picture}<table>{head}{body}</table></section>")
    return f"<p>{escape(_base(model))}</p>" + "".join(parts)


def _base(model: AdditiveModel) -> str:
    """The base and what it is for, so that the printed page is the whole model."""
    said = f"Base: {model.base_log_odds:+.3f}"
    if model.window_days:
        said += (
            f" at {model.window_days:.1f} school days in the term ahead (plus log of the ratio for others)"
        )
    seasons = ", ".join(f"{season} {value:+.3f}" for season, value in sorted(model.seasons.items()))
    return f"{said}; as of a term in {seasons}." if seasons else f"{said}."
