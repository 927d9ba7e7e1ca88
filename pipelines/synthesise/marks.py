"""Attendance codes as small integers, so that a school's four years of marks fit into a few megabytes."""

from __future__ import annotations

import numpy as np

CODES = (
    "",
    "/",
    "\\",
    "L",
    "I",
    "M",
    "O",
    "G",
    "N",
    "U",
    "C",
    "E",
    "S",
    "C2",
    "V",
    "B",
    "W",
    "R",
    "J",
    "J1",
    "K",
    "Y",
    "Y4",
    "D",
    "-",
)
CODE = {code: np.uint8(index) for index, code in enumerate(CODES)}
NONE = CODE[""]
ABSENT = np.array([code in set("IMOGNUCSRJE") | {"C2", "J1"} for code in CODES])
"""Counted as an absence here (study leave and part-time sessions too: both are authorised absence).
J was an attending code until August 2024 and is not in this list's sense an absence before."""
ABSENT[CODE["J"]] = False
POSSIBLE = np.array([code not in {"", "Y", "Y4", "D", "-"} for code in CODES])
"""Counted as a possible session."""
PRESENT = np.array([code in {"/", "\\", "L"} for code in CODES])
"""In the building."""
