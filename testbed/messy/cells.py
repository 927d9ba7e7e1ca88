"""Every form of a cell in every layout: one mark, date, number or yes/no is read the same wherever it stands.

`read(kind, layout, text)` writes one small file with the cell in it and gives what was read: the canonical value,
BLANK where the cell was taken as empty, WAITS where the row has to be corrected.
"""

from typing import Any

import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.read import read_set
from data_contracts.reading.sources import Source
from testbed.messy.cell_files import LAYOUTS

BLANK, WAITS = "blank", "waits"
_TABLE_OF = {"mark": "attendance", "date": "suspensions", "number": "suspensions", "flag": "pupils"}
_FIELD_OF = {"mark": "code", "date": "end_date", "number": "sessions", "flag": "sen_unit"}

# kind → what a cell says → how MIS, people and spreadsheets write it
FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "mark": {
        "L": ("L", "l", " L ", "L12", "L (12)", "L 12 mins", "L - 09:12", "L 09:12", "Late", "Late (12)",
              "Late - 09:12",              "L - Late", "L (Late)", "Late (L)", "L\u200b", "\uff2c"),
        "I": ("I", "i", "I - Illness", "I – Illness", "Illness (I)", "I (Illness)", "I Illness", "Illness - I", "Ill",
              "I01", "I02", "I: Illness", "\u0406", "\u00a0I"),
        "X": ("X", "X01", "X - Not required"),
        "Y1": ("Y1", "Y 1", "y1", "Y1 - Transport"),
        "C1": ("C1", "C 1", "C1 (Performance)"),
        "/": ("/", "Present", "/ - Present", "Present (/)", "\uff0f", "\u2215", "/\u200e"),
        WAITS: ("?", "QQ", "Ask office", "L1", "I/L", "94%"),
    },
    "date": {
        "2025-10-07": ("07/10/2025", "7/10/25", "07-10-2025", "07.10.2025", "2025-10-07", "2025-10-07T00:00:00",
                       "2025-Oct-07 00:00:00", "7 October 2025", "07 Oct 2025", "7th October 2025", "Tue 7 Oct 2025",
                       "October 7, 2025", "20251007", "45937", "45936.99999999", "07/10/2025 00:00",
                       "2025-10-06 23:59:59.999", "\u200e07/10/2025", "07/10/2025\u00a0", "07/10/\u200b2025"),
        BLANK: ("", "-", "n/a", "00/00/0000", "01/01/1900", "00/01/1900", "31/12/1899", "30/12/1899", "31/12/9999",
                "9999-12-31", "9999-12-31T23:59:59", "9999-Dec-31 00:00:00", "0001-01-01T00:00:00", "01/01/1753",
                "01/01/1970", "0", "1900-01-01 00:00:00", "31 Dec 9999", "\u200b"),
        WAITS: ("soon", "31/02/2025", "07/10", "07/10/2205"),
    },
    "number": {
        "4": ("4", "4.0", " 4 ", "4 sessions", "2 days", "04", "+4", "4.00", "\uff14", "4\u200b", "4 half days"),
        "1": ("1", "½ day", "0.5 days", "1 session", "1 half day"),
        BLANK: ("", "n/a", "\u00a0"),
        WAITS: ("four", "4-5", "94%", "1/2/3"),
    },
    "flag": {
        "True": ("T", "True", "TRUE", "true", "Y", "Yes", "yes ", "1", "✓", "x", "Yes\u200b", "\uff39"),
        "False": ("F", "False", "false", "N", "No", "no", "0", "N\u00a0"),
        WAITS: ("perhaps", "2"),
    },
}  # fmt: skip


# a lone mark of a wide layout, a part of a total, and a census' own text can't say these
APART = {
    ("number", "totals"): {BLANK},  # a blank cell is no count, so there is no row
    ("flag", "census"): {BLANK},
}


def _plain(kind: str, row: pd.Series) -> str:
    field = _FIELD_OF[kind]
    if bool(row.get(f"_unreadable_{field}", False)):
        return WAITS
    value: Any = row.get(field)
    if value is None or pd.isna(value):
        return BLANK
    if kind == "mark":
        return str(value) if value in code_set("attendance") else WAITS
    if kind == "date":
        return pd.Timestamp(value).date().isoformat()
    return f"{value:g}" if kind == "number" else str(value)


def read(kind: str, layout: str, text: str) -> str:
    """What is read of `text` where this layout has a cell of this kind."""
    name, data = LAYOUTS[kind][layout](text)
    extracts, problems = read_set([Source(name, data, "")])
    if not extracts:
        return f"refused: {problems[-1].rule}"
    tables = {_TABLE_OF[kind], "attendance_summary"} if kind == "number" else {_TABLE_OF[kind]}
    frame = next(extract.frame for extract in extracts if extract.table in tables)
    return _plain(kind, frame.iloc[0]) if len(frame) else BLANK


def cases() -> list[tuple[str, str, str, str]]:
    """(kind, layout, cell, what it says) for every form and layout that can hold it."""
    found = []
    for kind, meanings in FORMS.items():
        for layout in LAYOUTS[kind]:
            for meaning, texts in meanings.items():
                apart = any(
                    k == kind and layout.startswith(start) and meaning in said
                    for (k, start), said in APART.items()
                )
                found += [] if apart else [(kind, layout, text, meaning) for text in texts]
    return found
