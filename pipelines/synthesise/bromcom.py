"""Extracts as Bromcom gives them: capital headers, ISO date-times, a week of marks in one row."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipelines.synthesise.extract import TermExtract
from pipelines.synthesise.sheet import columns, csv_text, day_texts
from pipelines.synthesise.vocabulary import (
    ACTION_LABELS,
    ENROLMENT_LABELS,
    LEAK,
    MOVE_LABELS,
    ROLE_LABELS,
    TYPES,
)

EPOCH_WEEKDAY = 3
"""1 January 1970, from which numpy counts days, was a Thursday."""
DAY = "%Y-%m-%dT00:00:00"
PUPILS = (
    "STUDENTID",
    "UPN",
    "FORMERUPN",
    "ADMISSIONNUMBER",
    "LASTNAME",
    "FIRSTNAME",
    "DATEOFBIRTH",
    "GENDERCODE",
    "YEARGROUP",
    "TUTORGROUPNAME",
    "STARTDATE",
    "LEAVINGDATE",
    "ENROLMENTSTATENAME",
    "ETHNICITYCODE",
    "FSMFLAG",
    "INCAREFLAG",
    "EALFLAG",
)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI")
ATTENDANCE = ("STUDENTID", "UPN", "WEEKSTART", *(f"{day}{half}" for day in WEEKDAYS for half in ("AM", "PM")))
BEHAVIOUR = (
    "EVENTRECORDID",
    "STUDENTID",
    "EVENTDATE",
    "EVENTNAME",
    "ADJUSTMENT",
    "LOCATION",
    "LESSON",
    "ROLE",
    "OUTCOME",
    "CREATEDDATE",
)
EXCLUSIONS = (
    "EXCLUSIONID",
    "STUDENTID",
    "UPN",
    "CATEGORYCODE",
    "REASON1CODE",
    "REASON2CODE",
    "REASON3CODE",
    "STARTDATE",
    "STARTSESSION",
    "ENDDATE",
    "SESSIONS",
    "STATUS",
    "STATUSDATE",
    "SENPROVISION",
    "CREATEDDATE",
)
MOVEMENTS = (
    "STUDENTID",
    "UPN",
    "MOVEMENT TYPE",
    "STARTDATE",
    "ENDDATE",
    "REVIEWDATE",
    "SESSIONS",
    "CREATEDDATE",
)
SEN = (
    "STUDENTID",
    "UPN",
    "PROVISIONCODE",
    "NEEDCODE",
    "NEEDRANK",
    "STARTDATE",
    "ENDDATE",
    "REVIEWDATE",
    "CREATEDDATE",
)


def write_term(folder: Path, extract: TermExtract) -> None:
    """PUPILS, ATTENDANCE, BEHAVIOUREVENTS, EXCLUSIONS (semicolons) and SEN of one term, all .csv."""
    _save(folder / "PUPILS.csv", csv_text(_pupils(extract), newline="\n"))
    _save(folder / "ATTENDANCE.csv", _attendance(extract))
    _save(folder / "BEHAVIOUREVENTS.csv", csv_text(_behaviour(extract), newline="\n"))
    write_suspensions(folder, extract)
    _save(folder / "SEN.csv", csv_text(_sen(extract), newline="\n"))


def write_suspensions(folder: Path, extract: TermExtract) -> None:
    """EXCLUSIONS.csv alone."""
    _save(folder / "EXCLUSIONS.csv", csv_text(_exclusions(extract), delimiter=";", newline="\n"))


def write_moves(folder: Path, extract: TermExtract) -> None:
    """MOVEMENTS.csv."""
    _save(folder / "MOVEMENTS.csv", csv_text(_moves(extract), newline="\n"))


def _save(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _pupils(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    p = extract.pupils
    yield PUPILS if extract.leak is None else (*PUPILS, LEAK.upper())
    yield from columns(
        p["mis_id"],
        p["upn"],
        p["former_upn"],
        p["admission_number"],
        p["surname"],
        p["forename"],
        day_texts(p["dob"], DAY),
        p["sex"],
        [f"{number:02d}" if number else "R" for number in p["nc_year"]],
        p["registration_group"],
        day_texts(p["entry_date"], DAY),
        day_texts(p["leaving_date"], DAY),
        [ENROLMENT_LABELS["bromcom"][status] for status in p["enrol_status"]],
        p["ethnicity"],
        p["fsm"],
        p["in_care"],
        p["eal"],
        *(() if extract.leak is None else (extract.leak,)),
    )


def _attendance(extract: TermExtract) -> str:
    weekday = (extract.dates.astype(int) + EPOCH_WEEKDAY) % 7
    monday = extract.dates - weekday
    first = monday.min()
    week = ((monday - first).astype(int)) // 7
    weeks = int(week.max()) + 1
    open_week = np.isin(np.arange(weeks), week)
    wide = np.full((len(extract.pupils), weeks, 5, 2), "#", dtype=object)
    wide[:, week, weekday] = extract.marks
    present = np.zeros((len(extract.pupils), weeks), bool)
    for place, number in enumerate(week):
        present[:, number] |= (extract.marks[:, place] != "").any(axis=1)
    starts = day_texts(first + 7 * np.arange(weeks), DAY)
    lines = [",".join(ATTENDANCE)]
    for place, (number, upn) in enumerate(zip(extract.pupils["mis_id"], extract.pupils["upn"], strict=True)):
        for which in np.flatnonzero(present[place] & open_week):
            lines.append(f"{number},{upn},{starts[which]},{','.join(wide[place, which].ravel())}")
    return "\n".join(lines) + "\n"


def _behaviour(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    b = extract.behaviour
    when = [f"{day}T{time}:00" for day, time in zip(day_texts(b["date"], "%Y-%m-%d"), b["time"], strict=True)]
    yield BEHAVIOUR
    yield from columns(
        b["incident_id"],
        extract.pupils["mis_id"].to_numpy()[b["pupil"]],
        when,
        [TYPES[kind].bromcom for kind in b["kind"]],
        np.where(b["positive"], 1, -1) * b["severity"],
        b["location"],
        b["lesson"],
        np.array(ROLE_LABELS["bromcom"])[b["role"]],
        np.array(ACTION_LABELS["bromcom"])[b["action"]],
        day_texts(b["recorded_on"], DAY),
    )


def _exclusions(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s, p = extract.suspensions, extract.pupils
    sessions = [
        "" if category == "PERM" else str(count)
        for category, count in zip(s["category"], s["sessions"], strict=True)
    ]
    yield EXCLUSIONS
    yield from columns(
        s["suspension_id"],
        p["mis_id"].to_numpy()[s["pupil"]],
        p["upn"].to_numpy()[s["pupil"]],
        s["category"],
        s["reason1"],
        s["reason2"],
        s["reason3"],
        day_texts(s["start_date"], DAY),
        s["start_session"],
        day_texts(s["end_date"], DAY),
        sessions,
        [status.upper() for status in s["status"]],
        day_texts(s["status_on"], DAY),
        s["sen_provision"],
        day_texts(s["recorded_on"], DAY),
    )


def _sen(extract: TermExtract) -> Iterable[tuple[object, ...]]:
    s, p = extract.sen, extract.pupils
    yield SEN
    yield from columns(
        p["mis_id"].to_numpy()[s["pupil"]],
        p["upn"].to_numpy()[s["pupil"]],
        s["provision"],
        s["need_type"],
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
        p["upn"].to_numpy()[m["pupil"]],
        [MOVE_LABELS[kind] for kind in m["kind"]],
        day_texts(m["start_date"], DAY),
        day_texts(m["end_date"], DAY),
        day_texts(m["review_date"], DAY),
        [count or "" for count in m["sessions"]],
        day_texts(m["recorded_on"], DAY),
    )
