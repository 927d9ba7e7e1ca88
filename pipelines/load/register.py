"""A pupil's marks of one term as one compact event: a line of characters for every week.

Monday's morning comes first and Friday's afternoon tenth; four more follow in a week with marks at the weekend.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.contract import load_contract
from data_contracts.known_on import add_school_days
from pipelines.events import NO_MARK, PRESENT, TimelineEvent, half_named
from pipelines.indicators.marks import coded

Array = npt.NDArray[Any]
EPOCH = date(1970, 1, 1)
THURSDAY = 3  # the weekday of the epoch
WEEK, SCHOOL_WEEK = 14, 10
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def registers(marks: pa.Table, school: str) -> Iterator[TimelineEvent]:
    """One event per pupil: all marks by week, what its letters stand for, and what was known late or early."""
    marks = marks.filter(pc.is_valid(marks.column("date")))
    if not marks.num_rows:
        return
    pupil, ids = coded(marks.column("pupil_id"))
    code, codes = coded(marks.column("code"))
    day = marks.column("date").cast(pa.int32()).to_numpy()
    week, weekday = np.divmod(day + THURSDAY, 7)
    mondays, place = np.unique(week, return_inverse=True)
    half = 2 * weekday + _afternoon(marks)
    written, legend = _letters(codes.to_pylist())
    grid = np.full((len(ids), len(mondays), WEEK), ord(NO_MARK), np.uint8)
    grid[pupil, place, half] = written[code]
    lines = _lines(grid)
    named = [_day(7 * int(number) - THURSDAY).isoformat() for number in mondays]
    coded_by = _legends(pupil, code, legend)
    lag, known = _known(marks, pupil, day, half)
    first = np.full(len(ids), day.max())
    np.minimum.at(first, pupil, day)
    for number, pupil_id in enumerate(ids.to_pylist()):
        told = {monday: line for monday, line in zip(named, lines[number], strict=True) if line}
        detail: dict[str, Any] = {"weeks": told}
        extras = {"codes": coded_by.get(number), "known": known.get(number), "known_after": lag}
        detail |= {name: value for name, value in extras.items() if value is not None}
        yield TimelineEvent(pupil_id, school, _day(int(first[number])), "register", "register", detail)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _afternoon(marks: pa.Table) -> Array:
    session, names = coded(marks.column("session"))
    return np.array([name == "PM" for name in names.to_pylist()], np.int64)[session]


def _letters(codes: list[str]) -> tuple[Array, dict[int, tuple[str, str]]]:
    """(the character written for each code, place of the code → (letter, code) where a letter stands for it)."""
    written, legend = np.zeros(len(codes), np.uint8), dict[int, tuple[str, str]]()
    letters = iter(LETTERS)
    for place, code in enumerate(codes):
        text = PRESENT if code == "\\" else code
        if len(text) != 1 or not text.isascii() or text in LETTERS or text == NO_MARK:
            text = next(letters)
            legend[place] = (text, code)
        written[place] = ord(text)
    return written, legend


def _legends(pupil: Array, code: Array, legend: Mapping[int, tuple[str, str]]) -> dict[int, dict[str, str]]:
    """By pupil, what the letters in the pupil's own lines stand for."""
    found: dict[int, dict[str, str]] = {}
    for place, (letter, text) in legend.items():
        for number in np.unique(pupil[code == place]).tolist():
            found.setdefault(number, {})[letter] = text
    return found


def _lines(grid: Array) -> list[list[str]]:
    """A line for each pupil and week, empty without marks; longer where there are marks at the weekend."""
    lines: list[list[str]] = _joined(grid[:, :, :SCHOOL_WEEK])
    empty = NO_MARK * SCHOOL_WEEK
    lines = [["" if line == empty else line for line in own] for own in lines]
    for number, week in np.argwhere((grid[:, :, SCHOOL_WEEK:] != ord(NO_MARK)).any(axis=2)).tolist():
        lines[number][week] = grid[number, week].tobytes().decode("ascii")
    return lines


def _joined(grid: Array) -> list[list[str]]:
    width = grid.shape[2]
    joined: list[list[str]] = np.ascontiguousarray(grid).view(f"S{width}")[:, :, 0].astype(str).tolist()
    return joined


def _known(
    marks: pa.Table, pupil: Array, day: Array, half: Array
) -> tuple[int | None, dict[int, dict[str, str]]]:
    """(after how many school days marks became known if not the usual number, what became known otherwise)."""
    known = np.maximum(marks.column("known_on").cast(pa.int32()).fill_null(0).to_numpy(), day)
    usual = _after(day, load_contract("attendance").known_on.lag_school_days)
    lag = None
    if 2 * np.count_nonzero(known == day) > len(day):  # a MIS that says when each mark was made
        lag, usual = 0, day
    found: dict[int, dict[str, str]] = {}
    for row in np.flatnonzero(known != usual).tolist():
        when = half_named(_day(int(day[row])), int(half[row]) % 2 == 1)
        found.setdefault(int(pupil[row]), {})[when] = _day(int(known[row])).isoformat()
    return lag, found


def _after(day: Array, count: int) -> Array:
    """The day so many school days after each."""
    met, place = np.unique(day, return_inverse=True)
    moved = add_school_days(pd.Series(met.astype("datetime64[D]").astype("datetime64[us]")), count)
    return moved.to_numpy().astype("datetime64[D]").astype(np.int32)[place]
