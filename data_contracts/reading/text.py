"""Text files into grids: encoding, delimiter, quotation marks, all decided openly and with bounds."""

import csv
import io
import re
from collections.abc import Callable

from data_contracts.reading.faults import FileRefused, row_problem
from data_contracts.reading.grid import MAX_CELL, MAX_CELLS, Grid, without_apostrophe

DELIMITERS = (",", ";", "\t", "|")
PREVIEW_LINES = 60
DAMAGED = "\ufffd"
_MARKS_OF_ORDER = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with a byte order mark"),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
csv.field_size_limit(8 * MAX_CELL)


def _utf16_guess(data: bytes) -> str | None:
    """UTF-16 without a mark shows as a zero in every other byte."""
    head = data[:2000]
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > len(head) // 4 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 4 and odd == 0 else None


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few damaged bytes: read as such when most of what is not ASCII makes sense that way."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count(DAMAGED)
    sound = sum(1 for c in text if ord(c) > 127) - damaged
    return text if sound > damaged else None


def decode(data: bytes) -> tuple[str, str]:
    """The text and what encoding it was in; damaged characters are left as U+FFFD, to be named by row."""
    for mark, encoding, label in _MARKS_OF_ORDER:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), label
    if b"\0" in data:
        guess = _utf16_guess(data)
        if guess is None:
            raise FileRefused("file_binary")
        return data.decode(guess, errors="replace"), "UTF-16 without a byte order mark"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        mixed = _mostly_utf8(data)
    if mixed is not None:
        return mixed, "UTF-8 with damaged characters"
    return data.decode("cp1252", errors="replace"), "Windows-1252"


def _looks_binary(text: str) -> bool:
    head = text[:4000]
    odd = sum(1 for c in head if ord(c) < 32 and c not in "\t\r\n\x0b\x0c")
    return "\0" in text or odd > len(head) // 100


def _line_by_line(text: str, delimiter: str, grid: Grid) -> None:
    """Where quotation marks don't match up: each line by itself, and those that fail are named."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        try:
            row = next(csv.reader([line.rstrip("\n")], delimiter=delimiter, strict=True), [])
        except csv.Error:
            grid.problems.append(row_problem(grid.file, number, "quote_broken"))
            continue
        grid.rows.append(row)
        grid.lines.append(number)


def _parse(text: str, delimiter: str, grid: Grid) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            grid.rows.append(row)
            grid.lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        if "field larger" in str(error):
            raise FileRefused("cell_too_long") from error
        grid.rows.clear()
        grid.lines.clear()
        grid.notes.append("Quotation marks do not match up; lines were read one by one.")
        _line_by_line(text, delimiter, grid)


def _as_meant(grid: Grid) -> None:
    """Cells written as ="004512" or '004512, as reports keep Excel from eating the zeros, without that."""
    wrapped = re.compile(r'="([^"]*)"')
    for row in grid.rows:
        for place, cell in enumerate(row):
            match = wrapped.fullmatch(cell) if cell.startswith("=") else None
            row[place] = match[1] if match else without_apostrophe(cell)


def _bounded(grid: Grid) -> None:
    for row in grid.rows:
        if len(row) > MAX_CELLS:
            raise FileRefused("too_wide")
    if any(len(cell) > MAX_CELL for row in grid.rows for cell in row):
        raise FileRefused("cell_too_long")


def _preview(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if len(row) <= MAX_CELLS]
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _steadiness(rows: list[list[str]]) -> tuple[int, int]:
    """How often the commonest width of two or more cells occurs, and that width."""
    widths = [len(row) for row in rows if len(row) > 1]
    common = max(set(widths), key=lambda w: (widths.count(w), w), default=0)
    return widths.count(common), common


def _choose_delimiter(lines: list[str], score: Callable[[list[list[str]]], float]) -> str:
    previews = {mark: _preview(lines, mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (score(previews[mark]), *_steadiness(previews[mark])))


def _quoted_whole(grid: Grid) -> str:
    """The lines inside, where each stands in one pair of quotation marks, as in a CSV saved as a CSV once more."""
    filled = [row for row in grid.rows if row]
    whole = len(filled) > 1 and all(
        len(row) == 1 and "\n" not in row[0] and any(mark in row[0] for mark in DELIMITERS) for row in filled
    )
    return "\n".join(row[0] if row else "" for row in grid.rows) if whole else ""


def read_text(name: str, data: bytes, score: Callable[[list[list[str]]], float]) -> Grid:
    """A grid from a text file's bytes; `score` says how well the headings fit a table under a delimiter.

    Raises FileRefused for what is not text, too wide or too long.
    """
    text, encoding = decode(data)
    if _looks_binary(text):
        raise FileRefused("file_binary")
    if not text.strip():
        raise FileRefused("file_empty")
    grid = Grid(name, [], [], "text", DAMAGED in text, [f"Encoding: {encoding}."])
    lines = text[: 4 * MAX_CELL * 10].splitlines()[:PREVIEW_LINES]
    if lines[0].lower().startswith("sep=") and len(lines[0]) <= 6:
        delimiter = lines[0][4:5] or ","
        grid.notes.append("The first line names the delimiter.")
    else:
        delimiter = _choose_delimiter(lines, score)
    if any(len(line) > MAX_CELL * 20 for line in lines):
        raise FileRefused(
            "cell_too_long" if max(line.count(delimiter) for line in lines) < MAX_CELLS else "too_wide"
        )
    _parse(text, delimiter, grid)
    inside = _quoted_whole(grid) if text.startswith('"') else ""
    if 0 < len(inside) < len(text):
        return read_text(name, inside.encode(), score)
    _bounded(grid)
    if '="' in text or "'" in text:
        _as_meant(grid)
    grid.cut_short = not text.endswith(("\n", "\r"))
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    grid.notes.append(f"Cells are divided by: {names.get(delimiter, delimiter)}.")
    return grid
