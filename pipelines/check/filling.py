"""Fill in what files leave unsaid and their term or roll says: the period of totals, the start of a roll’s SEN."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from data_contracts.calendar import Term
from data_contracts.problems import Problem
from data_contracts.reading.extract import Extract
from data_contracts.reading.faults import fault

_PERIOD = ("period_start", "period_end")


def fill_periods(frame: pd.DataFrame, extracts: Sequence[Extract], term: Term | None) -> list[Problem]:
    """Totals without a period are of the term the files are for, before any rule asks; said in the evidence.
    A warning for each file whose period nobody knows."""
    without = frame["period_start"].isna() | frame["period_end"].isna()
    for name in _PERIOD:
        if f"_unreadable_{name}" in frame:  # that cell has a problem of its own
            without &= ~frame[f"_unreadable_{name}"].fillna(False).astype(bool)
    files = set(frame.loc[without, "_file"].astype("str"))
    of_term = [extract for extract in extracts if extract.file in files]
    if term is None:
        return [fault(each.file, "period_unknown", table=each.table, severity="warning") for each in of_term]
    frame["_of_term"] = without
    for name, day in zip(_PERIOD, (term.start, term.end), strict=True):
        frame.loc[without, name] = frame.loc[without, name].fillna(pd.Timestamp(day))
    for extract in of_term:
        extract.evidence.append(
            f"No column gives the period; it was taken from the term, {term.start:%-d %B %Y} to {term.end:%-d %B %Y}."
        )
    return []


def _year_began(day: date) -> date:
    return date(day.year if day.month >= _SEPTEMBER else day.year - 1, 8, 31)


_SEPTEMBER = 9


def sen_starts(upns: pd.Series, roll: pd.DataFrame | None, day: date) -> pd.Series:
    """Since when the SEN of a roll is taken to hold: from before the school year `day` lies in, or from the day
    the pupil came."""
    began = pd.Timestamp(_year_began(day))
    if roll is None or roll.empty:
        return pd.Series(began, index=upns.index)
    came = roll.dropna(subset="upn").groupby("upn")["entry_date"].max()
    return upns.map(came.where(came > began, began)).fillna(began)


def fill_sen_starts(
    frame: pd.DataFrame, extracts: Sequence[Extract], roll: pd.DataFrame | None, day: date
) -> None:
    """A roll gives each pupil's SEN, but not since when; said in the evidence."""
    files = {extract.file for extract in extracts if "pupils" in extract.beside}
    without = frame["_file"].astype("str").isin(files) & frame["start_date"].isna()
    if not without.any():
        return
    frame.loc[without, "start_date"] = sen_starts(frame.loc[without, "upn"], roll, day)
    for extract in extracts:
        if extract.file in files:
            extract.evidence.append(
                "The roll does not say since when SEN holds; it is taken as standing since before this school year, "
                "or since the pupil came."
            )
