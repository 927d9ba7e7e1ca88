"""What follows from the columns of a suspensions report: lengths, reasons, kinds."""

import re

import numpy as np
import pandas as pd

from data_contracts.calendar import calendar_frame
from data_contracts.codes import code_set
from data_contracts.reading.spellings import read_code
from data_contracts.reading.step import Step

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


_SUSPENSION = re.compile(r"suspen|fixed.?(?:term|period)|(?<![a-z])fpe?x(?![a-z])", re.IGNORECASE)
_PERMANENT = re.compile(r"perm(?:anent|\W)|(?<![a-z])pex(?![a-z])", re.IGNORECASE)
_EITHER = re.compile(r"(?<!fixed.term.)(?<!fixed.period.)(?<!permanent.)exclu", re.IGNORECASE)
_NEITHER = re.compile(r"internal|lunch|managed|off.?site", re.IGNORECASE)


def _kind_said(text: str) -> str | None:
    """SUSP or PERM where a text speaks of one of them and of nothing else."""
    if _NEITHER.search(text) or _EITHER.search(text):
        return None
    suspended, permanent = bool(_SUSPENSION.search(text)), bool(_PERMANENT.search(text))
    return None if suspended == permanent else "SUSP" if suspended else "PERM"


def _one_kind(step: Step) -> None:
    """A report of suspensions alone has no column for the kind: the file's name, title or headings say it."""
    name, headings = step.about
    if "category" in step.frame:
        return
    spoken_of = any(form.search(name) for form in (_SUSPENSION, _PERMANENT, _EITHER, _NEITHER))
    kind = _kind_said(name) if spoken_of else _kind_said(headings)
    if kind:
        step.frame["category"] = pd.Series(kind, index=step.frame.index, dtype="str")
        words = "suspensions" if kind == "SUSP" else "permanent exclusions"
        step.notes.append(
            f"No column gives the kind; all are taken for {words}, as the report speaks of nothing else."
        )


_NOON, _LATEST_MORNING, _INTO_AFTERNOON = "12:00", "11:00", "13:30"


def _without_clock(frame: pd.DataFrame) -> pd.DataFrame:
    """First and last day without their times; the first one's says the session it began in."""
    if "start_date" in frame:
        clock = frame["start_date"].dt.strftime("%H:%M")
        if "start_session" not in frame and (clock.dropna() != "00:00").any():
            half = pd.Series(np.where(clock < _NOON, "AM", "PM"), index=frame.index, dtype="str")
            frame["start_session"] = half.where(clock.notna() & (clock != "00:00"))
    for name in ("start_date", "end_date"):
        if name in frame:
            frame[name] = frame[name].dt.normalize()
    return frame


def _from_daily_times(step: Step) -> None:
    """The length out of first and last day and the hours suspended on each, where no column gives it."""
    frame = step.frame
    if not {"daily_start", "daily_end", "start_date", "end_date"} <= set(frame):
        return
    morning = (frame["daily_start"] <= _LATEST_MORNING).fillna(False).to_numpy(dtype=bool)
    afternoon = (frame["daily_end"] > _INTO_AFTERNOON).fillna(False).to_numpy(dtype=bool)
    open_days = calendar_frame()["date"].to_numpy()
    first = np.searchsorted(open_days, frame["start_date"].to_numpy(), side="left")
    last = np.searchsorted(open_days, frame["end_date"].to_numpy(), side="right")
    length = pd.Series((last - first) * (morning.astype(float) + afternoon), index=frame.index)
    known = frame[["daily_start", "daily_end", "start_date", "end_date"]].notna().all(axis=1) & (length > 0)
    missing = frame["sessions"].isna() if "sessions" in frame else pd.Series(True, index=frame.index)
    if "_unreadable_sessions" in frame:
        missing &= ~frame["_unreadable_sessions"].fillna(False).astype(bool)
    worked_out = missing & known
    if worked_out.any():
        given = frame["sessions"] if "sessions" in frame else pd.Series(np.nan, index=frame.index)
        frame["sessions"] = given.where(~worked_out, length)
        step.notes.append(
            f"The length of {int(worked_out.sum())} was worked out from their dates and daily times."
        )
    if "start_session" not in frame:
        begun = pd.Series(np.where(morning, "AM", "PM"), index=frame.index, dtype="str")
        frame["start_session"] = begun.where(frame["daily_start"].notna())


def suspensions(step: Step) -> pd.DataFrame:
    """Kinds, days, lengths, reasons and status of a report of suspensions."""
    frame = _without_clock(step.frame)
    _one_kind(step)
    if "sessions" not in frame and "length_days" in frame:
        frame["sessions"] = frame["length_days"] * 2
        if "_unreadable_length_days" in frame:
            step.frame = frame = frame.rename(columns={"_unreadable_length_days": "_unreadable_sessions"})
        step.notes.append("Lengths are given in days; two sessions were counted for each.")
    _from_daily_times(step)
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
