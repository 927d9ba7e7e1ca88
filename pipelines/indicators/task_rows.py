"""Rows of a task's pupils, read once, with a whole number for each pupil.

Numbers follow the order of pupil ids, so whatever is sorted by number is sorted by pupil. Every table has the
columns it was asked for with `pupil` in place of `pupil_id`, and `term_no`, the place in the calendar of the
term a row was filed under.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.indicators import days, marks
from pipelines.indicators.marks import coded
from pipelines.indicators.source import Source
from pipelines.lake import schemas
from pipelines.lake.files import UNREPEATED, completed

Array = npt.NDArray[Any]
SCHEMAS = schemas.SCHEMAS | {
    "attendance_exceptions": marks.EXCEPTIONS, "attendance_possible": marks.POSSIBLE,
}  # fmt: skip
PUPILS = ("school", "term", "nc_year", "registration_group", "entry_date", "leaving_date", "enrol_status",
          "phase", "known_on")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slice:
    """Some pupil buckets of a source, for all schools or for the pupils of some."""

    source: Source
    buckets: frozenset[int]
    schools: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Pupils:
    """The pupils of a slice: their ids in order, their rows on rolls, and the schools to be read for them."""

    ids: pa.Array
    rolls: pa.Table
    schools: frozenset[str] | None


def pupils(part: Slice, terms: Collection[str]) -> Pupils:
    """Everybody on a roll in the slice, or everybody who was ever at one of its schools.

    A pupil's records at other schools belong to the pupil, so those schools are named too: nothing else needs
    to be read. Of the rolls of other terms than those named it is told who was where and nothing more.
    """
    versions = _versions(part)
    other_terms = {piece.term for piece in part.source.pieces["pupils"]} - set(terms)
    whole = _read(part, "pupils", [*PUPILS, *versions], terms, None)
    other = _read(part, "pupils", ["school", "term", *versions], other_terms, None)
    every = _joined([other, whole], whole.schema)
    index, ids = coded(every.column("pupil_id"))
    school = every.column("school")
    standing = _standing(every, part.source.on)
    here = np.ones(len(index), bool)
    if part.schools is not None:
        here = standing & marks.among(school, part.schools)
    chosen = np.bincount(index[here], minlength=len(ids)) > 0  # read may be pupils of other buckets too
    been = None
    if part.schools is not None:
        been = frozenset(school.filter(pa.array(chosen[index])).unique().to_pylist())
    named = ids.filter(pa.array(chosen))
    named = named.take(pc.sort_indices(named))
    rolls = numbered(every.filter(pa.array(standing)), named)
    return Pupils(named, rolls, been)


def rows(
    part: Slice, who: Pupils, table: str, columns: Sequence[str], terms: Collection[str] | None = None
) -> pa.Table:
    """The rows of these pupils in one table, of the versions the view sees."""
    versions = [name for name in _versions(part) if name in SCHEMAS[table].names]
    found = _read(part, table, [*columns, *versions], terms, who.schools)
    if versions:
        standing = _standing(found, part.source.on)
        found = found if standing.all() else found.filter(pa.array(standing))
        found = found.drop_columns(versions)
    return numbered(found, who.ids)


def _versions(part: Slice) -> list[str]:
    """The columns that decide whether the view sees a row: when it was loaded matters to a replay alone."""
    return ["known_until"] if part.source.on is None else ["known_until", "loaded_on"]


def _read(
    part: Slice,
    table: str,
    columns: Sequence[str],
    terms: Collection[str] | None,
    schools: frozenset[str] | None,
) -> pa.Table:
    names = ["pupil_id", *columns]
    read = (
        piece.read(part.source.store, part.buckets, names, schools)
        for piece in part.source.pieces[table]
        if terms is None or piece.term in terms
    )
    found = (rows for rows in read if rows is not None)
    return _joined(found, pa.schema([_coded_text(SCHEMAS[table].field(name)) for name in names]))


def _coded_text(field: pa.Field) -> pa.Field:
    """The field as it is read: text dictionary-encoded."""
    if field.type != pa.string() or field.name in UNREPEATED:
        return field
    return field.with_type(pa.dictionary(pa.int32(), pa.string()))


def _joined(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Tables one after another with these columns in order; a column none has is missing throughout."""
    parts = [table for table in tables if table.num_rows]
    if not parts:
        return schema.empty_table()
    return completed(pa.concat_tables(parts, promote_options="default"), schema)


def _standing(table: pa.Table, on: date | None) -> Array:
    """The rows a view sees: current ones, or those that stood at the end of a day."""
    until = table.column("known_until")
    standing = pc.is_null(until)
    if on is not None:
        later = pc.fill_null(pc.greater(until, pa.scalar(on, pa.date32())), True)
        loaded = pc.less_equal(table.column("loaded_on"), pa.scalar(on, pa.date32()))
        standing = pc.and_(pc.fill_null(loaded, False), later)
    found: Array = standing.to_numpy()
    return found


def numbered(table: pa.Table, ids: pa.Array) -> pa.Table:
    """The rows of the pupils named, with `pupil` and `term_no`."""
    index, values = coded(table.column("pupil_id"))
    places = pc.fill_null(pc.index_in(values, value_set=ids), -1).to_numpy()
    number = places[index].astype(np.int32) if len(index) else np.empty(0, np.int32)
    table = table.drop_columns(["pupil_id"]).append_column("pupil", pa.array(number))
    if "term" in table.column_names:
        term, terms = coded(table.column("term"))
        numbers = np.array([days.term_no(each) for each in terms.to_pylist()], np.int32)
        table = table.append_column("term_no", pa.array(numbers[term] if len(term) else numbers))
    return (table if (number >= 0).all() else table.filter(pa.array(number >= 0))).unify_dictionaries()
