"""What real exports do to a table: each quirk turns a layout into one messy file."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from html import escape
from pathlib import Path

from openpyxl import Workbook

from data_contracts import upn
from testbed.messy.layouts import NAMES, UPNS, Layout, Line

ROLL = [["Adno", "UPN", "Legal Surname", "Legal Forename", "DOB", "Gender", "Year", "Admission date"],
        *[[f"{p + 1:06d}", n, *NAMES[p], f"{p + 1:02d}/11/2011", "F", "Year  9", "05/09/2022"]
          for p, n in enumerate(UPNS)]]  # fmt: skip
_SLASHED = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


def _as_it_is(cell: str, _: int) -> object:
    return cell


def _nothing_more(book: Workbook) -> None:
    """The workbook stays as it is."""


@dataclass(frozen=True)
class File:
    """Lines and how they are written. `kind`: csv, xlsx or html; `cells`: how a sheet's cell is typed."""

    lines: list[Line]
    head: int
    kind: str = "csv"
    suffix: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    end: str = "\r\n"
    quote_all: bool = False
    last_end: bool = True
    raw: dict[int, str] = field(default_factory=dict)  # line number → the text written in its place
    typed: Callable[[str, int], object] = _as_it_is
    finish: Callable[[Workbook], None] = _nothing_more


Quirk = Callable[[File], File]


def _bare(cell: str) -> Line:
    return Line((cell,))


def before(*titles: str) -> Quirk:
    return lambda f: replace(f, lines=[*map(_bare, titles), *f.lines], head=f.head + len(titles))


def after(*cells: tuple[str, ...]) -> Quirk:
    return lambda f: replace(f, lines=[*f.lines, *map(Line, cells)])


def headings(change: Callable[[str], str]) -> Quirk:
    def quirk(f: File) -> File:
        return replace(
            f, lines=[Line(tuple(map(change, x.cells))) if x.source is None else x for x in f.lines]
        )

    return quirk


def cells(change: Callable[[str], str]) -> Quirk:
    def quirk(f: File) -> File:
        changed = [x if x.source is None else Line(tuple(map(change, x.cells)), x.source) for x in f.lines]
        return replace(f, lines=changed)

    return quirk


def rows(change: Callable[[Line], Line]) -> Quirk:
    return lambda f: replace(f, lines=[change(line) for line in f.lines])


def one(change: Callable[[Line], Line], source: int = 2) -> Quirk:
    return rows(lambda line: change(line) if line.source == source else line)


def written(**how: object) -> Quirk:
    return lambda f: replace(f, **how)  # type: ignore[arg-type]


def dates(form: Callable[[date], str]) -> Quirk:
    return cells(
        lambda cell: (
            form(date(int(cell[6:]), int(cell[3:5]), int(cell[:2]))) if _SLASHED.fullmatch(cell) else cell
        )
    )


def sheet(
    typed: Callable[[str, int], object] = _as_it_is, finish: Callable[[Workbook], None] = _nothing_more
) -> Quirk:
    return written(kind="xlsx", suffix=".xlsx", typed=typed, finish=finish)


def both(*quirks: Quirk) -> Quirk:
    def quirk(f: File) -> File:
        for part in quirks:
            f = part(f)
        return f

    return quirk


def _serial(day: date) -> str:
    return str((day - date(1899, 12, 30)).days)


def _true_date(cell: str, _: int) -> object:
    match = _SLASHED.fullmatch(cell)
    return datetime(int(match[3]), int(match[2]), int(match[1])) if match else cell


def _mixed_date(cell: str, row: int) -> object:
    return _true_date(cell, row) if row % 2 else cell


def _true_number(cell: str, row: int) -> object:
    return (
        float(cell)
        if re.fullmatch(r"\d+(\.\d+)?", cell) and not cell.startswith("0")
        else _true_date(cell, row)
    )


def _spaced(cell: str) -> str:
    return f" {cell[0].lower()} {cell[1:5]} {cell[5:]} " if upn.has_form(cell) else cell


def _other_key(key: Callable[[int], str], title: str) -> Quirk:
    """Rows named by something else than the UPN."""
    swap = {number: key(p) for p, number in enumerate(UPNS)}
    return both(
        headings(lambda c: title if c.upper().endswith("UPN") else c), cells(lambda c: swap.get(c, c))
    )


def _page_break(f: File) -> File:
    """The title and the headings again after four rows, as reports in pages have them."""
    top = [_bare("School report"), *f.lines[: f.head]]
    body = f.lines[f.head :]
    return replace(f, lines=[*top, *body[:4], *top, *body[4:]], head=f.head + 1)


def _cut(f: File) -> File:
    last = f.lines[-1]
    shorter = tuple(last.cells[: max(1, len(last.cells) - 1)])
    return replace(f, lines=[*f.lines[:-1], Line(shorter, last.source)], last_end=False)


def _open_quote(f: File) -> File:
    place = next(n for n, line in enumerate(f.lines) if line.source == 2)
    return replace(f, raw={place: '"' + f.delimiter.join(f.lines[place].cells)})


def _blank_column(line: Line) -> Line:
    return Line((*line.cells[:1], "", *line.cells[1:]), line.source)


def _spread_out(f: File) -> File:
    return replace(f, lines=[y for x in f.lines for y in ([x] if x.source is None else [x, Line(("",))])])


def _nameless(f: File) -> File:
    """The second heading left empty, as where somebody typed over it."""
    head = f.lines[f.head - 1]
    bare = replace(head, cells=(head.cells[0], "", *head.cells[2:]))
    return replace(f, lines=[bare if line is head else line for line in f.lines])


def cell_by_cell(change: Callable[[str], str]) -> Callable[[Line], Line]:
    return lambda line: replace(line, cells=tuple(map(change, line.cells)))


def _note_column(f: File) -> File:
    last = f.head - 1
    lines = [replace(line, cells=(*line.cells, "Comment" if n == last else "" if n < last else "text, with comma"))
             for n, line in enumerate(f.lines)]  # fmt: skip
    return replace(f, lines=lines)


def _merged_title(book: Workbook) -> None:
    book.active.merge_cells("A1:D1")


def _beside(state: str, title: str, content: list[list[str]]) -> Callable[[Workbook], None]:
    def finish(book: Workbook) -> None:
        extra = book.create_sheet(title, 0 if state == "visible" else None)
        for row in content:
            extra.append(row)
        extra.sheet_state = state
        book.active = 1 if state == "visible" else 0

    return finish


def _formula(book: Workbook) -> None:
    """One cell of the last row as a formula nobody worked out, and one of the row above as an error."""
    page = book.active
    assert page is not None
    page.cell(page.max_row, page.max_column).value = "=1+1"
    page.cell(page.max_row - 1, page.max_column).value = "#N/A"


_OLD = [["UPN", "Date", "Type"], [UPNS[0], "01/09/2025", "Fighting"]]
QUIRKS: dict[str, Quirk] = {
    "plain": lambda f: f,
    "Windows-1252": written(encoding="cp1252"),
    "UTF-8 with a mark": written(encoding="utf-8-sig"),
    "UTF-16 with a mark": written(encoding="utf-16", delimiter="\t"),
    "UTF-16 little-endian, no mark": written(encoding="utf-16-le"),
    "UTF-16 big-endian, no mark": written(encoding="utf-16-be", delimiter=";"),
    "semicolons": written(delimiter=";"),
    "tabs, old line ends, named csv": written(delimiter="\t", end="\r"),
    "bars": written(delimiter="|", end="\n"),
    "all quoted": written(quote_all=True),
    "text kept as formulas": both(written(quote_all=True), cells(lambda c: f'="{c}"')),
    "titles": before("School report", "Printed on 12/09/2025", ""),
    "totals and a footer": after(("Total", "14"), ("Average", "2.5"), ("Count: 12",), ("Printed on 12/09/2025 09:00",)),
    "shouted headings": headings(lambda c: f" {c.upper()} "),
    "dotted headings": headings(lambda c: c if "/" in c or "." in c else f"{c.replace(' ', '_')}."),
    "spaced and small UPN": cells(_spaced),
    "hard spaces": cells(lambda c: f"\u00a0{c} " if c else c),
    "short years": dates(lambda d: d.strftime("%d/%m/%y")),
    "dates with times": dates(lambda d: d.strftime("%d/%m/%Y 00:00:00")),
    "dates in words": dates(lambda d: d.strftime("%d %B %Y")),
    "dates as COLLECT": dates(lambda d: d.strftime("%Y-%b-%d 00:00:00")),
    "dates as objects": both(written(quote_all=True), dates(lambda d: f'{{"date":"{d} 00:00:00.000000"}}')),
    "Excel serial numbers": dates(_serial),
    "month first": dates(lambda d: d.strftime("%m/%d/%Y")),
    "blank column": rows(_blank_column),
    "empty columns at the end": rows(lambda x: replace(x, cells=(*x.cells, "", ""))),
    "blank rows between": _spread_out,
    "a private column": _note_column,
    "pages": _page_break,
    "columns the other way round": rows(lambda x: replace(x, cells=x.cells[::-1])),
    "a cell too many": one(lambda x: replace(x, cells=(*x.cells, "extra"))),
    "a row cut off": one(lambda x: replace(x, cells=x.cells[:1])),
    "the file cut off": _cut,
    "an unknown pupil": one(cell_by_cell(lambda c: upn.make("999400122099") if upn.has_form(c) else c)),
    "an impossible date": one(cell_by_cell(lambda c: "31/02/2025" if _SLASHED.fullmatch(c) else c)),
    "a row twice": lambda f: replace(f, lines=[*f.lines, *[x for x in f.lines if x.source == 2]]),
    "a quotation mark left open": _open_quote,
    "a heading missing": _nameless,
    "by admission number without zeros": _other_key(lambda p: str(p + 1), "Adno"),
    "by name": both(written(quote_all=True), _other_key(lambda p: ", ".join(NAMES[p]), "Student")),
    "spreadsheet": both(before("School report", ""), sheet(finish=_merged_title)),
    "spreadsheet with real dates": sheet(_true_date),
    "spreadsheet with numbers": sheet(_true_number),
    "spreadsheet, dates half real": sheet(_mixed_date),
    "spreadsheet with a cover": sheet(finish=_beside("visible", "Cover", [["School report"], ["Autumn"]])),
    "spreadsheet with a hidden copy": sheet(finish=_beside("hidden", "Old", _OLD)),
    "spreadsheet with formulas": sheet(finish=_formula),
    "web page named xls": written(kind="html", suffix=".xls"),
}  # fmt: skip
_NOT_FOR_PUPILS = {
    "an unknown pupil",
    "by admission number without zeros",
    "by name",
}  # there it is another pupil


def pairs(found: list[Layout]) -> list[tuple[Layout, str]]:
    """Every layout with every quirk that makes a file of its own of it."""
    return [
        (layout, quirk)
        for layout in found
        for quirk in QUIRKS
        if not (layout.table == "pupils" and quirk in _NOT_FOR_PUPILS)
        and (quirk == "plain" or messy(layout, quirk) != messy(layout, "plain"))
    ]


def messy(layout: Layout, quirk: str) -> File:
    title = [_bare(text) for text in layout.title]
    return QUIRKS[quirk](File([*title, *layout.lines()], len(title) + len(layout.head)))


def _quoted(cell: str, file: File) -> str:
    if file.quote_all or file.delimiter in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _csv(file: File) -> bytes:
    lines = [
        file.raw.get(n, file.delimiter.join(_quoted(cell, file) for cell in line.cells))
        for n, line in enumerate(file.lines)
    ]
    text = file.end.join(lines) + (file.end if file.last_end else "")
    return text.encode(file.encoding, errors="strict")


def _html(file: File) -> bytes:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line.cells) + "</tr>\n" for line in file.lines
    )
    return f"<html><head><title>Report</title></head><body><table border='1'>{body}</table></body></html>".encode()


def _xlsx(file: File, path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for number, line in enumerate(file.lines):
        page.append([file.typed(cell, number) if cell else None for cell in line.cells])
    file.finish(book)
    book.save(path)


def write(file: File, folder: Path, name: str) -> Path:
    """The file on disk; line n of `file.lines` stands on line (or row) n + 1."""
    path = folder / f"{name}{file.suffix or '.csv'}"
    if file.kind == "xlsx":
        _xlsx(file, path)
    else:
        path.write_bytes(_csv(file) if file.kind == "csv" else _html(file))
    return path
