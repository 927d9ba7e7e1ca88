"""What follows from a behaviour report: praise or concern, the common type, how serious, what was done."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.distinct import each_distinct
from data_contracts.reading.polarity import (
    is_praise_report,
    polarity,
    positive_types,
    unreadable,
)
from data_contracts.reading.spellings import plain, read_code

Own = dict[str, dict[str, str]]
LEFT_OUT = "leave_out"
"""A school's answer for a type that is no behaviour at all: its rows are left out."""


@dataclass(frozen=True)
class Report:
    """What a report says about all its rows. `praise`: its name or title calls it one of achievements, which
    is reason enough to ask before any of its rows is read as a concern."""

    praise: bool = False


PLAIN_REPORT = Report()
_LEVELS = {"low": 1, "minor": 1, "medium": 3, "moderate": 3, "serious": 4, "major": 4, "high": 5, "severe": 5}


def report_of(*names: str) -> Report:
    """What the file's name and its titles say of all rows."""
    return Report(is_praise_report(*names))


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
    concern = ~frame["positive"].fillna(True).astype(bool)
    if "_signed_severity" in frame:
        severity = frame["_signed_severity"].abs()
    elif "points" in frame:
        points = frame["points"].abs()
        severity = points.where(points.between(1, 5))
    else:
        severity = pd.Series(np.nan, index=frame.index)
    frame["severity"] = severity.where(concern & (severity != 0))


def _without_recorders(frame: pd.DataFrame, notes: list[str]) -> None:
    """Whose names they are is forgotten here and now."""
    if "recorded_by" not in frame:
        return
    frame["_recorder"] = pd.factorize(frame.pop("recorded_by").str.casefold())[0]
    people = frame["_recorder"][frame["_recorder"] >= 0].nunique()
    notes.append(f"Recorded by {people} people; they were counted, their names were not stored.")


def _time_of_date(frame: pd.DataFrame) -> None:
    """The clock that stands with the date is the time, where no column gives it."""
    if "date" not in frame:
        return
    clock = frame["date"].dt.strftime("%H:%M")
    if (clock.dropna() != "00:00").any():
        said = clock.astype("str").where(frame["date"].notna() & (clock != "00:00"))
        frame["time"] = frame["time"].fillna(said) if "time" in frame else said
    frame["date"] = frame["date"].dt.normalize()


def _signed_severity(frame: pd.DataFrame) -> None:
    if "severity_text" not in frame:
        return
    frame["_signed_severity"] = each_distinct(frame["severity_text"], _severity_number, "float64")
    odd = frame["severity_text"].notna() & frame["_signed_severity"].isna()
    if odd.any():
        frame["_unreadable_severity"] = odd
    if "points" not in frame:
        frame["points"] = frame["_signed_severity"]


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def _typed(frame: pd.DataFrame, words: dict[str, str], notes: list[str]) -> pd.DataFrame:
    """The common type by the school's own answers and the usual spellings; types answered as none are left out."""
    local = _column(frame, "local_type")
    if "praise_type" in frame:
        frame["_praise_type"] = frame["praise_type"].notna()
        frame["_both_types"] = frame["_praise_type"] & local.notna()
        local = frame["local_type"] = local.fillna(frame.pop("praise_type"))
    frame["type"] = each_distinct(local, lambda text: read_code("behaviour_types", text, words), "str")
    out = frame["type"] == LEFT_OUT
    if not out.any():
        return frame
    notes.append(f"{int(out.sum())} rows of types that your school said are no behaviour were left out.")
    return frame[~out].reset_index(drop=True)


def _judged(frame: pd.DataFrame, report: Report) -> None:
    """Praise or concern. A type nobody has mapped waits, unless the file itself says that it is praise."""
    local = _column(frame, "local_type")
    said, contradicts = polarity(frame, frame["type"], local)
    if report.praise:
        contradicts |= ~said.fillna(True).astype(bool)
    frame["_contradicts"] = contradicts
    frame["_neither"] = unreadable(frame)
    praised = said.fillna(False).astype(bool)
    new = local.notna() & frame["type"].isna()
    frame["_type_new"] = new & ~praised
    frame["_praise_assumed"] = new & praised
    frame["positive"] = praised.astype("boolean").where(~frame["_type_new"], said)
    frame["type"] = frame["type"].mask(new & praised, "other_positive")
    plain_other = (local.str.strip().str.casefold() == "other").fillna(False) & praised
    frame["type"] = frame["type"].mask(plain_other, "other_positive")


def _pointed(frame: pd.DataFrame) -> None:
    """Points below zero for concerns and above for praise, however the MIS signs them."""
    if "praise_points" in frame:
        praise = frame.pop("praise_points")
        points = frame["points"] if "points" in frame else pd.Series(np.nan, index=frame.index)
        odd = frame.pop("_unreadable_praise_points") if "_unreadable_praise_points" in frame else None
        if odd is not None:
            frame["_unreadable_points"] = odd | frame.get("_unreadable_points", False)
        frame["points"] = points.where(points.fillna(0) != 0, praise.fillna(points))
    if "points" in frame:
        praise, points = frame["positive"], frame["points"].abs()
        frame["points"] = points.where(praise.fillna(True).astype(bool), 0 - points).where(
            praise.notna(), frame["points"]
        )


def _acted(frame: pd.DataFrame) -> None:
    """What was done, and the part this pupil had."""
    actions = set(code_set("behaviour_actions").codes)
    if "action" in frame:
        frame["_action_unknown"] = frame["action"].notna() & ~frame["action"].isin(actions)
        frame["action"] = frame["action"].where(~frame["_action_unknown"], "other").fillna("none")
    else:
        frame["action"] = pd.Series("none", index=frame.index, dtype="str")
    frame["role"] = _column(frame, "role").fillna("involved")


def conduct(frame: pd.DataFrame, own: Own, notes: list[str], report: Report = PLAIN_REPORT) -> pd.DataFrame:
    """`frame` with type, positive, points, severity, action and role; `notes` gets a sentence for each decision."""
    _without_recorders(frame, notes)
    _time_of_date(frame)
    _signed_severity(frame)
    frame = _typed(frame, own.get("behaviour_types", {}), notes)
    _judged(frame, report)
    _severity(frame)
    _pointed(frame)
    _acted(frame)
    return frame.drop(columns="_signed_severity", errors="ignore")


def new_types(frame: pd.DataFrame) -> dict[str, int]:
    """The types that wait for an answer, with how many rows each, the commonest first."""
    if "_type_new" not in frame:
        return {}
    waiting = frame.loc[frame["_type_new"].astype(bool), "local_type"].str.strip()
    return {str(word): int(count) for word, count in waiting.value_counts().items()}


__all__ = ["LEFT_OUT", "PLAIN_REPORT", "Own", "Report", "conduct", "new_types", "positive_types", "report_of"]
