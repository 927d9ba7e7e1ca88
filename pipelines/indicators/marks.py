"""Marks read once: rows that say anything, and counts of possible sessions by pupil and half-term.

A retrain reads these two and never the marks. Counts are cut by `known_by`, the first standard as-of date on
or after the day a mark was known; for any other date the same function runs over the raw marks again.

Nine marks in ten say only that the pupil was there, and what a mark adds to a count depends on its code, its
day and nothing else. So all marks are counted by pupil, period and edge of the week, the others once more by
what they say, and the counters are sums over these.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.codes import attendance_codes
from pipelines.indicators import days

MANY = 1_000_000
Array = npt.NDArray[Any]

NEUTRAL_CODES = ("B", "K")  # educated elsewhere: neither in the numerator nor in the denominator of absence

EXCEPTIONS = pa.schema(
    [
        ("pupil_id", pa.string()),
        ("school", pa.string()),
        ("term", pa.string()),
        ("date", pa.date32()),
        ("session", pa.string()),
        ("code", pa.string()),
        ("category", pa.string()),
        ("known_on", pa.date32()),
    ]
)


@dataclass(frozen=True, slots=True)
class CodeFact:
    """An attendance code's meaning while it is valid.

    `counted` marks stand in the denominator of absence: attended, or absent with or without leave. Marks the
    school itself caused (suspended, part-time, educated elsewhere) or that say nothing stand in neither.
    """

    code: str
    category: str
    possible: bool
    counted: bool
    absent: bool
    valid_from: date
    valid_to: date


Test = Callable[[CodeFact], bool]

COUNTS: dict[str, Test] = {
    "marks": lambda _: True,
    "possible": lambda code: code.possible,
    "counted": lambda code: code.counted,
    "absent": lambda code: code.absent,
    "unauthorised": lambda code: code.category == "unauthorised",
    "late": lambda code: code.category == "late",
    "suspended": lambda code: code.category == "suspended",
    "part_time": lambda code: code.category == "part_time",
    "elsewhere": lambda code: code.code in ("B", "D", "K"),
    "after_close": lambda code: code.code == "U",
    "holiday": lambda code: code.code == "G",
    "no_reason": lambda code: code.code in ("N", "O"),
    "edge_counted": lambda code: code.counted,
    "edge_absent": lambda code: code.absent,
}
"""Every counter as a test of a mark's code."""

ON_EDGES = ("edge_counted", "edge_absent")
"""Counters of marks on Mondays and Fridays only."""

POSSIBLE = pa.schema(
    [
        ("pupil_id", pa.string()),
        ("school", pa.string()),
        ("term", pa.string()),
        ("half_term", pa.int32()),
        ("known_by", pa.date32()),
        *((name, pa.int32()) for name in COUNTS),
    ]
)


@lru_cache(maxsize=1)
def code_facts() -> tuple[CodeFact, ...]:
    """Attendance codes with the dates they are valid on; a code may stand more than once."""
    frame = attendance_codes()
    absent = frame["category"].isin(["authorised", "unauthorised"])
    attended = frame["category"].isin(["present", "late", "approved_activity"])
    counted = (absent | attended) & ~frame["code"].isin(NEUTRAL_CODES)
    columns = (
        frame["code"].astype(str), frame["category"].astype(str), frame["possible"].astype(bool),
        counted.astype(bool), absent.astype(bool),
        _dates(frame["valid_from"], days.FIRST_DAY), _dates(frame["valid_to"], days.FAR),
    )  # fmt: skip
    return tuple(CodeFact(*row) for row in zip(*columns, strict=True))


@lru_cache(maxsize=1)
def code_changes() -> tuple[date, ...]:
    """The days, in order, on which a code came into force or stopped being in force the day before."""
    edges = {fact.valid_from for fact in code_facts()}
    edges |= {fact.valid_to + timedelta(days=1) for fact in code_facts()}
    return tuple(sorted(edge for edge in edges if edge > days.FIRST_DAY))


@lru_cache(maxsize=1)
def code_table() -> pa.Table:
    """The same as a table for queries: code, category, possible, counted, absent, valid_from, valid_to."""
    return pa.table({name: [getattr(f, name) for f in code_facts()] for name in CodeFact.__slots__})


def reduce_marks(marks: pa.Table, cuts: Sequence[date] | None = None) -> tuple[pa.Table, pa.Table]:
    """(exceptions, possible) of one table of current marks with known_on.

    `cuts` are the dates by which counts are kept, the standard as-of dates by default. Marks outside the
    calendar, or with a code that is not valid on its date, count nowhere.
    """
    exceptions, possible = coded_counts(marks, cuts)
    return exceptions.cast(EXCEPTIONS), possible.cast(POSSIBLE)


def coded_counts(marks: pa.Table, cuts: Sequence[date] | None = None) -> tuple[pa.Table, pa.Table]:
    """The same with text left as it came: dictionary-encoded where it was read so.

    Marks of one school and term need not say so in every row; then the counts don't either.
    """
    day, known = _day_numbers(marks)
    if not len(day):
        return EXCEPTIONS.empty_table(), POSSIBLE.empty_table()
    calendar = days.day_arrays(None if cuts is None else tuple(sorted(cuts)))
    if day.min() < 0 or known.max() >= len(calendar.half_term):
        inside = (day >= 0) & (known < len(calendar.half_term))
        return coded_counts(marks.filter(pa.array(inside)), cuts)
    code, codes = coded(marks.column("code"))
    era = _eras()[[day.min(), day.max()]]
    kinds = _kinds(codes)[era[0] : era[1] + 1]
    ever: Array = _facts().special[kinds].max(axis=0)
    special = np.flatnonzero(ever[code])
    kind = kinds[_eras()[day[special]] - era[0], code[special]]
    said = _facts().special[kind]
    special, kind = special[said], kind[said]
    exceptions = _exceptions(marks, special, kind)
    return exceptions, _possible(marks, day, known, special, kind, calendar)


def _exceptions(marks: pa.Table, special: Array, kind: Array) -> pa.Table:
    """The marks that say more than "present", from those that count otherwise and the kind of each."""
    kept = _facts().kept_as_row[kind]
    names = [name for name in EXCEPTIONS.names if name in marks.column_names]
    rows = marks.select(names).take(pa.array(special[kept]))
    category = pa.array([fact.category for fact in code_facts()]).take(pa.array(kind[kept]))
    rows = rows.append_column("category", category)
    return rows.select([name for name in EXCEPTIONS.names if name in rows.column_names])


def _possible(
    marks: pa.Table, day: Array, known: Array, special: Array, kind: Array, calendar: days.DayArrays
) -> pa.Table:
    """Marks counted by pupil, school, term, half-term and known_by.

    All marks are counted by cell and edge of the week, as if each said "present"; those that say something
    else are counted by their kind beside it.
    """
    named = [name for name in ("pupil_id", "term", "school") if name in marks.column_names]
    texts = [coded(marks.column(name)) for name in named]
    half_term, half_terms = _ranked(calendar.half_term, day)
    known_by, cuts = _ranked(calendar.known_by, known)
    number = (half_term * (2 * len(cuts)) + calendar.edge)[day]
    number += (known_by * 2)[known]
    size = len(half_terms) * len(cuts)
    for index, values in texts:
        if len(values) > 1:
            number += index * np.int64(2 * size)
        size *= len(values)
    counts, cells = _summed(number, special, kind)
    columns: dict[str, Any] = {name: pa.array(counts[:, n]) for n, name in enumerate(COUNTS)}
    for name, days_met in (("known_by", cuts), ("half_term", half_terms)):
        cells, index = np.divmod(cells, len(days_met))
        columns[name] = pa.array(days_met[index]).cast(POSSIBLE.field(name).type)
    for name, (_, values) in zip(named, texts, strict=True):
        cells, index = np.divmod(cells, len(values))
        columns[name] = pa.DictionaryArray.from_arrays(index.astype(np.int32), values)
    return pa.table({name: columns[name] for name in POSSIBLE.names if name in columns})


def _summed(number: Array, special: Array, kind: Array) -> tuple[Array, Array]:
    """(counters, cell) of every cell met.

    `number` is cell × 2 + edge per mark (edge: 1 on a Monday or Friday); `special` are the indices of the marks
    that count otherwise than "present", `kind` the index of each one's fact.
    """
    if number.max() < 8 * len(number) + MANY:
        cells, column = np.arange(number.max() // 2 + 1), number
    else:  # spread too widely for a table of everything that could be met
        cells, column = np.unique(number // 2, return_inverse=True)
        column = column * 2 + number % 2
    facts, height = _facts(), len(cells)
    present = facts.counters[facts.present]  # (2 edges, counters)
    # First every mark as if it said "present": marks per (cell, edge) times what a present mark adds.
    every = np.bincount(column, minlength=2 * height).reshape(height, 2, 1)
    counts = every[:, 0] * present[0] + every[:, 1] * present[1]  # not `@`: threads of BLAS would spin on
    # Then the special ones' difference from "present": `own` is the row of each, `gain` its (kind, edge).
    own, gain = column[special] // 2, 2 * kind + number[special] % 2
    more = (facts.counters - present).reshape(-1, len(COUNTS)).T.astype(float)  # (counters, kind × 2 + edge)
    for counter, gains in enumerate(more):
        if gains.any():
            counts[:, counter] += np.bincount(own, weights=gains[gain], minlength=height).astype(np.int64)
    counts = counts.astype(np.int32)
    kept = counts[:, 0] > 0
    return counts[kept], cells[kept]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Arrays by index among `code_facts`, with one more for a code out of force.

    `kept_as_row`: such a mark is kept as an exception. `counters` (codes, 2, counters): what one mark adds on another
    day and on an edge of the week. `special`: that is kept or counted otherwise than a mark of index `present`.
    """

    kept_as_row: Array
    counters: Array
    special: Array
    present: int


@lru_cache(maxsize=1)
def _facts() -> _Facts:
    facts = code_facts()
    rows = [
        [
            [test(fact) and (edge or name not in ON_EDGES) for name, test in COUNTS.items()]
            for edge in (False, True)
        ]
        for fact in facts
    ]
    nothing = np.zeros((1, 2, len(COUNTS)), np.int64)
    kept = np.array([*(fact.category != "present" for fact in facts), False])
    counters = np.concatenate([np.array(rows, np.int64), nothing])
    present = [fact.category for fact in facts].index("present")
    return _Facts(kept, counters, kept | (counters != counters[present]).any(axis=(1, 2)), present)


def _day_numbers(marks: pa.Table) -> tuple[Array, Array]:
    """The day of each mark and the day it was known by everybody, counted from the calendar's first day."""
    first = days.day_number(days.FIRST_DAY)
    day = marks.column("date").cast(pa.int32()).to_numpy()
    known = marks.column("known_on").cast(pa.int32())
    if known.null_count:
        known = known.fill_null(0)
    return day - first, np.maximum(day, known.to_numpy()) - first


def absent_or_neutral(codes: pa.ChunkedArray, day: Array) -> tuple[Array, Array]:
    """(True for absences, True for marks that don't count towards absence); `day` is counted from FIRST_DAY."""
    code, names = coded(codes)
    facts = code_facts()
    if not len(code):
        return np.empty(0, bool), np.empty(0, bool)
    kinds, place = _kinds(names), _eras()[day] * np.intp(len(names)) + code
    absent = np.array([*(fact.absent for fact in facts), False])[kinds].reshape(-1)
    neutral = np.array([*(not fact.counted for fact in facts), False])[kinds].reshape(-1)
    return absent[place], neutral[place]


@lru_cache(maxsize=1)
def _eras() -> Array:
    """Between which changes of the codes each day of the calendar lies."""
    first = days.day_number(days.FIRST_DAY)
    changes = np.array([days.day_number(day) - first for day in code_changes()])
    return np.searchsorted(changes, np.arange(len(days.day_arrays().half_term)), side="right")


def _kinds(codes: pa.Array) -> Array:
    """The place among `code_facts` of the fact in force, by era and code; past the end where none is."""
    facts = code_facts()
    starts = [days.FIRST_DAY, *code_changes()]
    table = np.full((len(starts), len(codes)), len(facts), np.int64)
    for column, code in enumerate(codes.to_pylist()):
        for kind, fact in enumerate(facts):
            if fact.code == code:
                in_force = [fact.valid_from <= start <= fact.valid_to for start in starts]
                table[np.flatnonzero(in_force), column] = kind
    return table


def coded(column: pa.ChunkedArray | pa.Array) -> tuple[Array, pa.Array]:
    """(index of each row's value, the values) of a text column; a missing one counts as empty text."""
    values = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if not isinstance(values, pa.ChunkedArray):
        values = pa.chunked_array([values])
    if not values.num_chunks:
        return np.empty(0, np.int32), pa.array([], pa.string())
    chunks = values.unify_dictionaries().chunks  # not combined: that would compare every chunk's dictionary
    texts = chunks[0].dictionary
    if not column.null_count:
        return np.concatenate([chunk.indices.to_numpy() for chunk in chunks]), texts
    empty = pc.index(texts, "").as_py()
    if empty < 0:
        texts, empty = pa.concat_arrays([texts, pa.array([""], texts.type)]), len(texts)
    return np.concatenate([chunk.indices.fill_null(empty).to_numpy() for chunk in chunks]), texts


def among(column: pa.ChunkedArray, texts: Collection[str]) -> Array:
    """True for rows of a text column that say one of some texts."""
    code, values = coded(column)
    said = np.array([value in texts for value in values.to_pylist()], bool)
    return said[code] if len(code) else np.empty(0, bool)


def _ranked(by_day: Array, day: Array) -> tuple[Array, Array]:
    """(rank by day of what holds on it, the values in order), for days from the first to the last given."""
    first, end = day.min(), day.max() + 1
    met, rank = np.unique(by_day[first:end], return_inverse=True)
    ranks = np.zeros(len(by_day), np.int64)
    ranks[first:end] = rank
    return ranks, met


def _day(value: Any) -> date:
    return value.date() if hasattr(value, "date") else value


def _dates(values: Any, blank: date) -> list[date]:
    return [blank if value is None or value != value else _day(value) for value in values]
