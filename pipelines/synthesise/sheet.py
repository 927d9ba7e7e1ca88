"""Spreadsheets and CSV files with the same bytes every time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

WRITTEN = (2000, 1, 1, 0, 0, 0)
"""The date every zip entry carries: the bytes may not depend on the clock."""
PLAIN = (pd.Series, np.ndarray)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def day_texts(days: Iterable[object], form: str) -> np.ndarray:
    """Dates as text by a strftime form; '' for missing ones. Formats each distinct day once."""
    values = pd.Series(pd.to_datetime(pd.Series(days)))
    texts = {day: day.strftime(form) for day in values.dropna().unique()}
    return np.array([texts.get(day, "") for day in values], dtype=object)


def csv_text(rows: Iterable[Sequence[object]], *, delimiter: str = ",", newline: str = "\r\n") -> str:
    """Rows as CSV, quoted only where needed."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return buffer.getvalue()


def columns(*parts: Iterable[object]) -> Iterable[tuple[object, ...]]:
    """Rows from columns of equal length; as plain values, which are quicker to walk through."""
    return zip(*(part.tolist() if isinstance(part, PLAIN) else part for part in parts), strict=True)


def write_sheet(path: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    """One worksheet of text cells; empty texts make no cell."""
    body = "".join(_row(number, row) for number, row in enumerate(rows, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            entry = zipfile.ZipInfo(part, date_time=WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + text)


def _row(number: int, cells: Sequence[object]) -> str:
    inner = "".join(
        f'<c r="{_letter(place)}{number}" t="inlineStr">'
        f'<is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'
        for place, cell in enumerate(cells)
        if cell != ""
    )
    return f'<row r="{number}">{inner}</row>'


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else _letter(place // 26 - 1) + _letter(place % 26)
