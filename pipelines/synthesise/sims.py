"""Extracts as SIMS reports give them: Windows-1252, day first, labels rather than codes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipelines.synthesise.extract import TermExtract
from pipelines.synthesise.sheet import columns, csv_text, day_texts
from pipelines.synthesise.vocabulary import (
    ACTION_LABELS,
    CATEGORY_LABELS,
    ENROLMENT_LABELS,
    ETHNICITIES,
    LEAK,
    MOVE_LABELS,
    NEEDS,
    PROVISION_LABELS,
    REASONS,
    ROLE_LABELS,
    TYPES,
)

DAY = "%d/%m/%Y"
PUPILS = (
    "Adno",
    "UPN",
    "Former UPN",
    "Legal Surname",
    "Legal Forename",
    "DOB",
    "Gender",
    "Year",
    "Reg",
    "Admission date",
    "Leaving date",
    "Enrolment status",
    "Ethnicity",
    "Eligible for free meals",
    "In care",
    "English as additional language",
)
BEHAVIOUR = (
    "Adno",
    "Incident id",
    "Date",
    "Time",
    "Type",
    "Role",
    "Points",
    "Location",
    "Lesson",
    "Action",
    "Recorded on",
)
EXCLUSIONS = (
    "Adno",
    "UPN",
    "Type",
    "Reason 1",
    "Reason 2",
    "Reason 3",
    "Start date",
    "Start session",
    "End date",
    "Length (days)",
    "Status",
    "Status date",
    "SEN Status",
    "Recorded on",
)
MOVEMENTS = (
    "Adno",
    "UPN",
    "Movement type",
    "Start date",
    "End date",
    "Review date",
    "Sessions",
    "Recorded on",
)
SEN = ("Adno", "SEN Status", "SEN Need", "Rank", "Start date", "End date", "Review date", "Recorded on")


def write_term(folder: Path, extract: TermExtract) -> None:
    """Pupils.csv, Attendance.csv, Behaviour.csv, Exclusions.csv and SEN.csv of one term."""
    _save(folder / "Pupils.csv", csv_text(_pupils(extract)))
    _save(folder / "Attendance.csv", _attendance(extract))
    printed = extract.printed_on.strftime(DAY)
    title = f"Behaviour report\r\nPrinted on {printed}\r\n"
    _save(folder / "Behaviour.csv", title + csv_text(_behaviour(extract)))
    write_suspensions(folder, extract)
    _save(folder / "SEN.csv", csv_text(_sen(extract)))


def write_suspensions(folder: Path, extract: TermExtract) -> None:
    """Exclusions.csv alone."""
    _save(folder / "Exclusions.csv", csv_text(_exclusions(extract)))


def write_moves(folder: Path, extract: TermExtract) -> None:
    """Movements.csv."""
    _save(folder / "Movements.csv", csv_text(_moves(extract)))


def _save(path: Path, text: str) -> None:
    path.write_bytes(text.encode("cp1252"))


def _flag(values: Iterable[bool]) -> list[str]:
    return ["T" if value else "F" for value in values]


def _year(number: int) -> str:
    return f"Year  {number}" if number else "Reception"


def _pupils(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    p = extract.pupils
    yield PUPILS if extract.leak is None else (*PUPILS, LEAK)
    yield from columns(
        p["admission_number"],
        p["upn"],
        p["former_upn"],
        p["surname"],
        p["forename"],
        day_texts(p["dob"], DAY),
        p["sex"],
        [_year(number) for number in p["nc_year"]],
        p["registration_group"],
        day_texts(p["entry_date"], DAY),
        day_texts(p["leaving_date"], DAY),
        [ENROLMENT_LABELS["sims"][status] for status in p["enrol_status"]],
        [ETHNICITIES[code][0] for code in p["ethnicity"]],
        _flag(p["fsm"]),
        _flag(p["in_care"]),
        _flag(p["eal"]),
        *(() if extract.leak is None else (_flag(extract.leak),)),
    )


def _attendance(extract: TermExtract) -> str:
    days = list(day_texts(extract.dates, DAY))
    lines = ["Adno,Date,AM,PM,"]
    for number, marks in zip(extract.pupils["admission_number"], extract.marks, strict=True):
        mornings, afternoons = marks.T.tolist()
        lines += [
            f"{number},{day},{am},{pm},"
            for day, am, pm in zip(days, mornings, afternoons, strict=True)
            if am or pm
        ]
    return "\r\n".join(lines) + "\r\n"


def _behaviour(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    b = extract.behaviour
    yield BEHAVIOUR
    yield from columns(
        extract.pupils["admission_number"].to_numpy()[b["pupil"]],
        b["incident_id"],
        day_texts(b["date"], DAY),
        b["time"],
        [TYPES[kind].sims for kind in b["kind"]],
        np.array(ROLE_LABELS["sims"])[b["role"]],
        b["severity"],
        b["location"],
        b["lesson"],
        np.array(ACTION_LABELS["sims"])[b["action"]],
        day_texts(b["recorded_on"], DAY),
    )


def _exclusions(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s = extract.suspensions
    length = [
        "" if category == "PERM" else f"{sessions / 2:g}"
        for category, sessions in zip(s["category"], s["sessions"], strict=True)
    ]
    yield EXCLUSIONS
    yield from columns(
        extract.pupils["admission_number"].to_numpy()[s["pupil"]],
        extract.pupils["upn"].to_numpy()[s["pupil"]],
        [CATEGORY_LABELS["sims"][category] for category in s["category"]],
        *([REASONS.get(reason, "") for reason in s[f"reason{n}"]] for n in (1, 2, 3)),
        day_texts(s["start_date"], DAY),
        s["start_session"],
        day_texts(s["end_date"], DAY),
        length,
        [status.capitalize() for status in s["status"]],
        day_texts(s["status_on"], DAY),
        [PROVISION_LABELS["sims"][provision] for provision in s["sen_provision"]],
        day_texts(s["recorded_on"], DAY),
    )


def _sen(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s = extract.sen
    yield SEN
    yield from columns(
        extract.pupils["admission_number"].to_numpy()[s["pupil"]],
        [PROVISION_LABELS["sims"][provision] for provision in s["provision"]],
        [NEEDS[need] for need in s["need_type"]],
        s["need_rank"],
        day_texts(s["start_date"], DAY),
        day_texts(s["end_date"], DAY),
        day_texts(s["review_date"], DAY),
        day_texts(s["recorded_on"], DAY),
    )


def _moves(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    m = extract.moves
    yield MOVEMENTS
    yield from columns(
        extract.pupils["admission_number"].to_numpy()[m["pupil"]],
        extract.pupils["upn"].to_numpy()[m["pupil"]],
        [MOVE_LABELS[kind] for kind in m["kind"]],
        day_texts(m["start_date"], DAY),
        day_texts(m["end_date"], DAY),
        day_texts(m["review_date"], DAY),
        [count or "" for count in m["sessions"]],
        day_texts(m["recorded_on"], DAY),
    )
