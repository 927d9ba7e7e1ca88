"""Worker process: a web page on stdin, its tables as rows of text on stdout (JSON).

MIS often hand out a web page under a spreadsheet's name. Only the text of table cells is kept; scripts,
styles and everything outside tables never leave this process.
"""

import json
import sys
from html.parser import HTMLParser

MAX_CELLS_IN_ROW = 2_000
MAX_ROWS = 600_000
_SILENT = {"script", "style", "head", "title"}
_BREAKS = {"br", "p", "div"}


class TooLarge(Exception):
    """More rows or cells than an extract can have."""


class Table:
    """Rows as they fill up; `spans`: column → (text, rows it still reaches down)."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.row: list[str] | None = None
        self.text: list[str] | None = None
        self.spans: dict[int, tuple[str, int]] = {}
        self.reach = (1, 1)

    def start_cell(self, across: int, down: int) -> None:
        self.end_cell()
        if self.row is None:
            self.row = []
        self.text, self.reach = [], (across, down)

    def end_cell(self) -> None:
        if self.text is None or self.row is None:
            return
        text, (across, down) = " ".join("".join(self.text).split()), self.reach
        self._from_above()
        for number in range(across):
            if down > 1:
                self.spans[len(self.row)] = (text if number == 0 else "", down - 1)
            self.row.append(text if number == 0 else "")
        if len(self.row) > MAX_CELLS_IN_ROW:
            raise TooLarge
        self.text = None

    def _from_above(self) -> None:
        while self.row is not None and len(self.row) in self.spans:
            text, left = self.spans.pop(len(self.row))
            if left > 1:
                self.spans[len(self.row)] = (text, left - 1)
            self.row.append(text)

    def end_row(self) -> None:
        self.end_cell()
        if self.row is not None:
            self._from_above()
            self.rows.append(self.row)
            if len(self.rows) > MAX_ROWS:
                raise TooLarge
        self.row = None


def _number(attributes: dict[str, str | None], name: str) -> int:
    text = attributes.get(name) or "1"
    return min(max(int(text), 1), MAX_CELLS_IN_ROW + 1) if text.isascii() and text.isdigit() else 1


class Tables(HTMLParser):
    """Collects the tables of a page, innermost by itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Table] = []
        self.open: list[Table] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table":
            self.open.append(Table())
            self.found.append(self.open[-1])
        elif self.open and tag == "tr":
            self.open[-1].end_row()
            self.open[-1].row = []
        elif self.open and tag in ("td", "th"):
            known = dict(attrs)
            self.open[-1].start_cell(_number(known, "colspan"), _number(known, "rowspan"))
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif self.open and tag == "table":
            self.open.pop().end_row()
        elif self.open and tag == "tr":
            self.open[-1].end_row()
        elif self.open and tag in ("td", "th"):
            self.open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self.open and not self.silent and self.open[-1].text is not None:
            self.open[-1].text.append(data)


def answer(data: bytes) -> dict:
    """The tables of a page with at least two rows, or why there are none."""
    page = Tables()
    try:
        page.feed(data.decode("utf-8", errors="replace"))
        page.close()
        for table in page.open:
            table.end_row()
    except TooLarge:
        return {"failed": "too_wide"}
    return {"tables": [table.rows for table in page.found if len(table.rows) > 1]}


def main() -> None:
    json.dump(answer(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
