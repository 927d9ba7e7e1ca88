"""Columns that follow from others: names out of one cell, days as sessions, local types as common ones."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.conduct import PLAIN_REPORT, Own, Report, conduct
from data_contracts.reading.distinct import each_distinct
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.names import pupil_names, row_names
from data_contracts.reading.needs import sen
from data_contracts.reading.spellings import plain
from data_contracts.reading.step import Step
from data_contracts.reading.suspensions import suspensions

_ENGLISH = frozenset({"eng", "enb", "english", "englishbelieved", "believedtobeenglish"})
_UNKNOWN_LANGUAGE = frozenset({"not", "ref", "zzz", "refused", "notobtained"})


def _additional(language: str) -> bool | None:
    """Whether English is an additional language for someone with this first language."""
    word = plain(language)
    return None if word in _UNKNOWN_LANGUAGE else word not in _ENGLISH


def _pupils(step: Step) -> pd.DataFrame:
    frame = step.frame
    if "enrol_status" not in frame:
        frame["enrol_status"] = pd.Series("C", index=frame.index, dtype="str")
        step.notes.append("No enrolment status is given; all are taken as registered at this school only.")
    else:
        missing = frame["enrol_status"].isna()
        if missing.any():
            frame["enrol_status"] = frame["enrol_status"].fillna("C")
            step.notes.append(f"{int(missing.sum())} blank enrolment statuses were taken as current.")
    if "eal" not in frame and "first_language" in frame:
        frame["eal"] = each_distinct(frame["first_language"], _additional, "boolean")
    content = [c for c in frame.columns if not c.startswith("_")]
    repeated = frame.duplicated(content)
    if repeated.any():
        step.notes.append(
            f"{int(repeated.sum())} rows repeat another pupil's row exactly and were taken once."
        )
        frame = frame[~repeated].reset_index(drop=True)
    return frame


_TAKEN_FOR_PRESENT = ("P", "Y", "T", "X", "1", "PRESENT", "TRUE", "YES")
_MANY_P = 0.25  # a sporting activity in a quarter of all sessions is no sporting activity
_FEW_MARKS = 6


def _own_marks(codes: pd.Series) -> bool:
    """Marks of a school's own (P present, A absent; Y and N; 1 and 0), which would pass for other codes."""
    made = codes[~codes.isin(("-", "#", "Z"))]
    counts = made.value_counts()
    if made.empty or len(made) < _FEW_MARKS:
        return set(counts.index) <= {"P", "A"} and {"P", "A"} <= set(counts.index)
    if counts.get("P", 0) > len(made) * _MANY_P:
        return True
    strokes = counts.get("/", 0) + counts.get("\\", 0)
    return not strokes and sum(counts.get(mark, 0) for mark in _TAKEN_FOR_PRESENT) > len(made) / 2


_NOON = 12


def _by_the_clock(step: Step) -> pd.DataFrame:
    """Day and session out of when a register began; refused where a half-day has several, as lessons have."""
    frame, at = step.frame, step.frame["starts_at"]
    if "date" not in frame:
        frame["date"] = at.dt.normalize()
        if "_unreadable_starts_at" in frame:
            frame = frame.rename(columns={"_unreadable_starts_at": "_unreadable_date"})
    half = pd.Series(np.where(at.dt.hour < _NOON, "AM", "PM"), index=frame.index).where(at.notna())
    whom = [
        name for name in ("upn", "mis_id", "admission_number", "surname", "forename", "dob") if name in frame
    ]
    registers = frame.assign(half=half, at=at).dropna(subset=["at"])
    if registers.drop_duplicates([*whom, "at"]).duplicated([*whom, "date", "half"]).any():
        raise FileRefused("lessons_not_sessions")
    frame["session"] = half.astype("str").where(half.notna())
    step.notes.append(
        "A register that began before noon was taken for the morning, any other for the afternoon."
    )
    return frame.drop(columns="starts_at")


def _attendance(step: Step) -> pd.DataFrame:
    frame = step.frame
    if "starts_at" in frame and "session" not in frame and "code" in frame:
        frame = _by_the_clock(step)
    if not {"code", "session"} <= set(frame):
        return frame
    blank = frame["code"].isna()
    if blank.any():
        frame["code"] = frame["code"].fillna("-")
        step.notes.append(f"{int(blank.sum())} sessions have no mark and were taken as missing.")
    if _own_marks(frame["code"]):
        raise FileRefused("present_mark")
    afternoon = frame["session"] == "PM"
    for wrong, right, where in (("/", "\\", afternoon), ("\\", "/", ~afternoon)):
        turned = where & (frame["code"] == wrong)
        if turned.any():
            frame.loc[turned, "code"] = right
            step.notes.append(
                f"{int(turned.sum())} present marks were written with the other session's stroke."
            )
    return frame


def _summary(step: Step) -> pd.DataFrame:
    frame = step.frame
    if "category" not in frame and "code" in frame:
        codes = code_set("attendance").codes
        frame["category"] = each_distinct(
            frame["code"], lambda code: codes[code].extra["category"] if code in codes else "unknown", "str"
        )
    return frame


_WHOM = ("upn", "admission_number", "mis_id", "full_name")
_BETWEEN_PUPILS = re.compile(r"[;|\n]")


def _several_pupils(step: Step) -> None:
    """One incident with several pupils in one cell ('O'Neill, Siân; Hart, Ben') is a row for each of them."""
    frame = step.frame
    named = [name for name in _WHOM if name in frame and frame[name].notna().any()]
    if len(named) != 1 or not frame[named[0]].str.contains(r"[;|\n]", na=False).any():
        return
    cells = frame[named[0]].map(
        lambda text: [p.strip() for p in _BETWEEN_PUPILS.split(text) if p.strip()], na_action="ignore"
    )
    step.frame = frame.assign(**{named[0]: cells}).explode(named[0], ignore_index=True)
    step.frame[named[0]] = step.frame[named[0]].astype("str")
    step.notes.append("Several pupils in one cell were taken as one row for each of them.")


def _behaviour(step: Step) -> pd.DataFrame:
    return conduct(step.frame, step.own, step.notes, step.report)


_BY_TABLE: dict[str, Callable[[Step], pd.DataFrame]] = {
    "pupils": _pupils,
    "attendance": _attendance,
    "attendance_summary": _summary,
    "behaviour": _behaviour,
    "suspensions": suspensions,
    "sen": sen,
}


def derive(
    table: str,
    frame: pd.DataFrame,
    own: Own,
    notes: list[str],
    about: tuple[str, str] = ("", ""),
    report: Report = PLAIN_REPORT,
) -> pd.DataFrame:
    """`frame` with what follows from its columns, from what the file says of itself (`about`) and of all its rows
    (`report`); `notes` gets a sentence for each decision."""
    step = Step(frame, own, notes, about, report)
    if table == "behaviour":
        _several_pupils(step)
    (pupil_names if table == "pupils" else row_names)(step)
    finish = _BY_TABLE.get(table)
    return finish(step) if finish else frame
