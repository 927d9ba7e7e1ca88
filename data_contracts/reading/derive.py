"""Columns that follow from others: names out of one cell, days as sessions, local types as common ones."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.names import pupil_names, row_names
from data_contracts.reading.needs import sen
from data_contracts.reading.spellings import plain, read_code
from data_contracts.reading.step import Own, Step, distinct
from data_contracts.reading.suspensions import suspensions

_LEVELS = {"low": 1, "minor": 1, "medium": 3, "moderate": 3, "serious": 4, "major": 4, "high": 5, "severe": 5}


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
        frame["eal"] = distinct(frame["first_language"], _additional, "boolean")
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
        frame["category"] = distinct(
            frame["code"], lambda code: codes[code].extra["category"] if code in codes else "unknown", "str"
        )
    return frame


@cache
def _positive_types() -> frozenset[str]:
    return frozenset(
        c.code for c in code_set("behaviour_types").codes.values() if c.extra["positive"] == "yes"
    )


def _said_positive(frame: pd.DataFrame) -> pd.Series:
    """What the MIS itself says about an event being positive; missing where it says nothing."""
    said = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    if "polarity" in frame:
        word = frame["polarity"].str.casefold()
        said = said.mask(word.str.startswith(("pos", "ach", "t", "y"), na=False), True)
        said = said.mask(word.str.startswith(("neg", "beh", "f", "n"), na=False), False)
    for name in ("_signed_severity", "points"):
        if name in frame and (frame[name] < 0).any():
            said = said.mask(said.isna() & (frame[name] > 0), True).mask(
                said.isna() & (frame[name] < 0), False
            )
    return said


def _severity_number(text: str) -> float | None:
    word = plain(text)
    if word in _LEVELS:
        return float(_LEVELS[word])
    match = re.fullmatch(
        r"(?:level|stage|c|b)?\s*([+-]?\d+(?:\.\d+)?)(?:\s*[-–:]\s*\D+)?", text.strip(), re.I
    )
    return float(match[1]) if match else None


def _severity(frame: pd.DataFrame) -> None:
    """1 to 5 for concerns; from the severity column, else from points of that size; none for achievements."""
    concern = ~frame["positive"].fillna(False).astype(bool)
    if "_signed_severity" in frame:
        severity = frame["_signed_severity"].abs()
    elif "points" in frame:
        points = frame["points"].abs()
        severity = points.where(points.between(1, 5))
    else:
        severity = pd.Series(np.nan, index=frame.index)
    frame["severity"] = severity.where(concern & (severity != 0))


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
    frame = step.frame
    if "recorded_by" in frame:  # whose names they are is forgotten here and now
        frame["_recorder"] = pd.factorize(frame.pop("recorded_by").str.casefold())[0]
        people = frame["_recorder"][frame["_recorder"] >= 0].nunique()
        step.notes.append(f"Recorded by {people} people; they were counted, their names were not stored.")
    if "date" in frame:
        clock = frame["date"].dt.strftime("%H:%M")
        if (clock.dropna() != "00:00").any():
            said = clock.astype("str").where(frame["date"].notna() & (clock != "00:00"))
            frame["time"] = frame["time"].fillna(said) if "time" in frame else said
        frame["date"] = frame["date"].dt.normalize()
    if "severity_text" in frame:
        frame["_signed_severity"] = distinct(frame["severity_text"], _severity_number, "float64")
        odd = frame["severity_text"].notna() & frame["_signed_severity"].isna()
        if odd.any():
            frame["_unreadable_severity"] = odd
        if "points" not in frame:
            frame["points"] = frame["_signed_severity"]
    said = _said_positive(frame)
    words = step.own.get("behaviour_types", {})
    local = frame["local_type"] if "local_type" in frame else pd.Series(None, index=frame.index, dtype="str")
    frame["type"] = distinct(local, lambda text: read_code("behaviour_types", text, words), "str")
    by_type = frame["type"].isin(_positive_types()).astype("boolean").where(frame["type"].notna())
    frame["positive"] = said.fillna(by_type).fillna(False)
    frame["_type_unknown"] = local.notna() & frame["type"].isna()
    other = pd.Series(np.where(frame["positive"], "other_positive", "other_negative"), dtype="str")
    frame["type"] = frame["type"].fillna(other)
    _severity(frame)
    if "points" in frame:
        frame["points"] = frame["points"].abs().where(frame["positive"], 0 - frame["points"].abs())
    actions = set(code_set("behaviour_actions").codes)
    if "action" in frame:
        frame["_action_unknown"] = frame["action"].notna() & ~frame["action"].isin(actions)
        frame["action"] = frame["action"].where(~frame["_action_unknown"], "other").fillna("none")
    else:
        frame["action"] = pd.Series("none", index=frame.index, dtype="str")
    role = frame["role"] if "role" in frame else pd.Series(None, index=frame.index, dtype="str")
    frame["role"] = role.fillna("involved")
    return frame.drop(columns="_signed_severity", errors="ignore")


_BY_TABLE: dict[str, Callable[[Step], pd.DataFrame]] = {
    "pupils": _pupils,
    "attendance": _attendance,
    "attendance_summary": _summary,
    "behaviour": _behaviour,
    "suspensions": suspensions,
    "sen": sen,
}


def derive(
    table: str, frame: pd.DataFrame, own: Own, notes: list[str], about: tuple[str, str] = ("", "")
) -> pd.DataFrame:
    """`frame` with what follows from its columns and from what the file says of itself (`about`); `notes` gets a
    sentence for each decision."""
    step = Step(frame, own, notes, about)
    if table == "behaviour":
        _several_pupils(step)
    (pupil_names if table == "pupils" else row_names)(step)
    finish = _BY_TABLE.get(table)
    return finish(step) if finish else frame
