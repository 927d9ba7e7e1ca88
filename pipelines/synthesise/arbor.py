"""Extracts as Arbor's custom reports give them: display names, dates in words, titles and totals in XLSX."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipelines.synthesise.extract import TermExtract
from pipelines.synthesise.sheet import columns, csv_text, day_texts, write_sheet
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

DAY = "%d %b %Y"
STUDENTS = (
    "Student",
    "UPN",
    "Arbor ID",
    "Date of Birth",
    "Sex",
    "Year Group",
    "Registration Form",
    "Enrolment Date",
    "Leaving Date",
    "Enrolment Status",
    "Ethnicity",
    "Free School Meals",
    "In Care",
    "EAL",
)
BEHAVIOUR = (
    "Incident ID",
    "Arbor ID",
    "Student",
    "Incident Date",
    "Behaviour Type",
    "Severity",
    "Role",
    "Location",
    "Lesson",
    "Outcome",
    "Logged On",
)
SUSPENSIONS = (
    "Suspension ID",
    "Arbor ID",
    "Student",
    "UPN",
    "Type",
    "Primary Reason",
    "Second Reason",
    "Third Reason",
    "From",
    "From Session",
    "Until",
    "Sessions Suspended",
    "Status",
    "Status Changed",
    "SEN Status",
    "Logged On",
)
MOVEMENTS = (
    "Arbor ID",
    "Student",
    "UPN",
    "Movement",
    "From",
    "Until",
    "Next Review",
    "Sessions",
    "Logged On",
)
SEN = (
    "Student",
    "Arbor ID",
    "UPN",
    "SEN Status",
    "SEN Need",
    "Need Ranking",
    "Start Date",
    "End Date",
    "Next Review",
    "Logged On",
)


def write_term(folder: Path, extract: TermExtract) -> None:
    """students.xlsx, attendance-marks.csv, behaviour-incidents.csv, suspensions.csv and sen.xlsx of one term."""
    students = list(_students(extract))
    header = STUDENTS if extract.leak is None else (*STUDENTS, LEAK)
    sen = list(_sen(extract))
    write_sheet(folder / "students.xlsx", "Students", _report("Students: custom report", header, students))
    write_sheet(folder / "sen.xlsx", "SEN", _report("SEN: custom report", SEN, sen))
    _save(folder / "attendance-marks.csv", _attendance(extract))
    _save(folder / "behaviour-incidents.csv", csv_text(_behaviour(extract)))
    write_suspensions(folder, extract)


def write_suspensions(folder: Path, extract: TermExtract) -> None:
    """suspensions.csv alone."""
    _save(folder / "suspensions.csv", csv_text(_suspensions(extract)))


def write_moves(folder: Path, extract: TermExtract) -> None:
    """movements.csv."""
    _save(folder / "movements.csv", csv_text(_moves(extract)))


def _report(
    title: str, header: tuple[str, ...], rows: list[tuple[object, ...]]
) -> Iterable[tuple[object, ...]]:
    return [(title,), (), header, *rows, (f"Total: {len(rows)}",)]


def _save(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8-sig"))


def _flag(values: Iterable[bool]) -> list[str]:
    return ["Yes" if value else "No" for value in values]


def student_names(extract: TermExtract) -> np.ndarray:
    """``Surname, Forename`` of each pupil."""
    return np.asarray((extract.pupils["surname"] + ", " + extract.pupils["forename"]).to_numpy(dtype=object))


def _students(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    p = extract.pupils
    return columns(
        student_names(extract),
        p["upn"],
        p["mis_id"],
        day_texts(p["dob"], DAY),
        ["Male" if sex == "M" else "Female" for sex in p["sex"]],
        [f"Year {number}" if number else "Reception" for number in p["nc_year"]],
        p["registration_group"],
        day_texts(p["entry_date"], DAY),
        day_texts(p["leaving_date"], DAY),
        [ENROLMENT_LABELS["arbor"][status] for status in p["enrol_status"]],
        [ETHNICITIES[code][0] for code in p["ethnicity"]],
        _flag(p["fsm"]),
        _flag(p["in_care"]),
        _flag(p["eal"]),
        *(() if extract.leak is None else (_flag(extract.leak),)),
    )


def _attendance(extract: TermExtract) -> str:
    days = day_texts(extract.dates, DAY)
    sessions = [f"{day},{half}," for day in days for half in ("AM", "PM")]
    lines = ["Arbor ID,UPN,Date,Session,Mark"]
    for number, upn, marks in zip(
        extract.pupils["mis_id"], extract.pupils["upn"], extract.marks, strict=True
    ):
        who = f"{number},{upn},"
        lines += [
            f"{who}{session}{mark}"
            for session, mark in zip(sessions, marks.ravel().tolist(), strict=True)
            if mark and mark != "#"
        ]
    return "\r\n".join(lines) + "\r\n"


def _behaviour(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    b, p = extract.behaviour, extract.pupils
    sign = np.where(b["positive"], 1, -1)
    when = [f"{day} {time}" for day, time in zip(day_texts(b["date"], DAY), b["time"], strict=True)]
    yield BEHAVIOUR
    yield from columns(
        b["incident_id"],
        p["mis_id"].to_numpy()[b["pupil"]],
        student_names(extract)[b["pupil"]],
        when,
        [TYPES[kind].arbor for kind in b["kind"]],
        sign * b["severity"],
        np.array(ROLE_LABELS["arbor"])[b["role"]],
        b["location"],
        b["lesson"],
        np.array(ACTION_LABELS["arbor"])[b["action"]],
        [f"{day} 16:05" if day else "" for day in day_texts(b["recorded_on"], DAY)],
    )


def _suspensions(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s, p = extract.suspensions, extract.pupils
    sessions = [
        "" if category == "PERM" else str(count)
        for category, count in zip(s["category"], s["sessions"], strict=True)
    ]
    yield SUSPENSIONS
    yield from columns(
        s["suspension_id"],
        p["mis_id"].to_numpy()[s["pupil"]],
        student_names(extract)[s["pupil"]],
        p["upn"].to_numpy()[s["pupil"]],
        [CATEGORY_LABELS["arbor"][category] for category in s["category"]],
        *([REASONS.get(reason, "") for reason in s[f"reason{n}"]] for n in (1, 2, 3)),
        day_texts(s["start_date"], DAY),
        s["start_session"],
        day_texts(s["end_date"], DAY),
        sessions,
        [status.capitalize() for status in s["status"]],
        day_texts(s["status_on"], DAY),
        [PROVISION_LABELS["arbor"][provision] for provision in s["sen_provision"]],
        day_texts(s["recorded_on"], DAY),
    )


def _sen(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s, p = extract.sen, extract.pupils
    return columns(
        student_names(extract)[s["pupil"]],
        p["mis_id"].to_numpy()[s["pupil"]],
        p["upn"].to_numpy()[s["pupil"]],
        [PROVISION_LABELS["arbor"][provision] for provision in s["provision"]],
        [f"{need} - {NEEDS[need]}" for need in s["need_type"]],
        s["need_rank"],
        day_texts(s["start_date"], DAY),
        day_texts(s["end_date"], DAY),
        day_texts(s["review_date"], DAY),
        day_texts(s["recorded_on"], DAY),
    )


def _moves(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    m, p = extract.moves, extract.pupils
    yield MOVEMENTS
    yield from columns(
        p["mis_id"].to_numpy()[m["pupil"]],
        student_names(extract)[m["pupil"]],
        p["upn"].to_numpy()[m["pupil"]],
        [MOVE_LABELS[kind] for kind in m["kind"]],
        day_texts(m["start_date"], DAY),
        day_texts(m["end_date"], DAY),
        day_texts(m["review_date"], DAY),
        [count or "" for count in m["sessions"]],
        day_texts(m["recorded_on"], DAY),
    )
