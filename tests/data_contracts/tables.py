"""Small valid tables, as canonical rows, for tests that break one thing at a time."""

from datetime import date
from typing import Any

import pandas as pd

from data_contracts import upn
from data_contracts.checking import Checked, check_table, gather
from data_contracts.context import Context
from data_contracts.contract import load_contract
from data_contracts.reading.extract import Extract

TODAY = date(2025, 12, 20)
AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))

PUPILS: list[dict[str, Any]] = [
    {
        "upn": number, "former_upn": None, "admission_number": f"00010{n}", "mis_id": f"5{n}", "surname": surname,
        "forename": forename, "dob": born, "sex": "F", "nc_year": "9", "registration_group": "9A",
        "entry_date": "2022-09-05", "leaving_date": None, "enrol_status": "C", "ethnicity": "WBRI",
        "fsm": False, "in_care": False, "eal": False,
    }
    for n, (number, surname, forename, born) in enumerate([
        (AVA, "O'Neill", "Siân", "2011-11-05"),
        (BEN, "Hart", "Ben", "2012-01-20"),
        (CIT, "Ngo", "Cit", "2012-03-02"),
    ])
]  # fmt: skip

ATTENDANCE = [
    {"upn": AVA, "date": "2025-09-08", "session": "AM", "code": "/"},
    {"upn": AVA, "date": "2025-09-08", "session": "PM", "code": "\\"},
    {"upn": BEN, "date": "2025-09-08", "session": "AM", "code": "I"},
]
ATTENDANCE_SUMMARY = [
    {"upn": AVA, "period_start": "2025-09-01", "period_end": "2025-12-19", "code": "/", "category": "present",
     "sessions": 60, "possible": 120},
    {"upn": AVA, "period_start": "2025-09-01", "period_end": "2025-12-19", "code": "\\", "category": "present",
     "sessions": 60, "possible": 120},
]  # fmt: skip
BEHAVIOUR = [
    {"upn": AVA, "incident_id": "1", "date": "2025-09-10", "time": "10:20", "local_type": "Defiance",
     "type": "defiance", "positive": False, "points": -2, "severity": 2, "location": "Hall", "lesson": "Maths",
     "action": "detention", "role": "involved", "recorded_on": "2025-09-10"},
    {"upn": BEN, "incident_id": "2", "date": "2025-09-11", "time": "11:20", "local_type": "Effort",
     "type": "effort", "positive": True, "points": 1, "action": "none", "role": "involved"},
]  # fmt: skip
SUSPENSIONS = [
    {"upn": AVA, "category": "SUSP", "reason1": "DB", "start_date": "2025-10-06", "start_session": "AM",
     "end_date": "2025-10-07", "sessions": 4, "status": "issued", "sen_provision": "N",
     "recorded_on": "2025-10-06"},
    {"upn": BEN, "category": "SUSP", "reason1": "PP", "start_date": "2025-11-10", "start_session": "PM",
     "end_date": "2025-11-11", "sessions": 3, "status": "issued"},
]  # fmt: skip
SEN = [
    {"upn": AVA, "provision": "K", "need_type": "SEMH", "need_rank": 1, "start_date": "2023-01-09",
     "recorded_on": "2023-01-12", "review_date": "2026-01-10"},
    {"upn": AVA, "provision": "K", "need_type": "SLCN", "need_rank": 2, "start_date": "2023-01-09"},
    {"upn": BEN, "provision": "E", "need_type": "ASD", "need_rank": 1, "start_date": "2024-03-01"},
]  # fmt: skip
MOVEMENTS = [
    {"upn": AVA, "kind": "off_site_direction", "start_date": "2025-10-01", "end_date": "2025-11-01",
     "review_date": "2025-10-20", "sessions": 10, "provider": "Other School"},
    {"upn": BEN, "kind": "part_time_timetable", "start_date": "2025-10-01", "review_date": "2025-10-29"},
]  # fmt: skip
TABLES: dict[str, list[dict[str, Any]]] = {
    "pupils": PUPILS,
    "attendance": ATTENDANCE,
    "attendance_summary": ATTENDANCE_SUMMARY,
    "behaviour": BEHAVIOUR,
    "suspensions": SUSPENSIONS,
    "sen": SEN,
    "movements": MOVEMENTS,
}


def frame_of(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with dates and lines as the readers give them (line 2 is the first row)."""
    frame = pd.DataFrame(rows)
    for field in load_contract(table).fields:
        if field.logical_type == "date" and field.name in frame:
            frame[field.name] = pd.to_datetime(frame[field.name])
    return frame.assign(_line=range(2, len(frame) + 2))


def extract_of(table: str, rows: list[dict[str, Any]]) -> Extract:
    frame = frame_of(table, rows)
    names = {name: name.upper() for name in frame.columns if not name.startswith("_")}
    return Extract(f"{table}.csv", table, "sims", "long", 1, names, frame)


def roll(rows: list[dict[str, Any]] | None = None) -> pd.DataFrame:
    return gather([extract_of("pupils", rows or PUPILS)], None)


def checked(table: str, rows: list[dict[str, Any]], **about: Any) -> Checked:
    """The rows checked against their contract, with the three pupils on roll."""
    about.setdefault("today", TODAY)
    if table != "pupils":
        about.setdefault("roll", roll())
    context = Context(**about)
    extract = extract_of(table, rows)
    return check_table([extract], gather([extract], context.roll, context.roll), context)


def broken(table: str, rows: list[dict[str, Any]], **about: Any) -> set[str]:
    """Names of the rules that some row breaks."""
    return {problem.rule for problem in checked(table, rows, **about).problems}
