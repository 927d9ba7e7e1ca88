"""Columns that follow from others: names out of one cell, days as sessions, local types as common ones."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.conduct import PLAIN_REPORT, Own, Report, conduct
from data_contracts.reading.distinct import each_distinct
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.spellings import plain, read_code


@dataclass
class Step:
    """A table on its way: its rows, the school's own words, and a sentence for each decision taken."""

    frame: pd.DataFrame
    own: Own
    notes: list[str]
    report: Report = PLAIN_REPORT


_IN_BRACKETS = re.compile(r"\([^()]*\)\Z")


def _split_name(text: str) -> tuple[str, str]:
    """Surname and forename; what stands in brackets behind them (a form, a short name) is no part of either."""
    text = _IN_BRACKETS.sub("", text.rstrip()).rstrip()
    surname, comma, forename = text.partition(",")
    if comma:
        return surname.strip(), forename.strip()
    forenames, _, last = text.strip().rpartition(" ")
    return last, forenames


def _name_part(part: int) -> Callable[[str], str | None]:
    return lambda text: _split_name(text)[part] or None


def _names(step: Step) -> None:
    frame = step.frame
    if "full_name" in frame:
        for part, name in enumerate(("surname", "forename")):
            if name not in frame:
                split = each_distinct(frame["full_name"], _name_part(part), "str")
                frame[name] = split
        step.notes.append("Surname and forename were taken from one cell.")
    for name in ("surname", "forename"):
        if name not in frame and f"preferred_{name}" in frame:
            frame[name] = frame[f"preferred_{name}"]


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


_REASONS = ("reason1", "reason2", "reason3")


def _several_reasons(step: Step) -> None:
    """Up to three reasons in one cell ('DB; VA') are taken apart where each of them is known."""
    frame = step.frame
    if "reason1" not in frame or "reason2" in frame:
        return
    known = set(code_set("exclusion_reasons").codes)
    parts: dict[str, list[str]] = {}
    for text in frame["reason1"].dropna().unique():
        if text in known:
            continue
        for divider in (";", "|", "\n", ", ", " / ", " & ", ","):
            codes = [
                read_code("exclusion_reasons", part.strip()) for part in text.split(divider) if part.strip()
            ]
            if 1 < len(codes) <= len(_REASONS) and all(codes):
                parts[text] = list(dict.fromkeys(str(code) for code in codes))
                break
    if parts:
        cells = frame["reason1"]
        for place, name in enumerate(_REASONS):
            said = [parts[t][place] if t in parts and place < len(parts[t]) else None if place or t in parts else t
                    for t in cells.astype("object")]  # fmt: skip
            frame[name] = pd.Series(said, index=frame.index, dtype="str")
        step.notes.append("Several reasons in one cell were taken apart.")


def _suspensions(step: Step) -> pd.DataFrame:
    frame = step.frame
    if "sessions" not in frame and "length_days" in frame:
        frame["sessions"] = frame["length_days"] * 2
        if "_unreadable_length_days" in frame:
            frame = frame.rename(columns={"_unreadable_length_days": "_unreadable_sessions"})
        step.notes.append("Lengths are given in days; two sessions were counted for each.")
    _several_reasons(step)
    status = frame["status"] if "status" in frame else pd.Series(None, index=frame.index, dtype="str")
    if "cancelled" in frame:
        status = status.mask(frame.pop("cancelled").fillna(False).astype(bool), "cancelled")
    frame["status"] = status.fillna("issued")
    return _a_reason_a_row(frame, step.notes)


def _a_reason_a_row(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """A report that repeats the suspension for each of its reasons; rows that are alike altogether stay."""
    if "reason1" not in frame or "reason2" in frame:
        return frame
    alike = frame.groupby([c for c in frame if c not in ("reason1", "_line")], dropna=False, sort=False)
    count, reasons = alike["reason1"].transform("size"), alike["reason1"].transform("nunique")
    several = (count > 1) & (count == reasons) & (count <= len(_REASONS))
    if not several.any():
        return frame
    place = alike.cumcount()
    first = ~several | (place == 0)
    for number, name in enumerate(_REASONS[1:], start=1):
        frame[name] = alike["reason1"].shift(-number).where(several & first)
    notes.append("Rows that give one suspension again with another reason were taken as one suspension.")
    return frame[first].reset_index(drop=True)


_FURTHER_NEEDS = {2: "need_type2", 3: "need_type3"}


def _a_need_a_row(step: Step) -> pd.DataFrame:
    """Needs in columns side by side (primary, secondary) as a row each, ranked as they stand."""
    frame = step.frame
    beside = {rank: frame.pop(name) for rank, name in _FURTHER_NEEDS.items() if name in frame}
    if not beside or "need_type" not in frame:
        return frame
    if "need_rank" not in frame:
        frame["need_rank"] = pd.Series(1.0, index=frame.index).where(frame["need_type"].notna())
    further = [
        frame.assign(need_type=needs, need_rank=float(rank))[needs.notna()] for rank, needs in beside.items()
    ]
    step.notes.append("Needs in columns of their own were taken as a row for each need.")
    return pd.concat([frame, *further]).sort_index(kind="stable").reset_index(drop=True)


def _ticked_provision(frame: pd.DataFrame) -> None:
    """The provision out of a tick under 'SEN Support' or 'EHCP', where no column gives it."""
    ticks = {code: frame.pop(name) for name, code in (("sen_support", "K"), ("ehcp", "E")) if name in frame}
    if ticks and "provision" not in frame:
        frame["provision"] = pd.Series(None, index=frame.index, dtype="str")
        for code, tick in ticks.items():
            frame["provision"] = frame["provision"].mask(tick.fillna(False).astype(bool), code)


def _sen(step: Step) -> pd.DataFrame:
    """A report of all pupils has a row for each without SEN: blank, or N without a date. They say nothing."""
    _ticked_provision(step.frame)
    frame = step.frame = _a_need_a_row(step)
    said = pd.Series(False, index=frame.index)
    for name in ("need_type", "start_date", "end_date"):
        if name in frame:
            said |= frame[name].notna()
    for name in [str(column) for column in frame if str(column).startswith("_unreadable")]:
        said |= frame[name].fillna(False).astype(bool)
    if "provision" in frame:
        said |= ~(frame["provision"].isna() | frame["provision"].eq("N"))
    if said.all():
        return frame
    step.notes.append(
        f"{int((~said).sum())} rows of pupils without SEN (no status, need or date) were left out."
    )
    return frame[said].reset_index(drop=True)


_BY_TABLE: dict[str, Callable[[Step], pd.DataFrame]] = {
    "pupils": _pupils,
    "attendance": _attendance,
    "attendance_summary": _summary,
    "behaviour": _behaviour,
    "suspensions": _suspensions,
    "sen": _sen,
}


def derive(
    table: str, frame: pd.DataFrame, own: Own, notes: list[str], report: Report = PLAIN_REPORT
) -> pd.DataFrame:
    """`frame` with what follows from its columns; `notes` gets a sentence for each decision."""
    step = Step(frame, own, notes, report)
    if table == "behaviour":
        _several_pupils(step)
    _names(step)
    finish = _BY_TABLE.get(table)
    return finish(step) if finish else frame
