"""What follows from the columns of a report of SEN: needs side by side, ticks, rows that say nothing."""

import pandas as pd

from data_contracts.reading.step import Step

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


def sen(step: Step) -> pd.DataFrame:
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
