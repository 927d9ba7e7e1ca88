"""What follows from the columns of a suspensions report: lengths, reasons, kinds."""

import pandas as pd

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


def suspensions(step: Step) -> pd.DataFrame:
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
