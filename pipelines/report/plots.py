"""Pictures as plain SVG text: shapes, calibration, audit. No library, no script, readable when printed."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, EDGE = 420, 240, 40
INK, LINE, PALE = "#0b0c0c", "#1d70b8", "#b1b4b6"


def shape_plot(title: str, cells: Sequence[str], contributions: Sequence[float]) -> str:
    """Steps: what each cell of one indicator adds to the log-odds, the missing cell apart at the right."""
    low, high = min(0.0, *contributions), max(0.0, *contributions)
    step = (WIDTH - 2 * EDGE) / len(cells)

    def at(value: float) -> float:
        return HEIGHT - EDGE - (value - low) / ((high - low) or 1) * (HEIGHT - 2 * EDGE)

    marks = [_line(EDGE, at(0), WIDTH - EDGE, at(0), PALE)]
    for number, (text, value) in enumerate(zip(cells, contributions, strict=True)):
        x = EDGE + number * step
        marks.append(_line(x, at(value), x + step * 0.9, at(value), LINE, 3, f"{text}: {value:+.2f}"))
    marks += [_text(4, at(high) + 4, f"{high:+.1f}"), _text(4, at(low) + 4, f"{low:+.1f}")]
    marks += [_text(EDGE, HEIGHT - 12, cells[0]), _text(WIDTH - EDGE, HEIGHT - 12, cells[-1], "end")]
    return _svg(title, marks)


def calibration_plot(curve: Sequence[Mapping[str, float]]) -> str:
    """Expected against observed share per group of pupils, with the line of perfect agreement."""
    top = max([point[key] for point in curve for key in ("expected", "observed")] + [0.01])

    def place(x: float, y: float) -> tuple[float, float]:
        return EDGE + x / top * (WIDTH - 2 * EDGE), HEIGHT - EDGE - y / top * (HEIGHT - 2 * EDGE)

    marks = [_line(*place(0, 0), *place(top, top), PALE)]
    for point in curve:
        x, y = place(point["expected"], point["observed"])
        said = f"expected {point['expected']:.1%}, observed {point['observed']:.1%}"
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{LINE}"><title>{said}</title></circle>')
    marks += [_text(WIDTH / 2, HEIGHT - 12, "expected", "middle"), _text(4, 30, "observed")]
    return _svg("Expected and observed", marks)


def audit_plot(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Observed over expected events by group with intervals; groups that can't be shown say so."""
    shown = [row for row in rows if not row["suppressed"] and row["enough"]]
    top = max([row["interval"][1] for row in shown] + [2.0])
    height = 2 * EDGE + 24 * len(rows)

    def at(value: float) -> float:
        return 150 + value / top * (WIDTH - 150 - EDGE)

    marks = [_line(at(1), EDGE, at(1), height - EDGE, PALE)]
    for number, row in enumerate(rows):
        y = EDGE + 24 * number + 12
        marks.append(_text(4, y + 4, row["group"]))
        if row not in shown:
            marks.append(_text(150, y + 4, "not enough pupils to tell"))
            continue
        low, high = row["interval"]
        marks.append(_line(at(low), y, at(high), y, LINE, 2))
        marks.append(f'<circle cx="{at(row["observed_over_expected"]):.1f}" cy="{y}" r="4" fill="{LINE}"/>')
    return _svg(title, marks, height)


def _svg(title: str, marks: Sequence[str], height: float = HEIGHT) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'width="{WIDTH}" height="{height:g}"><title>{escape(title)}</title>'
        f"{_text(4, 16, title)}{''.join(marks)}</svg>"
    )


def _line(x: float, y: float, x2: float, y2: float, colour: str, wide: int = 1, said: str = "") -> str:
    title = f"<title>{escape(said)}</title>" if said else ""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{wide}">{title}</line>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="Arial, sans-serif" font-size="12" fill="{INK}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
