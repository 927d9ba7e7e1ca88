"""Wide attendance into one row per session: a column per session, a week per row, a string of marks,
a column per code. Each keeps the line and the heading it came from."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.folding import seen
from data_contracts.reading.dates import read_date
from data_contracts.reading.headings import Heading
from data_contracts.reading.marks import is_mark, read_mark

_LONGEST_STRING = 400  # days; no report writes more than a school year into one cell
_BOTH = 2  # marks of a day
_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4}


@dataclass
class Melted:
    """`source`: the row each new row came from; typed columns; headings; rows that could not be split."""

    source: np.ndarray
    columns: dict[str, pd.Series]
    headings: np.ndarray
    unsplit: list[tuple[int, str]]
    notes: list[str]


def _join(
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, str, str]],
    notes: list[str],
    unsplit: list[tuple[int, str]] | None = None,
) -> Melted:
    """Parts are (source rows, dates, marks, session, heading); rows come out in the file's order."""
    source = np.concatenate([part[0] for part in parts]) if parts else np.array([], dtype=np.int64)
    dates = np.concatenate([part[1] for part in parts]) if parts else np.array([], dtype="datetime64[us]")
    marks = np.concatenate([part[2] for part in parts]) if parts else np.array([], dtype=object)
    sizes = [len(part[0]) for part in parts]
    sessions = np.repeat(np.array([part[3] for part in parts], dtype=object), sizes)
    headings = np.repeat(np.array([part[4] for part in parts], dtype=object), sizes)
    order = np.argsort(source, kind="stable")
    columns = {
        "date": pd.Series(dates[order], dtype="datetime64[us]"),
        "session": pd.Series(pd.Categorical(sessions[order], ["AM", "PM"])).astype("str"),
        "code": pd.Series(_plain_marks(marks[order])),
    }
    return Melted(source[order], columns, headings[order], unsplit or [], notes)


def _plain_marks(marks: np.ndarray) -> pd.Series:
    places, distinct = pd.factorize(marks)
    tidy = pd.Series([read_mark(str(mark)) for mark in distinct], dtype="str")
    return tidy.take(places).reset_index(drop=True)


def _filled(texts: np.ndarray) -> np.ndarray:
    places, distinct = pd.factorize(texts)
    return (
        np.array([bool(seen(text).strip()) for text in distinct], dtype=bool)[places]
        if len(texts)
        else places > 0
    )


def _one_column(texts: np.ndarray, dates: np.ndarray, session: str, heading: str) -> tuple:
    kept = np.flatnonzero(_filled(texts))
    return kept, dates[kept], texts[kept], session, heading


def _half_days(
    cells: list[tuple[np.ndarray, np.ndarray, str]], notes: list[str], sessions: np.ndarray | None
) -> tuple[list[tuple], list[tuple[int, str]]]:
    """Cells (texts, dates, heading) with the marks of a whole day ('/\\' or 'I I') as their two sessions; or
    with the mark of the one session that a column of the row (`sessions`) names.

    One mark alone is the mark of both only where no cell of the file has two; else nobody can say which half
    it is, and the row is handed back as (row, heading).
    """
    if sessions is not None:
        named = [(session, sessions == session) for session in ("AM", "PM")]
        named.append(("", ~np.isin(sessions, ("AM", "PM"))))
        return [
            _one_column(np.where(here, texts, ""), dates, session, heading)
            for texts, dates, heading in cells
            for session, here in named
        ], []
    pairs = {text: split_marks(text, 2) for texts, _, _ in cells for text in set(texts)}
    two = any(pairs.values())
    parts, unsplit = [], []
    for texts, dates, heading in cells:
        for row, text in enumerate(texts):
            if two and text.strip() and not pairs[text]:
                unsplit.append((row, heading))
        for half, session in enumerate(("AM", "PM")):
            split = [pairs[text] for text in texts]
            marks = [
                pair[half] if pair else "" if two else text for pair, text in zip(split, texts, strict=True)
            ]
            parts.append(_one_column(np.array(marks, dtype=object), dates, session, heading))
    if not two:
        notes.append("There is one mark a day, which was taken for morning and afternoon alike.")
    return parts, unsplit


def _blank_note(parts: list[tuple], cells: int) -> list[str]:
    blank = cells - sum(len(part[0]) for part in parts)
    return [f"{blank} cells without a mark were left out (no session, or no mark taken)."] if blank else []


def melt_days(columns: dict[str, np.ndarray], dates: np.ndarray, titles: dict[str, str]) -> Melted:
    """A row per day with morning and afternoon marks. `columns`: am_mark and/or pm_mark."""
    parts = [
        _one_column(columns[name], dates, session, titles[name])
        for name, session in (("am_mark", "AM"), ("pm_mark", "PM"))
        if name in columns
    ]
    return _join(parts, _blank_note(parts, len(parts) * len(dates)))


def melt_weeks(
    heading: Heading, table: list[np.ndarray], starts: np.ndarray, sessions: np.ndarray | None
) -> Melted:
    """A row per week: MONAM … FRIPM, or one cell per day; `starts` the date each week starts on."""
    weekday = (starts.astype("datetime64[D]").view("int64") + 3) % 7
    monday = starts + np.where(weekday >= 5, 7 - weekday, -weekday).astype("timedelta64[D]")
    notes: list[str] = []
    if ((weekday >= 5) & ~np.isnat(starts)).any():
        notes.append("Some weeks start on a Saturday or Sunday; their Monday is the one that follows.")
    parts, days = [], []
    for place, word in heading.cells:
        dates = monday + np.timedelta64(_DAYS[word[:3]], "D")
        title = heading.titles[place]
        if heading.layout == "week_columns":
            session = "AM" if re.search(r"(am|a)$", word) else "PM"
            parts.append(_one_column(table[place], dates, session, title))
        else:
            days.append((table[place], dates, title))
    halves, unsplit = _half_days(days, notes, sessions) if days else ([], [])
    return _join(parts + halves, notes + _blank_note(parts, len(parts) * len(starts)), unsplit)


def melt_sessions(heading: Heading, table: list[np.ndarray], sessions: np.ndarray | None) -> Melted:
    """A column per session (or per day with both marks, or with the session in a column), dated by its heading."""
    rows = len(table[0]) if table else 0
    parts: list[tuple] = []
    days = []
    notes: list[str] = []
    for place, meaning in heading.cells:
        text, session = meaning.split("|")
        moment = read_date(text)
        dates = np.full(rows, np.datetime64(moment, "D").astype("datetime64[us]"))
        if session:
            parts.append(_one_column(table[place], dates, session, heading.titles[place]))
        else:
            days.append((table[place], dates, heading.titles[place]))
    halves, unsplit = _half_days(days, notes, sessions) if days else ([], [])
    return _join(parts + halves, notes + _blank_note(parts, len(parts) * rows), unsplit)


def split_marks(text: str, expected: int) -> list[str] | None:
    """The single marks of a cell, None when it is not certain which mark belongs to which session.

    Marks are divided by spaces, commas or bars, or stand side by side with one character each; two-character
    codes (C1, Y1) side by side are accepted only where the expected number of marks settles it. Between
    commas or bars nothing means no mark.
    """
    text = seen(text)
    if expected == _BOTH and is_mark(text):  # 'L (12)' and 'C 1' are one mark each
        return None
    mark = re.search(r"[,|;]", text)
    if mark:
        places = [part.strip() for part in text.strip().split(mark[0])]
        places = places[:-1] if len(places) == expected + 1 and not places[-1] else places
        if len(places) == expected:
            return places
        return _side_by_side(places, expected) if all(places) else None
    divided = text.split()
    return divided if len(divided) == expected else _side_by_side(divided, expected)


def _side_by_side(divided: list[str], expected: int) -> list[str] | None:
    """Marks that stand without a mark of division between them, perhaps in groups (a day, a week)."""
    joined = "".join(divided)
    if len(joined) == expected and not re.search(r"\d", joined):
        return list(joined)
    paired = re.findall(r"[A-Za-z]\d|[^\d]", joined)
    if len(paired) == expected and "".join(paired) == joined:
        return paired
    return None


def _weekdays(start: date, end: date) -> list[date]:
    return [d for n in range((end - start).days + 1) if (d := start + timedelta(days=n)).weekday() < 5]


def _sessions_between(start: date, end: date | None, text: str) -> list[tuple[date, str]] | None:
    """The sessions a string of marks stands for, over weekdays or all days; None when the number fits neither."""
    if end is None:  # only a first day: one week, Monday to Friday
        start += timedelta(days=7 - start.weekday() if start.weekday() >= 5 else 0)
        end = start + timedelta(days=4 - start.weekday())
    if not 0 <= (end - start).days <= _LONGEST_STRING:
        return None
    every = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    fitting = [days for days in (_weekdays(start, end), every) if split_marks(text, 2 * len(days))]
    if not fitting or (len(fitting) == 2 and len(fitting[0]) != len(fitting[1])):
        return None
    return [(day, session) for day in fitting[0] for session in ("AM", "PM")]


def melt_strings(texts: np.ndarray, starts: pd.Series, ends: pd.Series, title: str) -> Melted:
    """A string of marks per row, from `starts` to `ends` (missing end: one week)."""
    source: list[int] = []
    days: list[date] = []
    sessions: list[str] = []
    marks: list[str] = []
    unsplit: list[tuple[int, str]] = []
    for row, text in enumerate(texts):
        if not text.strip():
            continue
        start, end = starts.iloc[row], ends.iloc[row]
        places = None
        if not pd.isna(start):
            places = _sessions_between(start.date(), None if pd.isna(end) else end.date(), text)
        split = split_marks(text, len(places)) if places else None
        if places is None or split is None:
            unsplit.append((row, title))
            continue
        for (day, session), mark in zip(places, split, strict=True):
            if not mark:
                continue
            source.append(row)
            days.append(day)
            sessions.append(session)
            marks.append(mark)
    columns: dict[str, pd.Series] = {
        "date": pd.Series(pd.to_datetime(pd.Series(days, dtype="object"))).astype("datetime64[us]"),
        "session": pd.Series(sessions, dtype="str"),
        "code": _plain_marks(np.array(marks, dtype=object)),
    }
    return Melted(
        np.array(source, dtype=np.int64), columns, np.full(len(source), title, dtype=object), unsplit, []
    )


def melt_counts(heading: Heading, table: list[np.ndarray]) -> Melted:
    """A column per code or per category into one row per count; blank cells are no count."""
    categories = {code.code: code.extra["category"] for code in code_set("attendance").codes.values()}
    source, texts, codes, kinds, titles = [], [], [], [], []
    for place, meaning in heading.cells:
        kept = np.flatnonzero(_filled(table[place]))
        source.append(kept)
        texts.append(table[place][kept])
        code = meaning if heading.layout == "code_columns" else None
        codes += [code] * len(kept)
        kinds += [categories[meaning] if code else meaning] * len(kept)
        titles += [heading.titles[place]] * len(kept)
    joined = np.concatenate(source) if source else np.array([], dtype=np.int64)
    order = np.argsort(joined, kind="stable")
    columns = {
        "code": pd.Series(codes, dtype="str").iloc[order].reset_index(drop=True),
        "category": pd.Series(kinds, dtype="str").iloc[order].reset_index(drop=True),
        "sessions": pd.Series(np.concatenate(texts)[order] if source else [], dtype="object"),
    }
    return Melted(joined[order], columns, np.array(titles, dtype=object)[order], [], [])
