"""From headings and rows to the canonical table of a contract."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.contract import Contract, Field, load_contract
from data_contracts.reading import layouts
from data_contracts.reading.body import Body, read_body
from data_contracts.reading.conduct import new_types, report_of
from data_contracts.reading.dates import month_first
from data_contracts.reading.derive import derive
from data_contracts.reading.extract import Extract, Mapping
from data_contracts.reading.faults import FileRefused, fault, file_warning, row_problem
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading
from data_contracts.reading.narratives import letters, shown_heading, without_narratives
from data_contracts.reading.repeats import once_each
from data_contracts.reading.safeguarding import without_concerns
from data_contracts.reading.spellings import plain
from data_contracts.reading.values import Column, read_column
from data_contracts.reading.yearless import period_in

_PRIVATE = {"upn", "former_upn", "admission_number", "mis_id", "surname", "forename", "full_name", "dob",
            "preferred_surname", "preferred_forename", "preferred_name", "incident_id"}  # fmt: skip
_NEVER_EMPTY = ("pupils", "attendance", "attendance_summary")  # a term may well have no suspension
_WIDE = {"day", "marks", "week_columns", "day_columns", "session_columns", "code_columns", "category_columns"}


def _unsplittable(heading: Heading, body: Body) -> None:
    """Two columns under one heading with different content: nobody can say which is meant."""
    titles = [title.strip().casefold() for title in heading.titles]
    for place in heading.mapping.values():
        same = [p for p, title in enumerate(titles) if title == titles[place] and p != place]
        others = set(heading.mapping.values())
        for other in same:
            if other not in others and not np.array_equal(body.columns[place], body.columns[other]):
                filled = any(text.strip() for text in body.columns[other])
                if filled:
                    raise FileRefused("same_heading_twice", column=heading.titles[place].strip())


def _unnamed(heading: Heading, body: Body) -> list[str]:
    """Letters of columns that hold something but have no heading; FileRefused when marks or counts stand
    beside such a column, since it must be one of them."""
    places = [
        place
        for place, title in enumerate(heading.titles)
        if not title.strip() and any(text.strip() for text in body.columns[place])
    ]
    if heading.cells and places:
        first, last = heading.cells[0][0] - 1, heading.cells[-1][0] + 1
        among = [place for place in places if first <= place <= last]
        if among:
            raise FileRefused("marks_without_heading", column=letters(among[0]))
    return [letters(place) for place in places]


def _month_first_headings(heading: Heading) -> None:
    """Dates over marks of which one has no such month: all of them are month first, or nobody knows."""
    if heading.layout != "session_columns":
        return
    for title in _not_read(heading):
        if month_first([title.strip().upper().removesuffix("AM").removesuffix("PM")]):
            raise FileRefused("date_order", column=title)


def _read_fields(
    contract: Contract, heading: Heading, body: Body, own: dict[str, dict[str, str]]
) -> dict[str, Column]:
    found = {}
    for name, place in heading.mapping.items():
        field = contract.field(name)
        if field.reading is None:
            continue
        words = own.get(field.code_set or "", {})
        found[name] = read_column(field, body.columns[place], heading.titles[place].strip(), words)
    return found


def _frame(columns: dict[str, Column], lines: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({name: column.values for name, column in columns.items()})
    if frame.empty:
        frame = pd.DataFrame(
            {name: column.values for name, column in columns.items()}, index=range(len(lines))
        )
    for name, column in columns.items():
        if column.unreadable.any():
            frame[f"_unreadable_{name}"] = column.unreadable
    frame["_line"] = lines
    return frame


def _title_period(grid: Grid, heading: Heading) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last day when the rows above the headings name exactly two dates."""
    found = period_in(grid.rows[: heading.row + heading.rows - 1])
    return (pd.Timestamp(found[0]), pd.Timestamp(found[1])) if found else None


def _filled_date(frame: pd.DataFrame, name: str, default: pd.Timestamp | None) -> pd.Series:
    dates = frame[name] if name in frame else pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    return dates.fillna(default) if default is not None else dates


def _melt(heading: Heading, body: Body, frame: pd.DataFrame, grid: Grid) -> layouts.Melted:
    titles = {name: heading.titles[place].strip() for name, place in heading.mapping.items()}
    if heading.layout == "day":
        marks = {
            str(n): body.columns[heading.mapping[n]] for n in ("am_mark", "pm_mark") if n in heading.mapping
        }
        return layouts.melt_days(marks, frame["date"].to_numpy(), titles)
    sessions = frame["session"].to_numpy(dtype=object, na_value="") if "session" in frame else None
    if heading.layout in ("week_columns", "day_columns"):
        return layouts.melt_weeks(heading, body.columns, frame["week_start"].to_numpy(), sessions)
    if heading.layout == "session_columns":
        return layouts.melt_sessions(heading, body.columns, sessions)
    if heading.layout == "marks":
        period = _title_period(grid, heading) or (None, None)
        first = "week_start" if "week_start" in frame else "marks_from" if "marks_from" in frame else "date"
        starts = _filled_date(frame, first, period[0])
        ends = _filled_date(frame, "marks_to", period[1])
        if first == "date" and period[1] is None:  # both marks of one day
            pairs = [
                layouts.split_marks(text, 2) is not None for text in body.columns[heading.mapping["marks"]]
            ]
            ends = ends.mask(pd.Series(pairs, index=ends.index), starts)
        return layouts.melt_strings(body.columns[heading.mapping["marks"]], starts, ends, titles["marks"])
    melted = layouts.melt_counts(heading, body.columns)
    field = load_contract("attendance_summary").field("sessions")
    counts = read_column(field, melted.columns["sessions"].to_numpy(dtype=object), "sessions")
    melted.columns["sessions"] = counts.values
    if counts.unreadable.any():
        melted.columns["_unreadable_sessions"] = pd.Series(counts.unreadable)
    return melted


_DROPPED = {"day": ["date", "am_mark", "pm_mark"], "marks": ["marks", "marks_from", "marks_to", "week_start", "date"],
            "week_columns": ["week_start", "date", "session"], "day_columns": ["week_start", "date", "session"],
            "session_columns": ["date", "session", "code"]}  # fmt: skip


def _undated(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Rows of a wide layout without the date that says which sessions they are."""
    return frame[name].isna().to_numpy() if name in frame else np.zeros(len(frame), dtype=bool)


def _spread_rows(
    heading: Heading, body: Body, frame: pd.DataFrame, grid: Grid
) -> tuple[pd.DataFrame, list[tuple[int, str]], list[str]]:
    melted = _melt(heading, body, frame, grid)
    kept = [c for c in frame.columns if c not in _DROPPED.get(heading.layout, [])]
    long = frame[kept].take(melted.source).reset_index(drop=True)
    for name, values in melted.columns.items():
        long[name] = values
    base = "date" if heading.layout == "day" else "week_start"
    if f"_unreadable_{base}" in frame and "date" in long:
        long = long.rename(columns={f"_unreadable_{base}": "_unreadable_date"})
    long["_heading"] = pd.Series(pd.Categorical(melted.headings)) if len(long) else pd.Series(dtype="str")
    return long, melted.unsplit, melted.notes


def _evidence(
    heading: Heading, grid: Grid, body: Body, frame: pd.DataFrame, elsewhere: Collection[int]
) -> list[str]:
    said = samples(heading.table, list(heading.mapping), frame)
    lines = list(grid.notes)
    line = grid.lines[heading.row]
    above = f", below {heading.row} rows of title" if heading.row else ""
    both = f" and the {heading.rows - 1} below it" if heading.rows > 1 else ""
    lines.append(f"Headings are on line {line}{both}{above}.")
    lines.append(f"Taken for: {heading.table.replace('_', ' ')} ({len(heading.mapping)} headings fit); "
                 f"layout: {heading.layout.replace('_', ' ')}; MIS: {heading.mis}.")  # fmt: skip
    for name, place in sorted(heading.mapping.items(), key=lambda item: item[1]):
        lines.append(f"'{heading.titles[place].strip()}' is read as {name}.{said[name]}")
    lines += _cells_said(heading, frame)
    unread = _not_read(heading, elsewhere)
    if unread:
        lines.append(f"Not read at all: {', '.join(unread)}.")
    return lines + body.notes


def used_columns(heading: Heading) -> set[int]:
    return set(heading.mapping.values()) | {place for place, _ in heading.cells}


def _not_read(heading: Heading, elsewhere: Collection[int] = ()) -> tuple[str, ...]:
    used = used_columns(heading) | set(elsewhere)
    return tuple(
        shown_heading(title.strip(), place)
        for place, title in enumerate(heading.titles)
        if place not in used and title.strip()
    )


def _cells_said(heading: Heading, frame: pd.DataFrame) -> list[str]:
    """Which columns of a wide layout hold marks or counts, and what came of them."""
    if heading.layout not in _WIDE:
        return []
    lines = []
    if heading.cells:
        first, last = (heading.titles[place].strip() for place, _ in (heading.cells[0], heading.cells[-1]))
        lines.append(f"{len(heading.cells)} columns hold marks or counts, from '{first}' to '{last}'.")
    for name in ("date", "session", "code", "category", "sessions"):
        sample = _sample(load_contract(heading.table).field(name), frame) if name in frame else ""
        if sample and name not in heading.mapping:
            lines.append(f"Each cell gives {name}.{sample}")
    return lines


_SCHOOL_HEADINGS = frozenset({
    "school", "schoolname", "nameofschool", "urn", "schoolurn", "estab", "establishment", "estabnumber",
    "establishmentnumber", "laestab", "dfenumber", "dfeno", "academy", "academyname",
})  # fmt: skip
_SCHOOLS_KEPT = 50


def _schools(heading: Heading, body: Body) -> tuple[str, ...]:
    """What a column about the school holds; a trust's report may hold several schools in one file."""
    for place, title in enumerate(heading.titles):
        if plain(title) in _SCHOOL_HEADINGS and place not in heading.mapping.values():
            texts = {text.strip() for text in body.columns[place]} - {""}
            return tuple(sorted(texts)[:_SCHOOLS_KEPT])
    return ()


def _recorders(frame: pd.DataFrame) -> int | None:
    return int(frame.loc[frame["_recorder"] >= 0, "_recorder"].nunique()) if "_recorder" in frame else None


def samples(table: str, names: Sequence[str], frame: pd.DataFrame) -> dict[str, str]:
    """A sentence with a few read values for each field, '' where they could hold a name."""
    contract = load_contract(table)
    return {name: _sample(contract.field(name), frame) for name in names}


def _sample(field: Field, frame: pd.DataFrame) -> str:
    """A few values, of kinds that can't hold a name: dates, numbers, yes and no, codes of the field's set."""
    if field.name in _PRIVATE or field.name not in frame or frame.empty:
        return ""
    values = frame[field.name].dropna().unique()
    if field.code_set:
        shown = [str(value) for value in values if value in code_set(field.code_set)]
    elif field.logical_type == "date":
        shown = [str(pd.Timestamp(value).date()) for value in values[:3]]
    elif field.logical_type in ("number", "integer", "boolean"):
        shown = [str(value) for value in values[:3]]
    else:
        shown = []
    return f" For example: {', '.join(shown[:3])}." if shown else ""


def _about(grid: Grid, heading: Heading) -> tuple[str, str]:
    """What a file says of itself: by its name and titles, and by its headings."""
    titles = [cell for row in grid.rows[: heading.row] for cell in row]
    return " ".join([grid.file, *titles]), " ".join(heading.titles)


def read_table(
    grid: Grid, heading: Heading, mapping: Mapping | None = None, elsewhere: Collection[int] = ()
) -> Extract:
    """The canonical rows under `heading`; FileRefused when the file can't be taken as a whole. `elsewhere`:
    columns that another table of the same file reads."""
    contract = load_contract(heading.table)
    body = read_body(grid, heading)
    heading = without_narratives(grid.file, contract, heading, body)
    without_concerns(grid.file, heading, body)
    _unsplittable(heading, body)
    _month_first_headings(heading)
    unnamed = _unnamed(heading, body)
    body.problems += [
        file_warning(grid.file, "column_without_heading", column=letters, table=heading.table)
        for letters in unnamed
    ]
    columns = _read_fields(contract, heading, body, mapping.own_words if mapping else {})
    titles = {name: heading.titles[place].strip() for name, place in heading.mapping.items()}
    body.problems += [
        file_warning(grid.file, "filler_dates", column=titles[name], table=heading.table)
        for name, column in columns.items()
        if column.fillers
    ]
    frame = _frame(columns, body.lines)
    notes: list[str] = []
    if heading.table == "attendance_summary" and not {"period_start", "period_end"} & set(frame):
        period = _title_period(grid, heading)
        if period:
            frame["period_start"], frame["period_end"] = period
            notes.append("No column gives the period; it was taken from the title.")
    if heading.layout in _WIDE:
        frame, unsplit, said = _spread_rows(heading, body, frame, grid)
        notes += said
        for row, title in unsplit:
            body.problems.append(row_problem(grid.file, int(body.lines[row]), "marks_length", column=title))
    own = mapping.own_words if mapping else {}
    above = [cell for row in grid.rows[: heading.row] for cell in row]
    frame = derive(heading.table, frame, own, notes, _about(grid, heading), report_of(grid.file, *above))
    if heading.table == "behaviour":
        frame, again = once_each(frame)
        body.problems += [
            fault(grid.file, "same_event", line=line, table=heading.table, severity="warning")
            for line in again
        ]
    if frame.empty and not body.problems and not grid.problems:
        if heading.table in _NEVER_EMPTY:
            raise FileRefused("no_rows")
        body.problems.append(fault(grid.file, "no_rows", table=heading.table, severity="warning"))
    if "praise_type" in titles:
        titles.setdefault("local_type", titles["praise_type"])
    return Extract(
        file=grid.file,
        table=heading.table,
        mis=heading.mis,
        layout=heading.layout,
        header_row=grid.lines[heading.row],
        mapping=titles,
        frame=frame,
        evidence=_evidence(heading, grid, body, frame, elsewhere) + notes,
        problems=[*grid.problems, *body.problems],
        not_read=_not_read(heading, elsewhere),
        recorders=_recorders(frame),
        schools=_schools(heading, body),
        new_types=new_types(frame),
    )
